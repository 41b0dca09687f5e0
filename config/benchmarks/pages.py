"""The planner's pages as somebody waits for them: the list of cases, one case, and a large drawing.

There is no peer; the bars are absolute. Requests go through the whole site by Django's own client, signed in as a
case worker, so that sessions, rights and row-level security are paid for. What the list says is held against the
findings.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.benchmarks.bars import Bar
from config.benchmarks.drawings import large_drawing
from config.benchmarks.kernel import kernel_rules
from config.benchmarks.kernel_stored import CODE, DAY, fill
from config.benchmarks.scratch import scratch_database
from geodata.accounts.models import Membership, Role, User
from geodata.accounts.tenancy import tenant
from permits.actions.check_applications import check_applications
from permits.models.applications import Application
from permits.models.findings import NEWEST
from permits.outcomes import ANSWERS
from permits.review.cases import GOALS, PAGE, Filters, page

Tell = Callable[[str], object]

_LIST_S: Final = 0.3
_CASE_S: Final = 0.2
_WORKERS: Final = 20
_ROUNDS: Final = 10
_CASES: Final = 100
#: The site answers here to the name that it has on this machine.
_HOST: Final = "localhost"
_WORKS: Final = ("Carport", "Enfamiliehus", "Tilbygning", "Udestue", "Garage", "Etageboliger")
_ROADS: Final = ("Birkevej", "Skolegade", "Møllebakken", "Åvej", "Østergade", "Strandvejen", "Kirkestien")


def run(tell: Tell, *, size: int, runs: int) -> list[Bar]:
    """All bars, with ``size`` cases in the list.

    Raises
    ------
    AssertionError : the list says something else than the findings, loses a case between pages, or asks more queries
        where there is more to show.
    """
    with scratch_database(tell):
        tell(f"storing {size} cases …")
        fill(size)
        _lives()
        tell("checking them …")
        check_applications(
            range(1, size + 1), acting_user=None, municipality=CODE, as_of=DAY, rules=list(kernel_rules())
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        _same_as_findings(size)
        client = _signed_in()
        bars = [*_list(tell, client, size), *_case(tell, client, size)]
    return [*bars, *large_drawing(tell, runs)]


def _lives() -> None:
    """Addresses, days, case workers and clocks, as different as those of real cases."""
    users = User.objects.bulk_create(
        User(username=f"worker{number}", display_name=f"Sagsbehandler {number}") for number in range(_WORKERS)
    )
    Membership.objects.bulk_create(
        Membership(user=user, municipality_id=CODE, role=Role.CASE_WORKER) for user in users
    )
    with tenant(CODE), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE permits_application SET applied_on = %s - (id * 7919 %% 1500)::int, "
            "number = 'BYG-' || (2022 + id %% 5) || '-' || id, title = (%s::text[])[1 + id %% %s], "
            "address = (%s::text[])[1 + id * 31 %% %s] || ' ' || (1 + id %% 300) || ', ' || (8000 + id %% 900), "
            "assigned_to_id = CASE WHEN id %% 5 > 0 THEN (%s::bigint[])[1 + id * 13 %% %s] END, "
            "clock = (ARRAY['', 'running', 'running', 'waiting'])[1 + id %% 4], "
            "due_on = CASE WHEN id %% 4 IN (1, 2) THEN %s + (id * 104729 %% 90)::int - 20 END, "
            "days_left = CASE WHEN id %% 4 = 3 THEN (id %% 40)::int END",
            [DAY, list(_WORKS), len(_WORKS), list(_ROADS), len(_ROADS), [user.pk for user in users], _WORKERS, DAY],
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("VACUUM permits_application")  # a site's own vacuum has done so long ago


def _signed_in() -> Client:
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, _HOST]
    client = Client(SERVER_NAME=_HOST)
    client.force_login(User.objects.get(username="worker1"))
    return client


# -- equal answers -----------------------------------------------------------------------------------------------


def _same_as_findings(size: int) -> None:
    """The answers kept for lists are those of the findings, and pages by key lose and repeat nothing."""
    order = "ARRAY[" + ", ".join(f"'{answer}'" for answer in ANSWERS) + "]::text[]"
    with tenant(CODE), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT ({order})[worst], count(*) FROM (SELECT f.application_id, min(array_position({order}, "
            "CASE WHEN f.reason = 'overall_assessment' THEN f.reason ELSE f.outcome END::text)) AS worst "
            f"FROM {NEWEST} GROUP BY 1) f GROUP BY 1"
        )
        by_findings = dict(cursor.fetchall())
        listed = page(Filters(), DAY)
        by_findings.pop("not_applicable", 0)  # those without a flag are not kept
        if {k: n for k, n in listed.counts.items() if k != "not_applicable"} != by_findings:
            raise AssertionError(f"the list counts {listed.counts}, the findings say {by_findings}")
        if listed.total != size:
            raise AssertionError(f"{listed.total} of {size} cases are listed")
        for sort, column in (("newest", "applied_on DESC, id DESC"), ("due", "due_on, id")):
            cursor.execute(
                f"SELECT id FROM permits_application ORDER BY {column} LIMIT %s",
                [5 * PAGE],
            )
            if _walked(Filters(sort=sort), 5) != [row[0] for row in cursor.fetchall()]:  # type: ignore[arg-type]
                raise AssertionError(f"pages ordered by {sort} are not the order itself")
        for words in ("vej", "Garage Åvej", "BYG-2024"):
            clause = " AND ".join(
                ["(number ILIKE %s OR title ILIKE %s OR address ILIKE %s)"] * len(words.split())
            )
            asked = [f"%{word}%" for word in words.split() for _ in range(3)]
            cursor.execute(
                f"SELECT id FROM permits_application WHERE {clause} ORDER BY due_on, id LIMIT %s",
                [*asked, 3 * PAGE],
            )
            if _walked(Filters(words=words, sort="due"), 3) != [row[0] for row in cursor.fetchall()]:
                raise AssertionError(f"looking for {words!r} does not find what stands in the cases")


def _walked(filters: Filters, pages: int) -> list[int]:
    """Ids on the first pages, each page asked for by the address that the one before gives."""
    from django.http import QueryDict

    found: list[int] = []
    for _ in range(pages):
        one = page(filters, DAY)
        found += [row.id for row in one.rows]
        if not one.more:
            break
        filters = Filters.of(QueryDict(one.more))
    return found


# -- the list ------------------------------------------------------------------------------------------------------


def _addresses(rng: random.Random, size: int) -> Iterator[str]:
    """What people ask the list for; one of each kind a round."""
    someone = rng.randrange(1, size + 1)
    for query in (
        "",
        "sort=due",
        f"sort=due&assigned={_worker(rng)}",
        f"assigned={_worker(rng)}",
        "assigned=nobody",
        f"q=BYG-{2022 + someone % 5}-{someone}",
        f"q={rng.choice(_ROADS)}+{rng.randrange(1, 300)}",
        f"q={rng.choice(_WORKS)[:5]}",
        "q=findes-ikke",
        f"q={rng.choice(_ROADS)}&sort=due&goal=soon",
        *(f"outcome={answer}" for answer in ANSWERS),
        "outcome=unchecked",
        *(f"goal={goal}" for goal in GOALS),
        f"after={DAY.replace(year=DAY.year - rng.randrange(1, 4)).isoformat()}.{someone}",
        f"sort=due&after={DAY.isoformat()}.{someone}",
        f"sort=due&after=.{someone}",
        f"outcome=fail&outcome=needs_dispensation&assigned={_worker(rng)}&goal=late&sort=due&q=vej",
    ):
        yield f"/?{query}"


def _worker(rng: random.Random) -> int:
    return int(User.objects.get(username=f"worker{rng.randrange(_WORKERS)}").pk)


def _list(tell: Tell, client: Client, size: int) -> list[Bar]:
    tell("the list …")
    rng = random.Random(8)  # noqa: S311 - addresses, no secret
    times: list[tuple[float, str]] = []
    asked: dict[int, str] = {}
    for address in _addresses(
        rng, size
    ):  # not counted: the first of each kind warms what a running site has warm
        with CaptureQueriesContext(connection) as queries:
            _get(client, address)
        asked.setdefault(len(queries), address)
    if len(asked) != 1:
        raise AssertionError(f"the number of queries hangs on what is asked for: {asked}")
    for _ in range(_ROUNDS):
        for address in list(_addresses(rng, size)):
            start = time.perf_counter()
            _get(client, address)
            times.append((time.perf_counter() - start, address))
    seconds = np.array([spent for spent, _ in times])
    slowest = max(times)
    number = next(iter(asked))
    bar = _LIST_S if size >= 100_000 else None
    return [
        Bar(
            f"list of {size} cases, 95 of 100 within",
            float(np.quantile(seconds, 0.95)) * 1e3,
            bar and bar * 1e3,
            "ms",
            f"{len(times)} requests, {number} queries each",
        ),
        Bar("the same, median", float(np.median(seconds)) * 1e3, unit="ms"),
        Bar("the same, slowest", slowest[0] * 1e3, unit="ms", against=slowest[1]),
    ]


def _get(client: Client, address: str) -> Any:
    answer = client.get(address)
    if answer.status_code != 200:
        raise AssertionError(f"{address} is answered with {answer.status_code}")
    return answer


# -- one case ------------------------------------------------------------------------------------------------------


def _case(tell: Tell, client: Client, size: int) -> list[Bar]:
    tell("one case …")
    rng = random.Random(9)  # noqa: S311 - cases, no secret
    with tenant(CODE):
        chosen = [rng.randrange(1, size + 1) for _ in range(_CASES + 3)]
        names = dict(Application.objects.filter(pk__in=chosen).values_list("pk", "public_id"))
    bars = []
    for what, limit, address in (
        ("page of a case, with map data", _CASE_S, "/sager/{}/"),
        ("the same for a program", None, "/api/cases/{}"),
        ("the same on paper, with the plan", None, "/sager/{}/udskrift/"),
    ):
        times = []
        for key in chosen:
            start = time.perf_counter()
            answer = _get(client, address.format(names[key]))
            times.append(time.perf_counter() - start)
            if b"boundary_distance" not in answer.content and what.endswith("data"):
                raise AssertionError("the page of a case does not have its findings")
        seconds = np.array(times[3:]) * 1e3
        told = f"95 of 100 within {np.quantile(seconds, 0.95):.0f} ms"
        bar = None if limit is None else limit * 1e3
        bars.append(Bar(f"{what}, median", float(np.median(seconds)), bar, "ms", told))
    return bars
