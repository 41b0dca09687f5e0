"""Front-end libraries: fetched by npm, and the files that we serve copied to `var/vendor`.

There is no bundler: pages load these very files, by an import map where they are modules. The layout is
`var/vendor/PACKAGE/...` with the package's own `dist/` left out.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.launch.place import Place
from config.launch.progress import CommandFailed, Log, Trouble
from config.launch.stamps import Stamp, content_hash

HINT_NETWORK = (
    "Check the network and the settings of npm (.npmrc, HTTPS_PROXY, NODE_EXTRA_CA_CERTS), then run the\n"
    "same command again: it goes on where it stopped."
)


@dataclass(frozen=True)
class Vendored:
    """The files of one package: glob patterns below its folder, each of which must find something."""

    package: str
    files: tuple[str, ...]
    licence: tuple[str, ...]


VENDORED = (
    Vendored(
        "maplibre-gl",
        ("dist/maplibre-gl.mjs", "dist/maplibre-gl-worker.mjs", "dist/maplibre-gl.css"),
        ("LICENSE.txt",),
    ),
    # These two ship no licence file: their package.json says MIT.
    Vendored("terra-draw", ("dist/terra-draw.modern.js", "dist/terra-draw.modern.js.map"), ("package.json",)),
    Vendored(
        "terra-draw-maplibre-gl-adapter",
        (
            "dist/terra-draw-maplibre-gl-adapter.modern.js",
            "dist/terra-draw-maplibre-gl-adapter.modern.js.map",
        ),
        ("package.json",),
    ),
    Vendored("htmx.org", ("dist/htmx.min.js",), ("LICENSE",)),
    Vendored(
        "dkfds",
        (
            # The maps and the two old font formats are named by the files beside them, so a storage that
            # checks every reference asks for them.
            "dist/css/dkfds.min.css",
            "dist/css/dkfds.min.css.map",
            "dist/js/dkfds.min.js",
            "dist/js/dkfds.min.js.map",
            "dist/fonts/IBMPlexSans/complete/woff2/*.woff2",
            "dist/fonts/IBMPlexSans/complete/woff/*.woff",
            "dist/fonts/IBMPlexSans/complete/ttf/IBMPlexSans-Regular.ttf",
            "dist/fonts/IBMPlexSans/complete/eot/IBMPlexSans-Regular.eot",
            "dist/img/all-svg-icons.svg",
            "dist/img/logo-header-placeholder.png",
            "dist/img/logo-placeholder.png",
            "dist/img/svg-icons/*.svg",
        ),
        ("LICENSE.md", "dist/fonts/IBMPlexSans/complete/woff2/license.txt"),
    ),
)


class Assets:
    """The front-end files of one clone."""

    def __init__(self, place: Place, log: Log, env: Mapping[str, str]) -> None:
        self.place = place
        self.log = log
        self.env = {"NODE_USE_SYSTEM_CA": "1", **env}
        self.modules = place.root / "node_modules"
        self.fetched = Stamp(self.modules / ".planvaerk.json")
        self.copied = Stamp(place.var / "vendor.json")

    def _lock_hash(self) -> str:
        root = self.place.root
        return content_hash([root / "package.json", root / "package-lock.json"], root)

    def _copy_hash(self) -> str:
        return content_hash([self.place.root / "package-lock.json"], self.place.root, repr(VENDORED))

    def is_ready(self) -> bool:
        """Tell whether nothing is to be done."""
        return (
            self.fetched.says(self._lock_hash())
            and self.copied.says(self._copy_hash())
            and self.place.vendor.is_dir()
        )

    def prepare(self) -> None:
        """Fetch and copy what is missing or old."""
        if not self.fetched.says(self._lock_hash()):
            self._fetch()
        copy_files(self.modules, self.place.vendor)
        self.copied.write(self._copy_hash())

    def _fetch(self) -> None:
        npm = self.place.venv / "bin" / "npm"
        argv = [str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
        # Try again for half a minute, not for more than one.
        argv += ["--fetch-retries=3", "--fetch-retry-mintimeout=2000", "--fetch-retry-maxtimeout=10000"]
        try:
            self.log.run(argv, env=self.env, cwd=self.place.root)
        except CommandFailed as error:
            raise error.trouble(
                "The browser libraries could not be fetched (npm ci):", HINT_NETWORK
            ) from error
        self.fetched.write(self._lock_hash())


def copy_files(modules: Path, vendor: Path) -> None:
    """Copy the listed files beside the old folder, then put the new one in its place.

    Raises
    ------
    Trouble
        When a listed file is not in its package (a newer version may have moved it).
    """
    aside = vendor.with_name(vendor.name + ".new")
    shutil.rmtree(aside, ignore_errors=True)
    absent: list[str] = []
    for entry in VENDORED:
        source = modules / entry.package
        for pattern in (*entry.files, *entry.licence):
            found = sorted(source.glob(pattern))
            if not found:
                absent.append(f"{entry.package}/{pattern}")
            for path in found:
                below = path.relative_to(source)
                if below.parts[0] == "dist":
                    below = below.relative_to("dist")
                target = aside / entry.package / below
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
    if absent:
        raise Trouble(
            "Files that the pages need are not in their npm packages:\n    " + "\n    ".join(absent),
            hint="Remove the folder node_modules and try again. If a package was updated, its files may\n"
            "have moved: then the list in config/launch/assets.py has to follow.",
        )
    shutil.rmtree(vendor, ignore_errors=True)
    aside.rename(vendor)
