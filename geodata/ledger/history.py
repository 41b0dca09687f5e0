"""Guards of history in the database: versions are written once, closed once, and in the order of changes.

What they prove together, for every object: at each revision it has at most one version, and an answer given for
a revision never changes.

1. A version is opened open, by a change that has no revision yet (``opened``); one open version an object (unique
   index). A second writer of the object waits for the first at that index or at the row it closes.
2. It is closed once, by a change that has no revision yet, which is not the one that opened it, and the one that
   opened it has its revision (``closed``). So ``from < to`` in revisions, and whoever opens the next version has
   seen the closing, so its own revision is not smaller: spans of knowledge do not overlap.
3. No change is committed without its revision, and a revision is given once, under the advisory lock held until
   commit (``ledger_change``). So a committed revision never gets further versions, and nobody sees half a change.
4. Nothing else of a version or of an object's identity can be written again, by nobody; ``app`` and ``worker``
   may not delete.

The checks look at a whole statement at once (transition tables): an import of 100,000 rows pays milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython
from django.db.migrations.state import StateApps

_IDENTITY: Final = ("id", "objekt_id", "register", "register_id", "created_by_id")

FUNCTIONS: Final = """
CREATE OR REPLACE FUNCTION history_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: history is written once; open a new version instead', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE FUNCTION history_opened() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE late boolean; closed boolean; orphan boolean; changes bigint[];
BEGIN
    -- One look at all rows. The join stands for a foreign key, which would look each object up by itself.
    EXECUTE format(
        'SELECT bool_or(f.change_to_id IS NOT NULL), bool_or(o.id IS NULL), array_agg(DISTINCT f.change_from_id) '
        'FROM fresh f LEFT JOIN %I.%I o ON o.id = f.object_id', TG_TABLE_SCHEMA, TG_ARGV[0])
        INTO closed, orphan, changes;
    IF closed THEN
        RAISE EXCEPTION '%: a version is opened open', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    IF orphan THEN
        RAISE EXCEPTION '%: a version belongs to an object', TG_TABLE_NAME USING ERRCODE = 'foreign_key_violation';
    END IF;
    IF EXISTS (SELECT FROM unnest(changes) f(id) LEFT JOIN ledger_change c USING (id)
               WHERE c.id IS NULL OR c.revision IS NOT NULL) THEN
        RAISE EXCEPTION '%: only an unfinished change opens versions', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    -- Only a second unfinished change of this very transaction can be seen here; it would end later than it says.
    IF (SELECT count(*) FROM ledger_change WHERE revision IS NULL) > 1 THEN
        EXECUTE format(
            'SELECT EXISTS (SELECT FROM fresh f JOIN %I.%I v ON v.object_id = f.object_id '
            'AND v.change_to_id <> f.change_from_id JOIN ledger_change c ON c.id = v.change_to_id '
            'WHERE c.revision IS NULL)', TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO late;
        IF late THEN
            RAISE EXCEPTION '%: another unfinished change closed the version before', TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION history_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM was WHERE change_to_id IS NOT NULL) THEN
        RAISE EXCEPTION '%: a version is closed once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT FROM became WHERE change_to_id = change_from_id) THEN
        RAISE EXCEPTION '%: a change does not close what it opened', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT FROM (SELECT DISTINCT change_from_id FROM became) b
               JOIN ledger_change c ON c.id = b.change_from_id WHERE c.revision IS NULL) THEN
        RAISE EXCEPTION '%: the change that opened the version is not finished', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT FROM (SELECT DISTINCT change_to_id FROM became) b
               LEFT JOIN ledger_change c ON c.id = b.change_to_id WHERE c.id IS NULL OR c.revision IS NOT NULL) THEN
        RAISE EXCEPTION '%: only an unfinished change closes versions', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION history_born() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM (SELECT DISTINCT created_by_id FROM fresh) f
               LEFT JOIN ledger_change c ON c.id = f.created_by_id WHERE c.id IS NULL OR c.revision IS NOT NULL) THEN
        RAISE EXCEPTION '%: only an unfinished change makes objects', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT FROM (SELECT DISTINCT municipality_id AS code FROM fresh) f
               LEFT JOIN accounts_municipality m USING (code) WHERE f.code IS NOT NULL AND m.code IS NULL) THEN
        RAISE EXCEPTION '%: a municipality is known before its objects', TG_TABLE_NAME
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION history_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM (SELECT DISTINCT municipality_id AS code FROM became) f
               LEFT JOIN accounts_municipality m USING (code) WHERE f.code IS NOT NULL AND m.code IS NULL) THEN
        RAISE EXCEPTION '%: a municipality is known before its objects', TG_TABLE_NAME
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION history_gone() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE left_over boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM gone g JOIN %I.%I v ON v.object_id = g.id)',
                   TG_TABLE_SCHEMA, TG_ARGV[0]) INTO left_over;
    IF left_over THEN
        RAISE EXCEPTION '%: an object is kept as long as its versions', TG_TABLE_NAME
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
"""

DROP_FUNCTIONS: Final = (
    "DROP FUNCTION IF EXISTS history_gone(); DROP FUNCTION IF EXISTS history_moved(); "
    "DROP FUNCTION history_born(); DROP FUNCTION history_closed(); "
    "DROP FUNCTION history_opened(); DROP FUNCTION history_written_once();"
)

#: The change itself: no revision but by ledger_finish_change, which therefore runs as its owner; none twice; and
#: none missing at commit.
CHANGES: Final = """
ALTER FUNCTION ledger_finish_change(bigint) SECURITY DEFINER SET search_path = public, pg_temp;
CREATE INDEX ledger_change_unfinished ON ledger_change (id) WHERE revision IS NULL;
CREATE INDEX ledger_change_recorded_at ON ledger_change (recorded_at) WHERE revision IS NOT NULL;

CREATE FUNCTION ledger_change_unfinished() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM ledger_change WHERE id = NEW.id AND revision IS NULL) THEN
        RAISE EXCEPTION 'change % (%) was not finished before commit', NEW.id, NEW.verb
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_change_finished AFTER INSERT ON ledger_change
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_change_unfinished();
CREATE TRIGGER ledger_change_begins AFTER INSERT ON ledger_change FOR EACH ROW
    WHEN (NEW.revision IS NOT NULL) EXECUTE FUNCTION history_written_once();
CREATE TRIGGER ledger_change_once BEFORE UPDATE ON ledger_change FOR EACH ROW
    WHEN (OLD.revision IS NOT NULL) EXECUTE FUNCTION history_written_once();
"""

DROP_CHANGES: Final = """
DROP TRIGGER ledger_change_once ON ledger_change;
DROP TRIGGER ledger_change_begins ON ledger_change;
DROP TRIGGER ledger_change_finished ON ledger_change;
DROP FUNCTION ledger_change_unfinished();
DROP INDEX ledger_change_recorded_at;
DROP INDEX ledger_change_unfinished;
ALTER FUNCTION ledger_finish_change(bigint) SECURITY INVOKER RESET ALL;
"""


def change_guards() -> tuple[str, str]:
    """SQL (forward, reverse) of the functions and of the guards of ``ledger_change``."""
    forward = FUNCTIONS + CHANGES + _privileges("ledger_change", may_update=())
    return forward, DROP_CHANGES + DROP_FUNCTIONS + _privileges_back("ledger_change")


def version_guards(objects: str, versions: str, columns: Iterable[str]) -> tuple[str, str]:
    """SQL (forward, reverse) of the guards of one theme's tables.

    Parameters
    ----------
    objects, versions : table names.
    columns : every column of the version table; all but ``change_to_id`` are written once.
    """
    fixed = ", ".join(name for name in columns if name != "change_to_id")
    forward = f"""
    CREATE TRIGGER history_once BEFORE UPDATE OF {fixed} ON {versions}
        FOR EACH STATEMENT EXECUTE FUNCTION history_written_once();
    CREATE TRIGGER history_opened AFTER INSERT ON {versions} REFERENCING NEW TABLE AS fresh
        FOR EACH STATEMENT EXECUTE FUNCTION history_opened('{objects}');
    CREATE TRIGGER history_closed AFTER UPDATE ON {versions} REFERENCING OLD TABLE AS was NEW TABLE AS became
        FOR EACH STATEMENT EXECUTE FUNCTION history_closed();
    CREATE TRIGGER history_identity BEFORE UPDATE OF {", ".join(_IDENTITY)} ON {objects}
        FOR EACH STATEMENT EXECUTE FUNCTION history_written_once();
    """
    reverse = f"""
    DROP TRIGGER history_identity ON {objects};
    DROP TRIGGER history_closed ON {versions};
    DROP TRIGGER history_opened ON {versions};
    DROP TRIGGER history_once ON {versions};
    """
    return (
        forward
        + _privileges(versions, may_update=("change_to_id",))
        + _privileges(objects, may_update=("municipality_id",)),
        reverse + _privileges_back(versions) + _privileges_back(objects),
    )


def key_guards(objects: str, versions: str, _columns: Iterable[str] = ()) -> tuple[str, str]:
    """SQL (forward, reverse) of what stands for foreign keys to changes, and a small index of closings."""
    forward = f"""
    CREATE TRIGGER history_born AFTER INSERT ON {objects} REFERENCING NEW TABLE AS fresh
        FOR EACH STATEMENT EXECUTE FUNCTION history_born();
    CREATE INDEX {versions}_closed ON {versions} (change_to_id) WHERE change_to_id IS NOT NULL;
    """
    return forward, f"DROP INDEX {versions}_closed; DROP TRIGGER history_born ON {objects};"


#: Municipalities are not deleted once there is history: what they did stays theirs.
KEEP_MUNICIPALITIES: Final = (
    FUNCTIONS + "CREATE TRIGGER history_municipality_kept BEFORE DELETE ON accounts_municipality "
    "FOR EACH STATEMENT EXECUTE FUNCTION history_written_once();",
    "DROP TRIGGER history_municipality_kept ON accounts_municipality;",
)


def object_guards(objects: str, versions: str, _columns: Iterable[str] = ()) -> tuple[str, str]:
    """SQL (forward, reverse) of what stands for the keys of versions to objects and of these to municipalities."""
    forward = f"""
    {_drop_key(versions, "object_id")}
    {_drop_key(objects, "municipality_id")}
    DROP TRIGGER history_opened ON {versions};
    CREATE TRIGGER history_opened AFTER INSERT ON {versions} REFERENCING NEW TABLE AS fresh
        FOR EACH STATEMENT EXECUTE FUNCTION history_opened('{objects}');
    CREATE TRIGGER history_moved AFTER UPDATE ON {objects} REFERENCING NEW TABLE AS became
        FOR EACH STATEMENT EXECUTE FUNCTION history_moved();
    CREATE TRIGGER history_gone AFTER DELETE ON {objects} REFERENCING OLD TABLE AS gone
        FOR EACH STATEMENT EXECUTE FUNCTION history_gone('{versions}');
    """
    reverse = f"""
    DROP TRIGGER history_gone ON {objects};
    DROP TRIGGER history_moved ON {objects};
    ALTER TABLE {versions} ADD FOREIGN KEY (object_id) REFERENCES {objects} DEFERRABLE INITIALLY DEFERRED;
    ALTER TABLE {objects} ADD FOREIGN KEY (municipality_id) REFERENCES accounts_municipality
        DEFERRABLE INITIALLY DEFERRED;
    """
    return forward, reverse


def _drop_key(table: str, column: str) -> str:
    """Drop the foreign key of a column, whatever it is called; the indexes of the column stay."""
    return f"""
    DO $$
    DECLARE key text;
    BEGIN
        FOR key IN SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = '{table}'::regclass
            AND conkey = ARRAY[(SELECT attnum FROM pg_attribute WHERE attrelid = '{table}'::regclass
                                AND attname = '{column}')]
        LOOP EXECUTE format('ALTER TABLE {table} DROP CONSTRAINT %I', key); END LOOP;
    END $$;
    """


#: A change that versions point at is never deleted, by nobody.
KEEP_CHANGES: Final = (
    FUNCTIONS + "CREATE TRIGGER ledger_change_kept BEFORE DELETE ON ledger_change "
    "FOR EACH STATEMENT EXECUTE FUNCTION history_written_once();",
    "DROP TRIGGER ledger_change_kept ON ledger_change;",
)


def _privileges(table: str, *, may_update: Iterable[str]) -> str:
    """Take from the roles of the site what history does not allow; a database without them is left as it is."""
    named = ", ".join(may_update)
    grant = f"EXECUTE format('GRANT UPDATE ({named}) ON {table} TO %I', who);" if named else ""
    return _for_roles(f"EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM %I', who); {grant}")


def _privileges_back(table: str) -> str:
    return _for_roles(f"EXECUTE format('GRANT UPDATE, DELETE ON {table} TO %I', who);")


def _for_roles(statements: str) -> str:
    return f"""
    DO $$
    DECLARE who text;
    BEGIN
        FOREACH who IN ARRAY ARRAY['app', 'worker'] LOOP
            IF EXISTS (SELECT FROM pg_roles WHERE rolname = who) THEN {statements} END IF;
        END LOOP;
    END $$;
    """


def guarded(
    app: str,
    pairs: Iterable[tuple[str, str]],
    guards: Callable[[str, str, Iterable[str]], tuple[str, str]] = version_guards,
) -> RunPython:
    """Migration operation that puts the guards on (objects, versions) models of an app as they are by then."""

    def tables(apps: StateApps) -> Iterable[tuple[str, str, list[str]]]:
        for objects, versions in pairs:
            meta = apps.get_model(app, versions)._meta
            columns = [field.column for field in meta.concrete_fields]
            yield apps.get_model(app, objects)._meta.db_table, meta.db_table, columns

    def forward(apps: StateApps, schema: BaseDatabaseSchemaEditor) -> None:
        for names in tables(apps):
            schema.execute(guards(*names)[0], params=None)

    def reverse(apps: StateApps, schema: BaseDatabaseSchemaEditor) -> None:
        for names in tables(apps):
            schema.execute(guards(*names)[1], params=None)

    return RunPython(forward, reverse)


def one_open(app: str, names: Iterable[str]) -> RunPython:
    """Migration operation that makes sure of the index of open versions, which every theme's model declares."""

    def forward(apps: StateApps, schema: BaseDatabaseSchemaEditor) -> None:
        for name in names:
            meta = apps.get_model(app, name)._meta
            (index,) = [c.name for c in meta.constraints if c.name.endswith("_one_open")]
            schema.execute(
                f"CREATE UNIQUE INDEX IF NOT EXISTS {index} ON {meta.db_table} (object_id) "
                "WHERE change_to_id IS NULL"
            )

    return RunPython(forward, RunPython.noop)


def written_once(_objects: str, versions: str, columns: Iterable[str]) -> tuple[str, str]:
    """SQL (forward, reverse) that puts the guard on a version table's columns anew.

    Stands before and after the operation that adds a column: a column that goes takes the guard along.
    """
    fixed = ", ".join(name for name in columns if name != "change_to_id")
    anew = f"""
    DROP TRIGGER IF EXISTS history_once ON {versions};
    CREATE TRIGGER history_once BEFORE UPDATE OF {fixed} ON {versions}
        FOR EACH STATEMENT EXECUTE FUNCTION history_written_once();
    """
    return anew, anew
