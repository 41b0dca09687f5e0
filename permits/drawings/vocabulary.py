"""Words a drawing may use: roles, kinds and attributes of a building, as in a rule case."""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

ROLES: Final = ("primary", "secondary", "raised_area", "wall")

#: Kind → the role it has when the drawing does not say.
KINDS: Final = {
    "detached_house": "primary",
    "two_family_horizontal": "primary",
    "double_house": "primary",
    "row_house": "primary",
    "multi_storey_housing": "primary",
    "summer_house": "primary",
    "business": "primary",
    "farm_building": "primary",
    "silo": "primary",
    "sanitary_building": "primary",
    "institution": "primary",
    "other": "primary",
    "garage": "secondary",
    "carport": "secondary",
    "shed": "secondary",
    "greenhouse": "secondary",
    "covered_terrace": "secondary",
    "terrace": "raised_area",
    "pool": "raised_area",
    "stairs": "raised_area",
    "solar": "raised_area",
}

#: Danish words for layers. Words that could mean several kinds (bolig, bygning) are left out on purpose.
DANISH: Final = {
    "hus": "detached_house",
    "parcelhus": "detached_house",
    "enfamiliehus": "detached_house",
    "tofamiliehus": "two_family_horizontal",
    "dobbelthus": "double_house",
    "raekkehus": "row_house",
    "etagebolig": "multi_storey_housing",
    "etageboliger": "multi_storey_housing",
    "sommerhus": "summer_house",
    "erhverv": "business",
    "landbrugsbygning": "farm_building",
    "lade": "farm_building",
    "silo": "silo",
    "institution": "institution",
    "andet": "other",
    "skur": "shed",
    "udhus": "shed",
    "redskabsskur": "shed",
    "drivhus": "greenhouse",
    "overdaekning": "covered_terrace",
    "overdaekket_terrasse": "covered_terrace",
    "terrasse": "terrace",
    "svoemmebassin": "pool",
    "trappe": "stairs",
    "solceller": "solar",
    "solanlaeg": "solar",
    "mur": "wall",
    "primaer": "primary",
    "primaer_bygning": "primary",
    "sekundaer": "secondary",
    "sekundaer_bygning": "secondary",
    "haevet_opholdsareal": "raised_area",
}

Form = Literal["word", "number", "count", "flag", "numbers"]


@dataclass(frozen=True)
class Attribute:
    """One attribute of a building: how its value is written, its unit, and its column in the World."""

    form: Form
    column: str
    unit: str = ""
    words: tuple[str, ...] = ()
    may_be_negative: bool = False


#: Attributes by the name they have in a rule case; a dot for the parts of ``basement`` and ``attic``.
ATTRIBUTES: Final = {
    "id": Attribute("word", "name"),
    "role": Attribute("word", "role", words=ROLES),
    "kind": Attribute("word", "kind", words=tuple(KINDS)),
    "height": Attribute("number", "height_m", "m", may_be_negative=True),
    "levels": Attribute("word", "levels_absolute", words=("relative", "kote")),
    "storeys": Attribute("number", "storeys"),
    "floor_area": Attribute("number", "floor_m2", "m²"),
    "basement.area": Attribute("number", "basement_m2", "m²"),
    "basement.ceiling_above_terrain": Attribute("number", "basement_ceiling_m", "m", may_be_negative=True),
    "attic.area": Attribute("number", "attic_m2", "m²"),
    "dwellings": Attribute("count", "dwellings"),
    "integrated": Attribute("flag", "integrated"),
    "openings_toward_boundary": Attribute("flag", "openings"),
    "wall_heights": Attribute("numbers", "wall_low_m", "m"),
    "eaves_overhang": Attribute("number", "eaves_m", "m"),
}
#: Attributes that hold others.
NESTED: Final = ("basement", "attic")
#: Properties of a GeoJSON feature that are read elsewhere.
SHAPES: Final = ("roof",)


def plain(word: str) -> str:
    """A name in the form it is compared in: small letters, æ ø å written out, one underscore for any gap."""
    text = unicodedata.normalize("NFC", word).casefold()
    for letter, written in (("æ", "ae"), ("ø", "oe"), ("å", "aa")):
        text = text.replace(letter, written)
    return re.sub(r"[\W_]+", "_", text).strip("_")


def of_layer(layer: str) -> tuple[str, str] | None:
    """Role and kind that a layer's name stands for (kind empty for a role); ``None`` when it stands for none.

    English words as in a rule case and the usual Danish ones, whatever the case and the gaps.
    """
    word = plain(layer)
    word = DANISH.get(word, word)
    if word in KINDS:
        return KINDS[word], word
    if word in ROLES:
        return word, ""
    return None


def nearest(word: str, allowed: tuple[str, ...]) -> str | None:
    """The allowed word that was probably meant; Danish words are understood; ``None`` when none is near."""
    key = plain(word)
    if DANISH.get(key) in allowed:
        return DANISH[key]
    close = difflib.get_close_matches(key, [plain(a) for a in allowed], n=1, cutoff=0.7)
    if close:
        return next(a for a in allowed if plain(a) == close[0])
    return None


def near_layer(layer: str) -> str | None:
    """A known layer name that this one is probably a misspelling of; ``None`` when it is something else."""
    # "Other" is what a draughtsman calls anything; a layer like it (KOTER, contours) is no misspelling of it.
    known = [word for word in (*KINDS, *ROLES, *DANISH) if word not in ("other", "andet")]
    close = difflib.get_close_matches(plain(layer), known, n=1, cutoff=0.8)
    return close[0] if close else None
