"""The audit trail: a chain that shows what was changed, removed or put in; and its page."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import translation

from geodata.accounts.models import Role
from geodata.accounts.permissions import MAY
from geodata.accounts.tenancy import tenant
from geodata.ledger.action import recorded
from geodata.ledger.audit.chain import verify
from geodata.ledger.audit.page import VERBS
from geodata.ledger.models import AuditRow
from tests.geodata.accounts.people import OTHER, OWN, municipalities, person

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),
]


@pytest.fixture
def trail() -> None:
    """Five rows of one municipality, two of another, two of none, written in turn."""
    municipalities()
    for code in (OWN, None, OTHER, OWN, OWN, None, OTHER, OWN, OWN):
        with recorded(
            "test.act", acting_user=None, municipality=code, subject=f"thing of {code}"
        ) as recorder:
            recorder.detail = {"æ": [1, 2.5, None], "b": {"z": 1, "a": "½"}}


@pytest.fixture
def by_force() -> Iterator[None]:
    """What somebody can do who owns the tables: rewrite rows past policy and trigger."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # nothing may be pending while a table is altered
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("ALTER TABLE ledger_auditrow NO FORCE ROW LEVEL SECURITY")
        cursor.execute("ALTER TABLE ledger_auditrow DISABLE TRIGGER chain")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE ledger_auditrow ENABLE TRIGGER chain")
        cursor.execute("ALTER TABLE ledger_auditrow FORCE ROW LEVEL SECURITY")


def sql(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text)
        assert cursor.rowcount == 1, "the test did not do what it wanted"


def lines() -> list[str]:
    return [fault.line().partition(" (id")[0] for fault in verify()[0]]


def test_every_verb_has_words_in_both_languages() -> None:
    reading = {verb for verb in MAY if verb.partition(".")[2].startswith("read_")}
    assert set(VERBS) == set(MAY) - reading
    for words in VERBS.values():
        with translation.override("en"):
            english = str(words)
        with translation.override("da"):
            assert str(words) != english


def test_an_untouched_trail_is_whole(trail: None) -> None:
    faults, heads = verify()
    assert faults == []
    assert [(head.chain, head.sequence) for head in heads] == [("", 2), (OWN, 5), (OTHER, 2)]
    with tenant(OWN):
        assert list(AuditRow.objects.order_by("id").values_list("sequence", flat=True)) == [1, 2, 3, 4, 5]


def test_number_hash_and_time_are_not_the_writers_to_choose(trail: None) -> None:
    with tenant(OWN):
        AuditRow.objects.create(
            municipality_id=OWN, verb="x", subject="", sequence=99, hash="0" * 64, at="1999-01-01T00:00Z"
        )
        row = AuditRow.objects.get(verb="x")
    assert row.sequence == 6
    assert row.at.year > 1999
    assert verify()[0] == []


def test_what_is_rolled_back_leaves_no_hole(trail: None) -> None:
    with pytest.raises(ZeroDivisionError), recorded("test.act", acting_user=None, municipality=OWN):
        _ = 1 / 0
    with recorded("test.act", acting_user=None, municipality=OWN):
        pass
    assert verify()[0] == []


@pytest.mark.parametrize(
    "column", ["verb = 'other'", "subject = 'other'", "detail = '{}'", "at = at - interval '1 second'"]
)
def test_a_changed_row_is_found(trail: None, by_force: None, column: str) -> None:
    sql(f"UPDATE ledger_auditrow SET {column} WHERE municipality_id = '{OWN}' AND sequence = 3")
    assert lines() == [f"chain {OWN}, row 3 was changed after it was written"]


def test_a_changed_row_with_a_fresh_hash_is_found(trail: None, by_force: None) -> None:
    sql(f"UPDATE ledger_auditrow SET subject = 'other' WHERE municipality_id = '{OWN}' AND sequence = 3")
    sql(
        "UPDATE ledger_auditrow r SET hash = ledger_audit_hash(r, previous) "
        f"WHERE municipality_id = '{OWN}' AND sequence = 3"
    )
    assert lines() == [
        f"chain {OWN}, row 3 is not the row that was written there: the hash kept beside it says otherwise"
    ]


def test_the_last_row_with_a_fresh_hash_is_found(trail: None, by_force: None) -> None:
    sql("UPDATE ledger_auditrow SET subject = 'other' WHERE municipality_id IS NULL AND sequence = 2")
    sql(
        "UPDATE ledger_auditrow r SET hash = ledger_audit_hash(r, previous) "
        "WHERE municipality_id IS NULL AND sequence = 2"
    )
    assert lines()[0].startswith("chain -, row 2 is not the row")


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_deleted_row_is_found_also_the_first_and_the_last(trail: None, by_force: None, number: int) -> None:
    sql(f"DELETE FROM ledger_auditrow WHERE municipality_id = '{OWN}' AND sequence = {number}")
    assert lines() == [f"chain {OWN}, row {number} is missing"]


def test_a_chain_that_lost_all_its_rows_is_found(trail: None, by_force: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_auditrow WHERE municipality_id = %s", [OTHER])
    assert lines() == [f"chain {OTHER}, rows 1 to 2 are missing"]


def test_an_inserted_row_is_found(trail: None, by_force: None) -> None:
    sql(
        "INSERT INTO ledger_auditrow (municipality_id, verb, subject, detail, sequence, previous, hash) "
        f"SELECT '{OWN}', 'forged', 'thing', '{{}}', 6, hash, hash FROM ledger_auditrow "
        f"WHERE municipality_id = '{OWN}' AND sequence = 5"
    )
    found = lines()
    assert f"chain {OWN}, row 6 was put in: the chain has no such number" in found
    assert f"chain {OWN}, row 6 was changed after it was written" in found, "nor is its hash its own"


def test_a_row_put_in_the_place_of_another_is_found(trail: None, by_force: None) -> None:
    sql(f"DELETE FROM ledger_auditrow WHERE municipality_id = '{OWN}' AND sequence = 2")
    sql(
        "INSERT INTO ledger_auditrow (municipality_id, verb, subject, detail, sequence, previous, hash) "
        f"SELECT '{OWN}', 'forged', 'thing', '{{}}', 2, hash, '' FROM ledger_auditrow "
        f"WHERE municipality_id = '{OWN}' AND sequence = 1"
    )
    sql("UPDATE ledger_auditrow r SET hash = ledger_audit_hash(r, previous) WHERE verb = 'forged'")
    assert lines()[0].startswith(f"chain {OWN}, row 2 is not the row that was written there")


def test_the_command_says_which_and_exits_1(trail: None, by_force: None) -> None:
    out, err = StringIO(), StringIO()
    call_command("verify_audit", stdout=out, stderr=err)
    assert "The audit trail is whole." in out.getvalue()
    sql(f"DELETE FROM ledger_auditrow WHERE municipality_id = '{OWN}' AND sequence = 5")
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", stdout=out, stderr=err)
    assert ended.value.code == 1
    assert f"chain {OWN}, row 5 is missing" in err.getvalue()


# -- the page --------------------------------------------------------------------------------------------------


def signed_in(role: Role, *codes: str) -> Client:
    client = Client()
    client.force_login(person(role, *codes))
    return client


@pytest.mark.parametrize("role", list(Role))
def test_only_three_roles_read_the_trail(trail: None, role: Role) -> None:
    response = signed_in(role, OWN).get("/audit/")
    may = role in {Role.LEAD, Role.ADMINISTRATOR, Role.AUDITOR}
    assert response.status_code == (200 if may else 403)
    text = response.content.decode()
    assert ("thing of 0167" in text) == may
    assert "thing of 0253" not in text
    assert "thing of None" not in text


def test_a_visitor_is_asked_to_sign_in() -> None:
    response = Client().get("/audit/?q=x")
    assert response.status_code == 302
    assert response["Location"] == "/konto/login/?next=%2Faudit%2F%3Fq%3Dx"


def test_pages_by_key_lose_nothing_while_rows_arrive() -> None:
    municipalities()
    client = signed_in(Role.AUDITOR, OWN)

    def act(n: int) -> None:
        with (
            transaction.atomic(),
            recorded("test.act", acting_user=None, municipality=OWN, subject=f"sag {n:03}"),
        ):
            pass

    for n in range(120):
        act(n)
    first = client.get("/audit/")
    act(999)
    second = client.get(f"/audit/?{first.context['more']}")
    third = client.get(f"/audit/?{second.context['more']}")
    seen = [row.subject for page in (first, second, third) for row in page.context["rows"]]
    assert seen == [f"sag {n:03}" for n in reversed(range(120))]
    assert third.context["more"] == ""


def test_filters_stand_in_the_address_and_nonsense_is_left_out(trail: None) -> None:
    lead = person(Role.LEAD, OWN, name="tove")
    with recorded("permits.check_applications", acting_user=lead, municipality=OWN, subject="<b>sag</b> 7"):
        pass
    client = Client()
    client.force_login(lead)

    def subjects(query: str) -> list[str]:
        return [row.subject for row in client.get(f"/audit/?{query}").context["rows"]]

    assert subjects("who=TOVE") == ["<b>sag</b> 7"]
    assert subjects("verb=permits.check_applications") == ["<b>sag</b> 7"]
    assert subjects("q=sag+7") == ["<b>sag</b> 7"]
    assert subjects("until=1999-12-31") == []
    assert subjects("since=9999-12-31") == []
    assert len(subjects("until=9999-12-31&since=0001-01-01&after=x&q=%00")) == 6
    assert "&lt;b&gt;sag&lt;/b&gt;" in client.get("/audit/").content.decode()
