"""Objects and versions: what stays the same for life, and what was said of it when.

An *object* is the stable thing that foreign keys point at (``objekt_id`` is uuid5 of register, kind and
register id, so that two databases agree). A *version* is one statement of what it looks like, with the FKG
envelope, a validity in the world (``gyldig_fra/til``, both days inclusive) and a span of knowledge: it was
opened by one change and is closed by another; ``systid_fra/til`` are the times of those changes.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Final

from django.contrib.postgres.indexes import BrinIndex, HashIndex, SpGistIndex
from django.db import models

from geodata.accounts.models import Municipality
from geodata.ledger.models import Change
from geodata.ledger.revisions import revision_at

#: Name space of all object ids made here.
OBJECT_NAMESPACE: Final = uuid.UUID("5f3ca1c6-43c9-5b5c-9f5e-0f6c4c7f2d10")


def object_id(register: str, kind: str, register_id: str) -> uuid.UUID:
    """``objekt_id`` of a register object, the same in every database."""
    return uuid.uuid5(OBJECT_NAMESPACE, f"{register}:{kind}:{register_id}")


class Origin(models.IntegerChoices):
    """FKG ``oprindkode``: how the geometry was made."""

    NOT_FILLED = 0, "Ikke udfyldt"
    ORTHOPHOTO = 1, "Ortofoto"
    CADASTRAL_MAP = 2, "Matrikelkort"
    SURVEY = 3, "Opmåling"
    TECHNICAL_MAP = 4, "FOT/tekniske kort"
    MODEL = 5, "Modelberegning"
    DRAWING = 6, "Tegning"
    FIELD_VISIT = 7, "Felt-/markbesøg"
    CITIZEN = 8, "Borgeranmeldelse"
    AERIAL_PHOTO_OLD = 9, "Luftfoto 1944-1993"
    OBLIQUE_PHOTO = 10, "Skråfoto"
    OTHER_PHOTO = 11, "Andre foto"
    THREE_D = 12, "3D"


class Status(models.IntegerChoices):
    """FKG ``statuskode``."""

    UNKNOWN = 0, "Ukendt"
    DRAFT = 1, "Kladde"
    PROPOSAL = 2, "Forslag"
    IN_FORCE = 3, "Gældende/Vedtaget"
    REPEALED = 4, "Ikke gældende/Aflyst"


class Visibility(models.IntegerChoices):
    """FKG ``off_kode``."""

    EVERYBODY = 1, "Synlig for alle"
    AUTHORITY = 2, "Synlig for den ansvarlige myndighed"
    AUTHORITIES = 3, "Synlig for alle myndigheder, men ikke for offentligheden"


def _of_change(*, null: bool = False, db_index: bool = False) -> models.ForeignKey[Change, Change]:
    """A reference to a change, checked for a whole statement at once by the guards of history.

    A foreign key would look the same change up again for each of 100,000 rows; changes are never deleted.
    """
    return models.ForeignKey(
        Change, on_delete=models.PROTECT, related_name="+", null=null, db_index=db_index, db_constraint=False
    )


class ObjectBase(models.Model):
    """The part of a thing that never changes."""

    objekt_id = models.UUIDField(unique=True)
    register = models.CharField(max_length=40)
    register_id = models.CharField(max_length=120)
    municipality = models.ForeignKey(
        Municipality,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,  # the guards of history look for it, a statement at a time
    )
    created_by = _of_change()

    class Meta:
        abstract = True
        # Objects come municipality by municipality, so the pages of one lie together; ids are asked for whole.
        indexes = [
            HashIndex(fields=["register_id"], name="%(class)s_register"),
            BrinIndex(fields=["municipality"], name="%(class)s_municip"),
        ]

    def __str__(self) -> str:
        return f"{self.register} {self.register_id}"


class VersionQuerySet(models.QuerySet["VersionBase"]):
    """Reading versions by what was true and what was known."""

    def current(self) -> VersionQuerySet:
        """What is known now: one row per object that has not ended.

        A change is never committed without its revision (:mod:`geodata.ledger.history`), so no join is needed.
        """
        return self.filter(change_to__isnull=True)

    def as_of(self, *, valid: date | None = None, known: int | datetime | None = None) -> VersionQuerySet:
        """What was known then, of what was true then.

        Parameters
        ----------
        valid : day in the world (``gyldig_fra/til``, both inclusive, missing = open); None = any.
        known : revision, or a moment in time, which stands for the last revision finished by then; None = now.
            The answer for a finished revision never changes.
        """
        rows = self.current()
        if known is not None:
            revision = revision_at(known)
            rows = self.filter(
                models.Q(change_to__isnull=True)
                | models.Q(change_to__revision__isnull=True)
                | models.Q(change_to__revision__gt=revision),
                change_from__revision__lte=revision,
            )
        if valid is not None:
            rows = rows.filter(
                models.Q(gyldig_fra__isnull=True) | models.Q(gyldig_fra__lte=valid),
                models.Q(gyldig_til__isnull=True) | models.Q(gyldig_til__gte=valid),
            )
        return rows


class VersionBase(models.Model):
    """One version of an object, with the FKG envelope (subclasses add ``object`` and ``geometry``)."""

    versions_id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    change_from = _of_change(db_index=True)
    change_to = _of_change(null=True)
    content_hash = models.UUIDField()
    cvr_kode = models.IntegerField(null=True)
    bruger_id = models.CharField(max_length=128, default="", db_default="")
    oprindkode = models.SmallIntegerField(choices=Origin.choices, default=0, db_default=0)
    statuskode = models.SmallIntegerField(choices=Status.choices, default=3, db_default=3)
    off_kode = models.SmallIntegerField(choices=Visibility.choices, default=1, db_default=1)
    noegle = models.CharField(max_length=128, default="", db_default="")
    note = models.CharField(max_length=254, default="", db_default="")
    gyldig_fra = models.DateField(null=True)
    gyldig_til = models.DateField(null=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        abstract = True


def space_index(name: str) -> SpGistIndex:
    """Index of a version table's geometry.

    SP-GiST takes a new row in a third of the time of GiST and answers the same box questions; it knows no
    nearest neighbours, which nothing here asks the database for. The condition follows from every box question,
    and not from a bare count: PostgreSQL would count by the index alone, where PostGIS 3.3 hands it boxes in the
    place of geometries and the server falls over (settings.py keeps our own connections from it altogether).
    """
    # As an expression, since Django makes GiST of every index on a geometry field as such.
    return SpGistIndex(models.F("geometry"), name=f"{name}_space", condition=models.Q(geometry__isnull=False))


def version_constraints(name: str, kind: str) -> list[models.BaseConstraint]:
    """Constraints of every version table: one open version, code lists, a valid geometry.

    Parameters
    ----------
    name : prefix of the constraint names.
    kind : PostGIS geometry type such as ``MULTIPOLYGON``; the SRID is fixed by the column.
    """
    return [
        models.UniqueConstraint(
            fields=["object"], condition=models.Q(change_to__isnull=True), name=f"{name}_one_open"
        ),
        # Serves lookups by object too, so the foreign key brings no index of its own.
        models.UniqueConstraint(fields=["object", "change_from"], name=f"{name}_once_a_change"),
        models.CheckConstraint(condition=models.Q(oprindkode__range=(0, 12)), name=f"{name}_oprindkode"),
        models.CheckConstraint(condition=models.Q(statuskode__range=(0, 4)), name=f"{name}_statuskode"),
        models.CheckConstraint(condition=models.Q(off_kode__range=(1, 3)), name=f"{name}_off_kode"),
        models.CheckConstraint(
            condition=models.Q(gyldig_til__isnull=True)
            | models.Q(gyldig_fra__isnull=True)
            | models.Q(gyldig_til__gte=models.F("gyldig_fra")),
            name=f"{name}_gyldig",
        ),
        models.CheckConstraint(
            condition=models.Q(geometry__isempty=False) & models.Q(geometry__isvalid=True),
            name=f"{name}_geometry",
        ),
    ]
