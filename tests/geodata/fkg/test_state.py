"""Themes of the state's registers beside FKG's."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps
from django.db import Error, connection, transaction
from shapely.geometry import MultiPolygon, box

from geodata.fkg.catalogue import fkg_themes, shared_themes, state_themes, themes_of_kinds
from geodata.fkg.database import load
from geodata.ledger.imports import import_delivery
from geodata.models.fkg import FkgThemeRow
from tests.geodata.fkg.test_themes import delivery, store

#: Register kinds of rule cases, with the attributes that rules read of them.
KINDS = {
    "strandbeskyttelse": (), "klitfredning": (), "soe_aa_linje": (), "skovbyggelinje": (),
    "fortidsmindebeskyttelse": ("visible",), "kirkebyggelinje": ("surrounded_by_town",), "beskyttet_natur": (),
    "natura2000": (), "fredning": (), "dige": (), "fredet_bygning": (),
    "bevaringsvaerdig_bygning": ("save", "designated"), "vejbyggelinje": ("height_difference",),
    "jordforurening_v1": (), "jordforurening_v2": (), "bnbo": (), "osd": (), "oversvoemmelse": ("depth",),
    "kystnaerhedszone": (), "fredskov": (), "raastof": (), "stoejzone": ("lden",), "risikozone": (),
}  # fmt: skip


def test_every_register_kind_of_rule_cases_has_a_theme_with_its_attributes() -> None:
    held = themes_of_kinds()
    assert set(held) == set(KINDS)
    for kind, attributes in KINDS.items():
        for theme in held[kind]:
            packed = shared_themes()[theme.split("_", 1)[0]].packed
            assert {*attributes, "sigma_m", "reference", "link"} <= set(packed)


@pytest.mark.samples
def test_the_kinds_are_those_of_the_contract(samples: Path) -> None:
    folder = samples if (samples / "design").is_dir() else samples.parent
    text = (folder / "design" / "rule-cases.md").read_text("utf-8")
    listed = text[text.index("Register kinds in `registers`") :].split("\n\n", 1)[0]
    assert all(f"`{kind}`" in listed for kind in KINDS)


def test_codes_never_meet_those_of_fkg() -> None:
    assert not set(fkg_themes()) & set(state_themes())
    assert all(code[0].isalpha() and len(code) <= 4 for code in state_themes())
    assert len({theme.view for theme in state_themes().values()}) == len(state_themes())
    assert all(theme.of_state for theme in state_themes().values())
    assert not any(theme.of_state for theme in fkg_themes().values())


@pytest.mark.django_db
@pytest.mark.parametrize("code", sorted(state_themes()))
def test_every_view_can_be_read(code: str) -> None:
    theme = state_themes()[code]
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "t_{theme.id}" UNION ALL SELECT * FROM "hist_t_{theme.id}"')
        names = {column.name for column in cursor.description or ()}
    assert set(theme.packed) | {"geometri", "objekt_id", "systid_fra"} <= names


@pytest.mark.django_db
def test_the_database_checks_them_and_asks_for_no_authority() -> None:
    if not FkgThemeRow.objects.exists():
        load(apps)
    shapes = [box(600_000, 6_200_000, 600_010, 6_200_010)]
    given = delivery("s13_bevaringsvaerdig_bygning", shapes, save=[3], designated=[True])
    given = given.__class__(**{**given.__dict__, "frame": given.frame.drop(columns="cvr_kode")})
    assert store(given).new == 1
    assert [r.reason for r in store_rejects("s13_bevaringsvaerdig_bygning", save=[10])] == ["unfit_value"]
    wrong = delivery("s13_bevaringsvaerdig_bygning", [MultiPolygon(shapes)], save=[10])
    wrong.frame["register_id"] = ["other"]
    with pytest.raises(Error, match="save cannot be 10"), transaction.atomic():
        import_delivery(wrong, acting_user=None, file_name="f", file_sha256="0" * 64)


def store_rejects(theme: str, **columns: list[object]) -> list[object]:
    from geodata.fkg.check import fitted

    shapes = [box(600_000, 6_200_000, 600_010, 6_200_010)]
    return list(fitted(delivery(theme, shapes, **columns), record=str).rejected)
