"""The list of themes in the database: reference rows, the check that reads them, and the views of each theme."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from geodata.fkg.catalogue import SQL_TYPES, VALIDITY, FkgTheme, code_lists, shared_themes
from geodata.ledger.views import history_views

_GEOMETRY: Final = {"polygon": "MULTIPOLYGON", "line": "MULTILINESTRING", "multipoint": "MULTIPOINT"}

#: One query for all rows of a statement: every column of each row's theme against what stands in the row.
CHECK: Final = r"""
CREATE OR REPLACE FUNCTION fkg_fits(kind text, longest int, low text, high text, allowed jsonb, said jsonb)
RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE kind
        WHEN 'text' THEN jsonb_typeof(said) = 'string' AND length(said #>> '{}') <= coalesce(longest, 1000000)
        WHEN 'fixed' THEN jsonb_typeof(said) = 'string' AND length(said #>> '{}') <= longest
        WHEN 'integer' THEN jsonb_typeof(said) = 'number' AND (said #>> '{}') ~ '^-?\d+$'
            AND (said #>> '{}')::numeric BETWEEN coalesce(low::numeric, -2147483648)
                AND least(high::numeric, 2147483647)
        WHEN 'number' THEN jsonb_typeof(said) = 'number' AND (said #>> '{}')::numeric
            BETWEEN coalesce(low, '-Infinity')::numeric AND coalesce(high, 'Infinity')::numeric
        WHEN 'flag' THEN jsonb_typeof(said) = 'boolean'
        WHEN 'day' THEN jsonb_typeof(said) = 'string' AND (said #>> '{}') ~ '^\d{4}-\d\d-\d\d$'
            AND (said #>> '{}') BETWEEN coalesce(low, '') AND coalesce(high, '9999')
        WHEN 'moment' THEN jsonb_typeof(said) = 'string' AND (said #>> '{}') ~ '^\d{4}-\d\d-\d\dT'
        WHEN 'time' THEN jsonb_typeof(said) = 'string' AND (said #>> '{}') ~ '^\d\d:\d\d:\d\d'
        WHEN 'uuid' THEN jsonb_typeof(said) = 'string' AND (said #>> '{}') ~ '^[0-9a-fA-F-]{36}$'
        WHEN 'json' THEN true
        ELSE false
    END AND (allowed IS NULL OR allowed ? (said #>> '{}'))
$$;

CREATE OR REPLACE FUNCTION fkg_checked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong text;
BEGIN
    SELECT format('theme %s: %s', f.theme_id, CASE
            WHEN o.theme_id <> f.theme_id THEN 'the object is of theme ' || o.theme_id
            WHEN f.geometry IS NULL THEN 'a geometry is required'
            ELSE format('%s where %s belongs', GeometryType(f.geometry), t.geometry_type) END) INTO wrong
        FROM fresh f JOIN geodata_fkgthemerow t ON t.code = f.theme_id
        JOIN geodata_themeobject o ON o.id = f.object_id
        WHERE o.theme_id <> f.theme_id OR (f.geometry IS NULL AND t.geometry_required)
           OR GeometryType(f.geometry) <> t.geometry_type LIMIT 1;
    IF wrong IS NULL THEN
        SELECT format('theme %s: %s %s', f.theme_id, c.name,
                coalesce('cannot be ' || x.said::text, 'is required')) INTO wrong
            FROM fresh f JOIN geodata_fkgcolumnrow c ON c.theme_id = f.theme_id
            CROSS JOIN LATERAL (SELECT nullif(CASE c.name WHEN 'gyldig_fra' THEN to_jsonb(f.gyldig_fra)
                WHEN 'gyldig_til' THEN to_jsonb(f.gyldig_til) ELSE f.attributes -> c.name END, 'null') AS said) x
            WHERE CASE WHEN x.said IS NULL THEN c.required
                ELSE NOT fkg_fits(c.type, c.length, c.low, c.high, c.allowed, x.said) END LIMIT 1;
    END IF;
    IF wrong IS NULL THEN
        SELECT format('theme %s has no column %s', f.theme_id, k.key) INTO wrong
            FROM fresh f CROSS JOIN LATERAL jsonb_object_keys(f.attributes) AS k(key)
            WHERE NOT EXISTS (SELECT FROM geodata_fkgcolumnrow c WHERE c.theme_id = f.theme_id AND c.name = k.key)
            LIMIT 1;
    END IF;
    IF wrong IS NULL THEN
        SELECT format('theme %s: cvr_kode %s is no authority of the list', f.theme_id, f.cvr_kode) INTO wrong
            -- FKG asks for an authority; the state's registers have codes with a letter and need not name one.
            FROM fresh f WHERE f.theme_id ~ '^[0-9]+$' AND NOT EXISTS (SELECT FROM geodata_fkgcode k
                WHERE k.list = 'basis_ansvarlig_myndighed' AND k.code = f.cvr_kode::text) LIMIT 1;
    END IF;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION '%', wrong USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS fkg_checked ON geodata_themeversion;
CREATE TRIGGER fkg_checked AFTER INSERT ON geodata_themeversion REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION fkg_checked();
"""
DROP_CHECK: Final = (
    "DROP TRIGGER fkg_checked ON geodata_themeversion; DROP FUNCTION fkg_checked(); "
    "DROP FUNCTION fkg_fits(text, int, text, text, jsonb, jsonb);"
)


def rows() -> dict[str, list[dict[str, Any]]]:
    """The reference rows by model, as the list says them."""
    return {
        "FkgCode": [
            {"list": name, "code": code, "text": text}
            for name, codes in code_lists().items()
            for code, text in codes.items()
        ],
        "FkgThemeRow": [
            {
                "code": theme.code,
                "title": theme.title,
                "geometry_type": _GEOMETRY[theme.geometry],
                "geometry_required": theme.geometry_required,
            }
            for theme in shared_themes().values()
        ],
        "FkgColumnRow": [
            {
                "theme_id": theme.code,
                "name": column.name,
                "type": column.type,
                "length": column.length,
                "low": column.low,
                "high": column.high,
                "allowed": None if column.allowed is None else sorted(column.allowed),
                "required": column.required,
            }
            for theme in shared_themes().values()
            for column in theme.columns
        ],
    }


def load(apps: Any, _schema: Any = None) -> None:
    """Bring the reference rows up to the list; run again by a migration whenever the list changes."""
    for name, wanted in rows().items():
        model = apps.get_model("geodata", name)
        if name == "FkgThemeRow":
            for row in wanted:
                model.objects.update_or_create(code=row["code"], defaults=row)
        else:
            model.objects.all().delete()
            model.objects.bulk_create([model(**row) for row in wanted], batch_size=2_000)


def views(themes: Iterable[FkgTheme]) -> Iterator[tuple[str, str]]:
    """SQL (forward, reverse) of both views of some themes, with their columns in their own types."""
    for theme in themes:
        yield history_views(
            theme.id,
            "geodata_themeobject",
            "geodata_themeversion",
            tuple(_unpacked(theme)),
            geometry="v.geometry AS geometri",
            where=f"v.theme_id = {json.dumps(theme.code).replace(chr(34), chr(39))}",
        )


def _unpacked(theme: FkgTheme) -> Iterator[str]:
    for column in theme.columns:
        if column.name in VALIDITY:
            continue
        kind = SQL_TYPES[column.type]
        if kind == "jsonb":
            yield f"v.attributes -> '{column.name}' AS {column.name}"
        else:
            yield f"(v.attributes ->> '{column.name}')::{kind} AS {column.name}"
