"""No row of another municipality, whatever the site's own code does: asked of the database as ``app`` and ``worker``.

Each test first shows that the row is there to be leaked.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import psycopg
import pytest
from django.db import connection
from psycopg import errors, sql

from geodata.accounts.models import Municipality, User
from geodata.accounts.tenancy import tenant
from geodata.ledger.action import recorded
from geodata.ledger.models import AuditRow, Epoch, ImportOriginal, ImportRun, QuarantinedRecord
from geodata.ledger.revisions import finish_change, open_change
from geodata.models.cadastre import Parcel
from geodata.property_lookup.models.contests import Contest, ContestAnswer
from geodata.property_lookup.models.looks import Look
from permits.models.applications import (
    Application,
    ApplicationParcel,
    Drawing,
    ProposedBuilding,
    ProposedPlot,
)
from permits.models.corrections import Correction
from permits.models.drafts import Draft
from permits.models.handling import CaseEvent, Judgement, Task
from permits.models.rulesets import RulesetSignature
from tests.geodata.accounts.people import OTHER, OWN, connected, municipalities, speak_for

pytestmark = pytest.mark.django_db(transaction=True)


def _application(code: str) -> Application:
    return Application.objects.get_or_create(
        municipality_id=code,
        number="1",
        defaults={"title": "Hus", "work": "new", "applied_on": "2026-02-01"},
    )[0]


def _parcel(code: str) -> Any:
    change = open_change("test.build", acting_user=None, themes=["parcel"])
    parcel = Parcel.objects.create(
        objekt_id=uuid.uuid4(), register="test", register_id=code, municipality_id=code, created_by=change
    )
    finish_change(change)
    return ApplicationParcel.objects.create(
        application=_application(code), municipality_id=code, parcel=parcel
    )


def _original(code: str) -> Any:
    run = ImportRun.objects.create(source="s", theme="parcel", file_name="f", file_sha256="0" * 64)
    record = QuarantinedRecord.objects.create(run=run, record="1", reason="r", explanation="e")
    return ImportOriginal.objects.create(record=record, municipality_id=code, content=b"x")


def _audit(code: str) -> Any:
    with recorded("test.act", acting_user=None, municipality=code, subject="thing"):
        pass
    return AuditRow.objects.get(municipality_id=code)


def _contest(code: str) -> Any:
    return Contest.objects.create(
        municipality_id=code,
        parcel=_parcel(code).parcel,
        facet="parcel",
        key="parcel.registered_m2",
        original={"said": "800 m²"},
        reason="r",
        made_by=User.objects.get_or_create(username="owner")[0],
    )


_ABOUT: dict[str, Any] = {"run_id": 1, "finding_id": 1, "rule": "r", "building": -1, "outcome": "fail"}
#: Every table with personal data, and how a row of a municipality comes into it. The list is explicit, so that none
#: can lose its policy unseen; a new table with a policy must get its line here.
PERSONAL: dict[str, Callable[[str], Any]] = {
    "permits_application": _application,
    "permits_applicationparcel": _parcel,
    "permits_drawing": lambda code: Drawing.objects.create(
        application=_application(code),
        municipality_id=code,
        file_name="f",
        media_type="text/plain",
        sha256="0" * 64,
        content=b"x",
    ),
    "permits_proposedbuilding": lambda code: ProposedBuilding.objects.create(
        application=_application(code),
        municipality_id=code,
        name="Hus",
        role="primary",
        kind="detached_house",
    ),
    "permits_rulesetsignature": lambda code: RulesetSignature.objects.create(
        municipality_id=code,
        name="Eget",
        sha256="0" * 64,
        content="x",
        signed_by=User.objects.get_or_create(username="signer")[0],
    ),
    "permits_proposedplot": lambda code: ProposedPlot.objects.create(
        application=_application(code), municipality_id=code, registered_m2=700.0
    ),
    "permits_correction": lambda code: Correction.objects.create(
        application=_application(code),
        municipality_id=code,
        table="sites",
        column="datum_m",
        target="site",
        value=5.0,
        reason="r",
    ),
    "permits_judgement": lambda code: Judgement.objects.create(
        application=_application(code), municipality_id=code, kind="accepted", **_ABOUT
    ),
    "permits_task": lambda code: Task.objects.create(
        application=_application(code), municipality_id=code, text="t", **_ABOUT
    ),
    "permits_caseevent": lambda code: CaseEvent.objects.create(
        application=_application(code),
        municipality_id=code,
        kind="exempt",
        happened_on=date(2026, 3, 2),
        reason="r",
    ),
    "permits_draft": lambda code: Draft.objects.create(
        municipality_id=code, answers={"parties": {"name": "n"}}
    ),
    "lookup_contest": _contest,
    "lookup_contestanswer": lambda code: ContestAnswer.objects.create(
        municipality_id=code,
        contest=_contest(code),
        outcome="rejected",
        text="t",
        made_by=User.objects.get_or_create(username="worker")[0],
    ),
    "lookup_look": lambda code: Look.objects.create(
        municipality_id=code,
        user=User.objects.get_or_create(username="worker")[0],
        what="cases",
        subject="s",
        purpose="p",
        purpose_src="session",
    ),
    "ledger_auditrow": _audit,
    "ledger_importoriginal": _original,
}
#: Tables with a column of the municipality that are nobody's secret: registers, plans, and who works where.
OPEN = {"accounts_membership", "checks_fault", "ledger_importrun", "ledger_sourceanswer"}
#: What app and worker may not even try.
APPEND_ONLY = {
    "ledger_auditrow",
    "lookup_contest",
    "lookup_contestanswer",
    "lookup_look",
    "permits_caseevent",
    "permits_correction",
    "permits_judgement",
    "permits_rulesetsignature",
}
#: What app and worker may change and not take away.
NEVER_DELETED = {"permits_task"}

each_table = pytest.mark.parametrize("table", sorted(PERSONAL))
each_role = pytest.mark.parametrize("role", ["app", "worker"])


@pytest.fixture(autouse=True)
def _ground() -> None:
    Epoch.objects.get_or_create(number=1)  # emptied with the other tables after each of these tests
    municipalities()


@pytest.fixture
def filled(table: str) -> None:
    """A row of each municipality; the owner sees it when speaking for that municipality."""
    for code in (OWN, OTHER):
        with tenant(code):
            PERSONAL[table](code)
            assert _seen_by_owner(table) == [code], "there is nothing that could leak"


def _seen_by_owner(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT municipality_id FROM {table}")
        return [row[0] for row in cursor.fetchall()]


def _own_columns(table: str) -> list[str]:
    """Columns that are written, and not reckoned by the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
            "AND attgenerated = ''",
            [table],
        )
        return [row[0] for row in cursor.fetchall()]


@pytest.fixture
def site(role: str) -> Iterator[psycopg.Connection]:
    with connected(role) as opened:
        yield opened


def seen(site: psycopg.Connection, table: str) -> list[str]:
    return [row[0] for row in site.execute(f"SELECT municipality_id FROM {table}").fetchall()]


def test_every_table_with_a_policy_is_tried_here_and_none_has_lost_it() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace "
            "AND relrowsecurity AND relforcerowsecurity"
        )
        found = {row[0] for row in cursor.fetchall()}
        assert found == set(PERSONAL)
        cursor.execute(
            "SELECT tablename FROM pg_policies WHERE policyname = 'tenant' "
            "AND qual LIKE '%app.tenant%' AND with_check LIKE '%app.tenant%' AND cmd = 'ALL'"
        )
        assert {row[0] for row in cursor.fetchall()} == found


def test_a_table_with_a_municipality_has_a_policy_or_is_named_as_open() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.columns WHERE column_name = 'municipality_id' "
            "AND table_schema = 'public' AND table_name IN (SELECT tablename FROM pg_tables)"
        )
        found = {row[0] for row in cursor.fetchall()}
    # Register objects are public; everything else is personal, or named as open above.
    public = {name for name in found if name.startswith(("geodata_", "planning_"))}
    assert found - public - OPEN == set(PERSONAL)


@each_role
@each_table
def test_a_session_sees_its_own_municipality_only(table: str, filled: None, site: psycopg.Connection) -> None:
    for code in (OWN, OTHER):
        with site.transaction():
            speak_for(site, code)
            assert seen(site, table) == [code]


@each_role
@each_table
@pytest.mark.parametrize("code", [None, "", " ", "%", "0", "0167,0253"])
def test_no_or_a_made_up_municipality_sees_nothing(
    table: str, filled: None, site: psycopg.Connection, code: str | None
) -> None:
    with site.transaction():
        if code is not None:
            speak_for(site, code)
        site.execute("SELECT set_config('app.audit', 'on', true)")  # the owner's word does not help
        assert seen(site, table) == []


@each_role
@each_table
def test_commit_and_rollback_forget_the_municipality(
    table: str, filled: None, site: psycopg.Connection
) -> None:
    with site.transaction():
        speak_for(site, OWN)
        assert seen(site, table) == [OWN]
    assert seen(site, table) == []
    with site.transaction(force_rollback=True):
        speak_for(site, OWN)
        assert seen(site, table) == [OWN]
    assert seen(site, table) == []


@each_role
@each_table
def test_no_row_can_be_written_into_another_municipality(
    table: str, filled: None, site: psycopg.Connection
) -> None:
    names = ", ".join(f'"{name}"' for name in _own_columns(table))
    smuggled = f'SELECT (json_populate_record(r, \'{{"municipality_id": "{OTHER}"}}\')).* FROM {table} r'
    for statement in (
        f"INSERT INTO {table} ({names}) SELECT {names} FROM ({smuggled}) s",
        f"UPDATE {table} SET municipality_id = '{OTHER}'",
    ):
        with pytest.raises(errors.InsufficientPrivilege), site.transaction():  # noqa: PT012
            speak_for(site, OWN)
            assert seen(site, table) == [OWN], "there is no row to move"
            site.execute(statement)
    with tenant(OTHER):
        assert _seen_by_owner(table) == [OTHER]


@each_role
@each_table
def test_rows_of_another_municipality_are_neither_changed_nor_deleted(
    table: str, filled: None, site: psycopg.Connection
) -> None:
    for statement in (f"UPDATE {table} SET municipality_id = municipality_id", f"DELETE FROM {table}"):
        where = f" WHERE municipality_id = '{OTHER}'"
        kept = table in NEVER_DELETED and statement.startswith("DELETE")
        if table in APPEND_ONLY or kept:
            with pytest.raises(errors.InsufficientPrivilege), site.transaction():  # noqa: PT012
                speak_for(site, OWN)
                site.execute(statement + where)
            continue
        with site.transaction():
            speak_for(site, OWN)
            assert site.execute(statement + where).rowcount == 0
    with tenant(OTHER):
        assert _seen_by_owner(table) == [OTHER]


@each_role
@each_table
def test_copy_in_is_refused_and_copy_out_gives_no_more_than_a_page(
    table: str, filled: None, site: psycopg.Connection
) -> None:
    with pytest.raises(errors.FeatureNotSupported), site.transaction():  # noqa: PT012
        speak_for(site, OWN)
        site.execute(f"COPY {table} FROM STDIN")
    with site.transaction():
        speak_for(site, OWN)
        with site.cursor().copy(f"COPY (SELECT municipality_id FROM {table}) TO STDOUT") as copy:
            assert [row[0] for row in copy.rows()] == [OWN]
    with site.cursor().copy(f"COPY {table} TO STDOUT") as copy:
        assert list(copy) == []


@each_role
def test_the_roles_of_the_site_are_ordinary_ones(site: psycopg.Connection) -> None:
    row = site.execute(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles "
        "WHERE rolname = current_user"
    ).fetchone()
    assert row == (False, False, False, False, False)
    assert site.execute(
        "SELECT count(*) FROM pg_auth_members WHERE member = current_user::regrole"
    ).fetchone() == (0,)
    for name in ("owner", "postgres", "worker" if site.info.user == "app" else "app"):
        with pytest.raises(errors.InsufficientPrivilege):
            site.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(name)))


@each_role
@each_table
def test_policies_and_triggers_are_not_theirs(table: str, site: psycopg.Connection) -> None:
    for statement in (
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
        f"DROP POLICY tenant ON {table}",
        f"ALTER TABLE {table} DISABLE TRIGGER ALL",
        f"TRUNCATE {table}",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            site.execute(statement)
    with pytest.raises(errors.InsufficientPrivilege):
        site.execute("SET session_replication_role = replica")
    with pytest.raises(errors.InsufficientPrivilege), site.transaction():  # noqa: PT012
        # Does not lift a policy: it makes a query fail that meets one.
        site.execute("SET LOCAL row_security = off")
        site.execute(f"SELECT * FROM {table}")


@each_role
def test_the_audit_trail_can_be_added_to_and_nothing_else(site: psycopg.Connection) -> None:
    with tenant(OWN):
        _audit(OWN)
    for statement in (
        "UPDATE ledger_auditrow SET subject = 'other'",
        "DELETE FROM ledger_auditrow",
        "SELECT * FROM ledger_audithead",
        "UPDATE ledger_audithead SET sequence = 0",
        "DELETE FROM ledger_audithead",
    ):
        with pytest.raises(errors.InsufficientPrivilege), site.transaction():  # noqa: PT012
            speak_for(site, OWN)
            site.execute(statement)
    # Number and hash of the last row are told in public.
    told = site.execute("SELECT chain, sequence FROM ledger_audit_heads()").fetchall()
    assert told == [(OWN, 1)]
    with site.transaction():
        speak_for(site, OWN)
        site.execute(
            "INSERT INTO ledger_auditrow (municipality_id, verb, subject, detail) VALUES (%s, 'x', '', '{}')",
            [OWN],
        )
        assert seen(site, "ledger_auditrow") == [OWN, OWN]
    # A row of no municipality is written by anybody and read by the owner's audit alone.
    site.execute("INSERT INTO ledger_auditrow (verb, subject, detail) VALUES ('x', '', '{}')")
    with site.transaction():
        site.execute("SELECT set_config('app.audit', 'on', true)")
        assert seen(site, "ledger_auditrow") == []
    with tenant(None), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.audit', 'on', true)")
        cursor.execute("SELECT count(*) FROM ledger_auditrow")
        assert cursor.fetchone() == (3,)


def test_the_owner_is_under_the_policies_too() -> None:
    with tenant(OWN):
        _application(OWN)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM permits_application")
        assert cursor.fetchone() == (0,)
    assert Municipality.objects.count() == 2
