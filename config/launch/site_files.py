"""What is made from the sources: compiled translations, collected static files, tables of the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from config.launch.place import Place
from config.launch.progress import CommandFailed, Log, Trouble
from config.launch.stamps import Stamp, content_hash, listing_hash

NOT_OURS = {"var", "node_modules"}


def rooms(root: Path) -> Iterator[Path]:
    """Yield the folders of the clone that hold its own sources."""
    for folder in sorted(root.iterdir()):
        if folder.is_dir() and folder.name not in NOT_OURS and not folder.name.startswith("."):
            yield folder


class SiteFiles:
    """The made files of one clone."""

    def __init__(self, place: Place, log: Log, env: Mapping[str, str]) -> None:
        self.place = place
        self.log = log
        self.env = dict(env)
        self.collected = Stamp(place.var / "static.json")
        self.migrated = Stamp(place.var / "migrated.json")

    def manage(self, *arguments: str) -> str:
        """Run a Django command quietly, with the database role that `manage.py` gives it."""
        env = {name: value for name, value in self.env.items() if name != "PLANVAERK_DB_ROLE"}
        argv = [str(self.place.python), str(self.place.root / "manage.py"), *arguments]
        return self.log.run(argv, env=env, cwd=self.place.root)

    # -- translations --------------------------------------------------------------------------------------

    def old_translations(self) -> list[Path]:
        """Return the .po files whose .mo is missing or older."""
        found = []
        for room in rooms(self.place.root):
            for source in room.rglob("LC_MESSAGES/*.po"):
                made = source.with_suffix(".mo")
                if not made.exists() or made.stat().st_mtime < source.stat().st_mtime:
                    found.append(source)
        return found

    def compile_translations(self) -> None:
        """Compile them (`manage.py compilemessages` would walk through .venv and node_modules as well)."""
        for source in self.old_translations():
            made = source.with_suffix(".mo")
            try:
                self.log.run(
                    ["msgfmt", "--check-format", "-o", str(made), str(source)],
                    env=self.env,
                    cwd=self.place.root,
                )
            except CommandFailed as error:
                made.unlink(missing_ok=True)
                raise error.trouble(
                    f"The translation {source.relative_to(self.place.root)} could not be compiled (msgfmt):",
                    "Correct the line that is named; msgfmt is in the package gettext.",
                ) from error

    # -- static files --------------------------------------------------------------------------------------

    def _static_hash(self) -> str:
        root = self.place.root
        folders = [path for room in rooms(root) for path in room.rglob("static") if path.is_dir()]
        files = [root / "uv.lock", root / "config" / "settings.py"]
        return listing_hash([*folders, self.place.vendor], root, content_hash(files, root))

    def static_ready(self) -> bool:
        """Tell whether the collected files are those of the sources."""
        return self.collected.says(self._static_hash()) and (self.place.var / "static").is_dir()

    def collect_static(self) -> None:
        """Collect them anew."""
        self.collected.forget()
        try:
            self.manage("collectstatic", "--noinput", "--clear", "--verbosity=0")
        except CommandFailed as error:
            raise error.trouble(
                "The static files could not be collected:", f"Details are in {self.log.path}."
            ) from error
        self.collected.write(self._static_hash())

    # -- tables --------------------------------------------------------------------------------------------

    def _migrations_hash(self) -> str:
        root = self.place.root
        files = [path for room in rooms(root) for path in room.rglob("migrations/*.py")]
        # Django's own migrations change with the lock file.
        return content_hash([*files, root / "uv.lock"], root)

    def tables_ready(self) -> bool:
        """Tell whether the private database has had these very migrations."""
        return self.migrated.says(self._migrations_hash())

    def migrate(self, *, remember: bool) -> None:
        """Bring the tables up to date; a database that is not ours is asked every time."""
        self.migrated.forget()
        try:
            self.manage("migrate", "--noinput", "--verbosity=1")
        except CommandFailed as error:
            raise error.trouble(
                "The database's tables could not be brought up to date (migrate):",
                f"Details are in {self.log.path}.",
            ) from error
        if remember:
            self.migrated.write(self._migrations_hash())

    def require_sources(self) -> None:
        """Refuse a folder that is not a whole clone."""
        for name in ("manage.py", "pyproject.toml", "uv.lock", "package-lock.json"):
            if not (self.place.root / name).exists():
                raise Trouble(
                    f"{name} is missing in {self.place.root}.",
                    hint="Clone the repository anew, or `git status`.",
                )
