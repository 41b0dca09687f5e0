"""Register exchange at the size of the country: writing, validating, publishing, harvesting.

Peers write the same features: GDAL's GML driver from columns that stand ready, lxml by a tree a feature, the same
bytes. What runs by itself in life is measured in a process of its own.
"""

from __future__ import annotations

import http.client
import io
import itertools
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from django.conf import settings
from django.db import connection, connections
from django.test import Client
from lxml import etree

from config.benchmarks.bars import Bar, CannotMeasure, in_turn
from config.benchmarks.kernel_stored import import_rows
from config.benchmarks.national import fill_country
from config.benchmarks.scratch import scratch_database, scratch_environment
from gml.export import write_plans
from gml.feed.bulk import gather
from gml.feed.harvester import harvest
from gml.feed.publish import publish
from gml.models.published import PublishedPlan
from planning.records import PlanGroup, plan_groups

Tell = Callable[[str], object]

_FULL: Final = 100_000
_GDAL: Final = 2.5
_TREES: Final = 3.0
_NATIONAL_S: Final = 90.0
_NATIONAL_MB: Final = 500.0
_SMALL_S: Final = 1.5
_LARGE_S: Final = 30.0
_LARGE_MB: Final = 300.0
_FEED_S: Final = 2.0
_BULK_MB_S: Final = 50.0
_CHANGES_S: Final = 100.0
#: Plans that are written against peers, and plans that change before a harvest.
_WRITTEN: Final = 2_000
_CHANGED: Final = 300
_MB: Final = 1_000_000
#: A child that does one thing and tells seconds and its largest memory (KiB), with that of a fork for each further
#: processor; together they need no more than that, less what they share. Its start is not counted.
_CHILD: Final = """
import os, re, resource, sys, time
from pathlib import Path
import django
django.setup()
{imports}
begun = time.perf_counter()
{work}
spent = time.perf_counter() - begun
own = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
forks = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * max(len(os.sched_getaffinity(0)) - 1, 1)
print(spent, own + forks)
"""

#: A command of the site as it runs, which tells its own largest memory (KiB) last.
_COMMAND: Final = """
import re
from pathlib import Path
import manage
manage.main()
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


def run(tell: Tell, *, size: int, runs: int) -> list[Bar]:
    """All bars; ``size`` 100,000 is the national volume.

    Raises
    ------
    CannotMeasure : the role may not create databases, there are no schemas, or a process failed.
    """
    schemas = Path(os.environ.get("PLANVAERK_SAMPLES", "")) / "schemas"
    if not schemas.is_dir():
        raise CannotMeasure("PLANVAERK_SAMPLES does not lead to the schemas")
    full = size >= _FULL
    with scratch_database(tell), TemporaryDirectory(dir=settings.VAR) as name:
        folder = Path(name)
        settings.VAR = folder
        tell("storing plans …")
        held = fill_country(size)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        tell(", ".join(f"{number} {level}" for level, number in held.items()))
        bars = _writing(tell, folder, runs)
        bars += _export(tell, folder, full)
        bars += _validating(tell, folder, schemas, full)
        return [*bars, *_feed(tell, folder)]


def _writing(tell: Tell, folder: Path, runs: int) -> list[Bar]:
    """Ours from records in memory, against peers that are handed everything ready."""
    tell("writing against GDAL and lxml …")
    groups = list(itertools.islice(plan_groups(), _WRITTEN))

    def ours() -> tuple[bytes, int]:
        stream = io.BytesIO()
        written = write_plans(stream, groups=groups)
        return stream.getvalue(), sum(written.features.values())

    text, features = ours()
    frames = _columns(groups, text, folder / "written.gml")
    rows = sum(map(len, frames.values()))
    head = text[: text.index(b"<gml:featureMember>")]
    told = [_told(member) for member in etree.fromstring(text)]

    def trees() -> bytes:
        root = etree.fromstring(head + b"</gml:FeatureCollection>")
        return b"".join([head, *(_bytes_of(root, member) for member in told), b"</gml:FeatureCollection>\n"])

    if trees() != text:
        raise AssertionError("the trees do not write the same bytes")

    def gdal() -> None:
        for layer, frame in frames.items():
            frame.to_file(folder / f"{layer}.gml", driver="GML", engine="pyogrio", FORMAT="GML3.2")

    bars = []
    for what, peer, number, limit in (
        ("GDAL's GML driver", gdal, rows, _GDAL),
        ("lxml trees", trees, features, _TREES),
    ):
        ratio, other, own = in_turn(peer, ours, runs=runs)
        # Each by the features that it writes itself.
        quicker = features / number / ratio
        shown = f"{features / own:.0f} to {number / other:.0f} features/s"
        bars.append(Bar(f"PLU features per second, to {what}", quicker, limit, against=shown, at_least=True))
    return bars


def _columns(groups: list[PlanGroup], text: bytes, path: Path) -> dict[str, gpd.GeoDataFrame]:
    """The same features as GDAL gets them: a table a type, with the columns of their records that are not empty.

    Documents, which have no geometry, are left to ours.
    """
    records = {
        str(record.objekt_id): record
        for group in groups
        for record in (group.plan, *group.parts)
        if record is not None
    }
    path.write_bytes(text)
    names = (
        "register_id", "status", "municipality", "parent_register_id", "plan_type", "number", "title", "part_number",
        "adopted_on", "in_force_on", "register_updated_at", "document_url", "use_general",
    )  # fmt: skip
    frames = {}
    for kind in ("SpatialPlan", "SupplementaryRegulation", "ZoningElement"):
        found = gpd.read_file(path, layer=kind, columns=["gml_id"])
        own = [records[name.partition(".")[2][:36]] for name in found["gml_id"]]
        said: dict[str, Any] = {"gml_id": found["gml_id"].tolist()}
        for name in names:
            values = [getattr(row, name) for row in own]
            if any(value is not None for value in values):
                said[name] = [None if value is None else str(value) for value in values]
        for matter in ("max_height", "plot_ratio", "max_storeys"):
            said[matter] = [next((x.value for x in row.limits if x.matter == matter), None) for row in own]
        frames[kind] = gpd.GeoDataFrame(said, geometry=found.geometry.to_numpy(), crs="EPSG:25832")
    return frames


#: Tag, attributes, text, tail, children; of a list of positions the numbers stand for its text.
_Told = tuple[str, dict[str, str], Any, str | None, list[Any]]


def _told(element: Any) -> _Told:
    text = element.text
    if element.tag.endswith("}posList"):
        text = np.array(text.split(), dtype=np.float64)
    return element.tag, dict(element.attrib), text, element.tail, [_told(child) for child in element]


def _bytes_of(root: Any, told: _Told) -> bytes:
    """One feature as a tree of its own, written and let go of; its name spaces are those of the root."""
    element = _grown(root, told)
    found = etree.tostring(element, encoding="unicode", with_tail=True)
    root.remove(element)
    # Serialised by itself a member declares the name spaces that the collection has declared already.
    end = found.index(">")
    return (re.sub(r' xmlns:\w+="[^"]*"', "", found[:end]) + found[end:]).encode()


def _grown(parent: Any, told: _Told) -> Any:
    tag, attributes, text, tail, children = told
    element = etree.SubElement(parent, tag, attributes)
    element.text = " ".join(["%.3f" % n for n in text]) if isinstance(text, np.ndarray) else text  # noqa: UP031
    element.tail = tail
    for child in children:
        _grown(element, child)
    return element


def _export(tell: Tell, folder: Path, full: bool) -> list[Bar]:
    tell("the whole country …")
    seconds, megabytes = _child(
        "from gml.export import write_plans",
        "with open(sys.argv[1], 'wb') as stream:\n    write_plans(stream)",
        str(folder / "country.gml"),
    )
    size = (folder / "country.gml").stat().st_size
    return [
        Bar(
            "the country from the database",
            seconds,
            _NATIONAL_S if full else None,
            "s",
            f"{size / _MB:.0f} MB",
        ),
        Bar("the same, largest memory", megabytes, _NATIONAL_MB, "MB"),
    ]


def _validating(tell: Tell, folder: Path, schemas: Path, full: bool) -> list[Bar]:
    tell("validating …")
    small, large = folder / "small.gml", folder / "large.gml"
    for path, size in ((small, 5 * _MB), (large, 100 * _MB)):
        _beginning(folder / "country.gml", path, size)
    cold, _ = _validated(small, schemas)
    seconds, megabytes = _validated(large, schemas)
    size = large.stat().st_size
    return [
        Bar(
            "a document validated by the command", cold, _SMALL_S, "s", f"{small.stat().st_size / _MB:.1f} MB"
        ),
        Bar("a large document validated", seconds, _LARGE_S if full else None, "s", f"{size / _MB:.0f} MB"),
        Bar("the same, largest memory", megabytes, _LARGE_MB, "MB"),
    ]


def _validated(path: Path, schemas: Path) -> tuple[float, float]:
    """Seconds and megabytes of the command, from the start of its process to the end."""
    begun = time.perf_counter()
    said = _spawn(
        ["-c", _COMMAND, "validate_plans", str(path), "--profile", "planvaerk"],
        PLANVAERK_SCHEMAS=str(schemas),
    )
    seconds = time.perf_counter() - begun
    if f"{path}: Valid" not in said:
        raise CannotMeasure(f"{path.name} is not valid:\n{said[-2000:]}")
    return seconds, float(said.split()[-1]) / 1024


def _beginning(country: Path, target: Path, size: int) -> None:
    """The plans at the beginning of a document, as a document of about this size."""
    mark = b"<gml:featureMember><plu:SpatialPlan "
    with country.open("rb") as stream:
        text = stream.read(size)
    whole = len(text) < size
    target.write_bytes(text if whole else text[: text.rindex(mark)] + b"</gml:FeatureCollection>\n")


def _feed(tell: Tell, folder: Path) -> list[Bar]:
    tell("publishing …")
    begun = time.perf_counter()
    publish()
    published = time.perf_counter() - begun
    begun = time.perf_counter()
    gather()
    gathered = time.perf_counter() - begun
    since = _client().get("/register/manifest.json").json()["cursor"]
    _edit(1)
    begun = time.perf_counter()
    told = _client().get("/register/changes", {"since": since}).json()["changes"]
    late = time.perf_counter() - begun
    if [change["state"] for change in told] != ["current"]:
        raise AssertionError(f"one plan changed, the feed tells {told}")
    plans = PublishedPlan.objects.filter(latest=True, gone=False).count()
    tell("harvesting …")
    with _site() as address:
        manifest = _client().get("/register/manifest.json").json()
        size = sum(file["bytes"] for file in manifest["bulk"]["files"] if file["scope"] != "all")
        begun = time.perf_counter()
        if not harvest(address, folder / "harvest").complete:
            raise AssertionError("the harvest is not complete")
        bulk = time.perf_counter() - begun
        number = min(_CHANGED, plans // 2)
        _edit(number)
        publish()
        begun = time.perf_counter()
        done = harvest(address, folder / "harvest")
        changes = time.perf_counter() - begun
        if done.changed != number or not done.complete:
            raise AssertionError(f"{number} plans changed, {done.changed} were harvested")
    return [
        Bar("all plans published the first time", published, unit="s", against=f"{plans} plans"),
        Bar("bulk files gathered", gathered, unit="s"),
        Bar("a changed plan is in the feed", late, _FEED_S, "s"),
        Bar(
            "a fresh harvest, from bulk files", size / _MB / bulk, _BULK_MB_S, "MB/s", f"{size / _MB:.0f} MB",
            at_least=True,
        ),
        Bar("changes harvested", number / changes, _CHANGES_S, "/s", f"{number} plans", at_least=True),
    ]  # fmt: skip


def _client() -> Client:
    return Client(SERVER_NAME="localhost")


_edits = itertools.count(1)


def _edit(number: int) -> None:
    """New titles for some local plans."""
    turn = next(_edits)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.register_id, o.municipality_id, v.number, v.status, ST_AsBinary(v.geometry) "
            "FROM planning_planversion v JOIN planning_plan o ON o.id = v.object_id "
            "WHERE v.level = 'local_plan' AND v.change_to_id IS NULL ORDER BY o.id LIMIT %s",
            [number],
        )
        rows = cursor.fetchall()
    columns = {
        "register_id": [row[0] for row in rows],
        "municipality": [row[1] for row in rows],
        "level": "local_plan",
        "number": [row[2] for row in rows],
        "status": [row[3] for row in rows],
        "title": [f"Ny titel {turn}" for _ in rows],
    }
    import_rows("plan", columns, [shapely.from_wkb(bytes(row[4])) for row in rows])


@contextmanager
def _site() -> Iterator[str]:
    """The site as it runs, on the scratch database; gives the address of its feed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "config.wsgi:application", f"--bind=127.0.0.1:{port}", "--workers=2",
         "--threads=4", "--timeout=120", "--no-control-socket", "--log-level=error"],
        env=_environment(), cwd=settings.BASE_DIR,
    )  # fmt: skip
    address = f"http://localhost:{port}/register/"
    try:
        for _ in range(300):
            try:
                with closing(http.client.HTTPConnection("localhost", port, timeout=30)) as asked:
                    asked.request("GET", "/register/manifest.json")
                    asked.getresponse().read()
                    break
            except OSError:
                time.sleep(0.2)
        else:
            raise CannotMeasure("the site does not answer")
        yield address
    finally:
        process.terminate()
        process.wait(30)
        connections.close_all()


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        **scratch_environment(),
        "PLANVAERK_VAR": str(settings.VAR),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }


def _child(imports: str, work: str, *arguments: str) -> tuple[float, float]:
    """Seconds and megabytes of a piece of work in a process of its own."""
    said = _spawn(["-c", _CHILD.format(imports=imports, work=work), *arguments])
    seconds, kib = map(float, said.split()[-2:])
    return seconds, kib / 1024


def _spawn(arguments: list[str], **more: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        env=_environment() | more,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CannotMeasure(f"a process failed:\n{done.stdout[-1000:]}{done.stderr[-2000:]}")
    return done.stdout
