"""SQL views of a theme, as FKG asks: ``t_<theme>`` shows what holds now, ``hist_t_<theme>`` shows everything."""

from __future__ import annotations

from geodata.ledger.themes import ENVELOPE


def history_views(
    theme: str,
    objects: str,
    versions: str,
    columns: tuple[str, ...],
    *,
    geometry: str = "v.geometry",
    where: str = "",
) -> tuple[str, str]:
    """SQL (forward, reverse) for both views of one theme.

    Parameters
    ----------
    theme : name of the views after ``t_`` and ``hist_t_``.
    objects, versions : table names.
    columns : the theme's own: names, or expressions on ``v`` and ``o`` with a name (``… AS name``).
    geometry : the last column.
    where : condition that picks the theme's rows out of shared tables.
    """
    own = [name if " AS " in name else f"v.{name}" for name in columns]
    listed = ", ".join([*(f"v.{name}" for name in ENVELOPE), *own, geometry])
    select = (
        f"SELECT o.id AS object_id, o.objekt_id, v.versions_id, o.register, o.register_id, o.municipality_id, "
        f"born.recorded_at AS oprettet, opened.recorded_at AS systid_fra, closed.recorded_at AS systid_til, "
        f"opened.revision AS revision_from, closed.revision AS revision_to, {listed} "
        f"FROM {versions} v JOIN {objects} o ON o.id = v.object_id "
        f"JOIN ledger_change opened ON opened.id = v.change_from_id AND opened.revision IS NOT NULL "
        f"JOIN ledger_change born ON born.id = o.created_by_id "
        f"LEFT JOIN ledger_change closed ON closed.id = v.change_to_id"
    )
    everything = f" WHERE {where}" if where else ""
    holding = f" WHERE {where} AND v.change_to_id IS NULL" if where else " WHERE v.change_to_id IS NULL"
    forward = (
        f'CREATE VIEW "hist_t_{theme}" AS {select}{everything};CREATE VIEW "t_{theme}" AS {select}{holding};'
    )
    return forward, f'DROP VIEW "t_{theme}"; DROP VIEW "hist_t_{theme}";'
