"""The words for faults of what is said about a building, and of settings; see :mod:`permits.drawings.catalogue`."""

from __future__ import annotations

from typing import Final

from permits.drawings.catalogue_words import ADD, DID_YOU_MEAN, NUMBER_FORM, Words
from permits.drawings.catalogue_words import noop as _noop

_NUMBER_SUGGEST: Final = _noop("Write %(remedy)s.")

SAID: Final = {
    "missing": Words(_noop("%(key)s is not stated; rules that need it cannot answer."), "", ADD),
    "height_from_z": Words(_noop("The height %(found)s m is taken from the z of the outline."), "", ADD),
    "height_from_roof": Words(
        _noop("The height %(found)s m is taken from the highest point of the roof."), "", ADD
    ),
    "height_and_roof": Words(
        _noop("The height is %(found)s m."),
        _noop("The highest point of the roof is %(expected)s m."),
        _noop("Correct one of them."),
    ),
    "height_unlikely": Words(
        _noop("The height is %(found)s m."),
        _noop("Metres above ground were expected, at most %(expected)s."),
        _noop("State metres, and levels = kote when heights are absolute."),
    ),
    "not_a_number": Words(
        _noop('"%(found)s" is not a number.'),
        _noop("A number was expected (%(unit)s)."),
        NUMBER_FORM,
        _NUMBER_SUGGEST,
    ),
    "not_numbers": Words(
        _noop('"%(found)s" is not a list of numbers.'),
        _noop("Numbers were expected."),
        _noop("Write a list of numbers; with --set put ; between them."),
    ),
    "not_whole": Words(
        _noop("%(found)s is not a whole number."), _noop("A count was expected."), NUMBER_FORM
    ),
    "not_a_flag": Words(
        _noop('"%(found)s" is neither true nor false.'),
        _noop("true or false was expected."),
        _noop("Write true or false."),
    ),
    "not_a_word": Words(
        _noop('"%(found)s" is not a word.'), _noop("Text was expected."), _noop("Write text.")
    ),
    "negative": Words(
        _noop("%(found)s is negative."),
        _noop("Zero or more was expected."),
        _noop("Correct the number; heights are measured upward from the ground."),
    ),
    "too_large": Words(
        _noop("%(found)s is impossible here."), _noop("A smaller number was expected."), NUMBER_FORM
    ),
    "unknown_word": Words(
        _noop('"%(found)s" is not known.'),
        _noop("Expected one of: %(expected)s."),
        _noop("Use one of these words."),
        DID_YOU_MEAN,
    ),
    "unknown_attribute": Words(
        _noop('The attribute "%(found)s" is not known and not used.'),
        "",
        _noop("It changes nothing; leave it out if it was meant to."),
        DID_YOU_MEAN,
    ),
    "role_missing": Words(
        _noop("It is not stated what this building is."),
        _noop("role (primary, secondary, raised_area, wall) and kind were expected."),
        _noop("State them in the file, or with --set kind=detached_house."),
    ),
    "kind_missing": Words(
        _noop("The kind of this building is not stated, only its role (%(found)s)."),
        "",
        _noop("State it in the file or with --set kind=detached_house."),
    ),
    "role_and_kind": Words(
        _noop('The role is "%(found)s".'),
        _noop('Its kind is usually "%(expected)s".'),
        _noop("Check that the role is meant."),
    ),
    "duplicate_id": Words(
        _noop('Two buildings are called "%(found)s".'),
        _noop("Each id stands once."),
        _noop("Give each building its own id."),
    ),
    "replaced": Words(
        _noop("%(key)s is %(found)s in the file; %(expected)s was stated beside it and is used."), "", ""
    ),
    "setting_form": Words(
        _noop('"%(found)s" is not a setting.'),
        _noop("KEY=VALUE was expected."),
        _noop("Write for example --set height=5.2."),
    ),
    "setting_twice": Words(
        _noop('"%(found)s" is stated twice.'), _noop("Each key stands once."), _noop("Leave one out.")
    ),
    "setting_unknown": Words(
        _noop('"%(found)s" is not an attribute of a building.'),
        _noop("Expected one of: %(expected)s."),
        _noop("Use one of these words."),
        DID_YOU_MEAN,
    ),
    "setting_unmatched": Words(
        _noop('No building is called "%(found)s".'),
        _noop("The drawing has: %(expected)s."),
        _noop("Use an id, a layer, a kind or a role of the drawing."),
    ),
}
