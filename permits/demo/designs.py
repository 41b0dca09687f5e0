"""What the applications are meant to show: one row each, with what it breaches by design."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from permits.demo.roofs import Form

Place = Literal["free", "tall", "low", "upper", "silent", "border", "joined"]

DISTANCE: Final = "br18.boundary_distance"
SLOPE: Final = "br18.sloped_plane"
RATIO: Final = "br18.plot_ratio"
HEIGHT: Final = "plan.height"
#: The four rules that every design states an outcome for.
RULES: Final = (DISTANCE, SLOPE, RATIO, HEIGHT)


@dataclass(frozen=True)
class Design:
    """One application to be drawn.

    Attributes
    ----------
    name : what it shows, in Danish; part of the tests' messages.
    work : ``new`` or ``extension``.
    kind : kind of building.
    place : ``free`` no local plan; ``tall`` and ``low`` local plans of 8.5 and 6.5 m; ``upper`` a sub-area of
        its own height; ``silent`` a plan that records nothing; ``border`` beside the neighbouring municipality;
        ``joined`` a property of two parcels.
    wall_m : distance from the outer wall to the side boundary, exact.
    wide, deep : sides of the house in metres, from the boundary and along it, at most.
    height_m : ridge, exact; the slope of the roof follows from it.
    ratio_pct : plot ratio, exact (None = what the floor makes it).
    omit : attributes and parts of the drawing that are left out.
    breaks : rules whose limit is passed.
    """

    name: str
    work: str = "new"
    kind: str = "detached_house"
    place: Place = "free"
    wall_m: float = 4.0
    wide: float = 10.0
    deep: float = 14.0
    storeys: int = 1
    roof: Form = "gable"
    eave_wall_m: float = 2.7
    height_m: float = 4.9
    eaves_m: float = 0.4
    ridge_to_street: bool = True
    ratio_pct: float | None = None
    omit: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()
    older: str = ""


#: Towns of this many parcels and more have room for the second series.
MORE_FROM: Final = 2_000


def designs(parcels: int = 0) -> Iterator[Design]:
    """All designs for a town of so many parcels, in a fixed order."""
    yield from first_series()
    if parcels >= MORE_FROM:
        yield from on_the_limit()
        yield from within_the_accuracy()


def on_the_limit() -> Iterator[Design]:
    """Exactly on a limit, which passes: distance, plot ratio, height of a plan."""
    low = Design("", wall_m=2.5, roof="hip", height_m=4.3, wide=12.0, deep=10.0)
    places: tuple[Place, ...] = ("free", "free", "free", "tall", "free", "free")
    for number, place in enumerate(places, start=1):
        yield replace(low, name=f"nyt hus præcis 2,50 m fra skel, nr. {number}", place=place)
    more = Design(
        "", work="extension", roof="flat", eave_wall_m=3.1, height_m=3.1, wall_m=2.5, deep=6.0, eaves_m=0.0
    )
    for number in range(1, 5):
        yield replace(more, name=f"tilbygning præcis 2,50 m fra skel, nr. {number}")
    two = Design(
        "", storeys=2, wall_m=5.4, wide=10.0, deep=13.5, eave_wall_m=5.2, height_m=7.4, ratio_pct=30.0
    )
    for number in range(1, 6):
        yield replace(two, name=f"bebyggelsesprocent præcis 30, nr. {number}")
    tall = Design("", storeys=2, wall_m=5.4, wide=9.0, deep=12.0, eave_wall_m=5.0)
    yield replace(tall, name="præcis 8,50 m i lokalplan med 8,5 m", place="tall", height_m=8.5)
    yield replace(tall, name="præcis 8,50 m i delområde med 8,5 m", place="upper", height_m=8.5)
    yield replace(tall, name="præcis 8,50 m i delområde med 8,5 m, nr. 2", place="upper", height_m=8.5)
    yield replace(
        tall, name="præcis 6,50 m i lokalplan med 6,5 m, nr. 2", place="low", eave_wall_m=4.4, height_m=6.5
    )


def within_the_accuracy() -> Iterator[Design]:
    """Nearer to the limit than the boundary is known: within 2 cm, the accuracy of the best cadastral lines."""
    low = Design("", wall_m=2.5, roof="hip", height_m=4.3, wide=12.0, deep=10.0)
    for wall in (2.482, 2.485, 2.488, 2.491, 2.494, 2.497, 2.503, 2.506, 2.509, 2.512, 2.515, 2.518):
        word = f"{wall:.3f}".replace(".", ",")
        yield replace(
            low, name=f"ydervæg {word} m fra skel", wall_m=wall, breaks=(DISTANCE,) if wall < 2.5 else ()
        )
    more = Design("", work="extension", roof="flat", eave_wall_m=3.1, height_m=3.1, deep=6.0, eaves_m=0.0)
    for wall in (2.483, 2.487, 2.492, 2.496, 2.504, 2.508, 2.511, 2.514, 2.517):
        word = f"{wall:.3f}".replace(".", ",")
        yield replace(
            more, name=f"tilbygning {word} m fra skel", wall_m=wall, breaks=(DISTANCE,) if wall < 2.5 else ()
        )


def first_series() -> Iterator[Design]:
    """Sixty designs that every town shows."""
    yield from _distances()
    yield from _planes()
    yield from _ratios()
    yield from _heights()
    yield from _unknowns()
    yield from _plain()
    yield from _extensions()
    yield from _small()


def _distances() -> Iterator[Design]:
    base = Design("", wall_m=2.5, roof="hip", height_m=4.3, wide=13.0, deep=10.0)
    yield replace(base, name="ydervæg 2,40 m fra skel", wall_m=2.40, breaks=(DISTANCE,))
    yield replace(base, name="ydervæg 2,49 m fra skel", wall_m=2.49, breaks=(DISTANCE,))
    yield replace(base, name="ydervæg præcis 2,50 m fra skel", wall_m=2.50)
    yield replace(base, name="ydervæg 2,51 m fra skel", wall_m=2.51)
    yield replace(base, name="ydervæg 2,45 m, under lokalplan", wall_m=2.45, place="tall", breaks=(DISTANCE,))
    yield replace(base, name="fladt tag 1,20 m fra skel", wall_m=1.20, roof="flat", eave_wall_m=3.2, height_m=3.2,
                  breaks=(DISTANCE, SLOPE))  # fmt: skip
    yield replace(base, name="præcis 2,50 m, ansøgt 2020", wall_m=2.50, older="2020-05-11")
    yield replace(base, name="2,40 m, ansøgt 2023", wall_m=2.40, older="2023-03-20", breaks=(DISTANCE,))


def _planes() -> Iterator[Design]:
    base = Design(
        "", storeys=2, wall_m=2.7, wide=8.5, deep=12.0, eave_wall_m=4.7, height_m=7.4, breaks=(SLOPE,)
    )
    yield replace(base, name="halvanden etage tæt ved skel, skråplan brudt")
    yield replace(
        base, name="halvanden etage, skråplan brudt ved tagfod", wall_m=2.9, eave_wall_m=4.5, place="tall"
    )
    yield replace(base, name="to etager med fladt tag, skråplan brudt", roof="flat", eave_wall_m=6.2, height_m=6.2,
                  wall_m=3.4)  # fmt: skip
    yield replace(base, name="fladt tag netop gennem skråplan", roof="flat", storeys=1, eave_wall_m=3.7, height_m=3.7,
                  wall_m=2.5, deep=13.0, wide=10.0)  # fmt: skip
    yield replace(base, name="to etager under skråplan", wall_m=5.4, eave_wall_m=5.2, height_m=7.3, breaks=())


def _ratios() -> Iterator[Design]:
    base = Design("", storeys=2, wall_m=5.4, wide=10.0, deep=13.5, eave_wall_m=5.2, height_m=7.4)
    yield replace(base, name="bebyggelsesprocent 31", ratio_pct=31.0, breaks=(RATIO,))
    yield replace(base, name="bebyggelsesprocent 30,4", ratio_pct=30.4, breaks=(RATIO,))
    yield replace(
        base, name="bebyggelsesprocent 33, under lokalplan", ratio_pct=33.0, place="tall", breaks=(RATIO,)
    )
    yield replace(base, name="bebyggelsesprocent præcis 30", ratio_pct=30.0)
    yield replace(base, name="bebyggelsesprocent 29,8", ratio_pct=29.8)


def _heights() -> Iterator[Design]:
    base = Design("", storeys=2, wall_m=5.0, wide=10.0, deep=12.0, eave_wall_m=4.4)
    yield replace(base, name="7,20 m højt i lokalplan med 6,5 m", place="low", height_m=7.2, breaks=(HEIGHT,))
    yield replace(base, name="6,60 m højt i lokalplan med 6,5 m", place="low", height_m=6.6, breaks=(HEIGHT,))
    yield replace(base, name="præcis 6,50 m i lokalplan med 6,5 m", place="low", height_m=6.5)
    yield replace(
        base, name="4,90 m i lokalplan med 6,5 m", place="low", height_m=4.9, eave_wall_m=2.7, storeys=1
    )
    yield replace(base, name="9,10 m højt i lokalplan med 8,5 m", place="tall", height_m=9.1, eave_wall_m=5.6,
                  wall_m=5.8, wide=9.0, breaks=(HEIGHT,))  # fmt: skip
    yield replace(base, name="7,90 m i delområde med 8,5 m", place="upper", height_m=7.9, eave_wall_m=5.0)
    yield replace(base, name="8,70 m i delområde med 8,5 m", place="upper", height_m=8.7, eave_wall_m=5.4,
                  wall_m=5.6, wide=9.0, breaks=(HEIGHT,))  # fmt: skip


def _unknowns() -> Iterator[Design]:
    base = Design("")
    yield replace(base, name="højde ikke oplyst, under lokalplan", place="tall", omit=("height", "roof"))
    yield replace(base, name="højde ikke oplyst", omit=("height", "roof"))
    yield replace(base, name="ukendt skel mod nabokommunen, 1,80 m", place="border", wall_m=1.8, roof="hip",
                  height_m=4.3, eave_wall_m=2.5, wide=12.0, deep=9.0)  # fmt: skip
    yield replace(base, name="ukendt skel mod nabokommunen, 3,20 m", place="border", wall_m=3.2, roof="hip",
                  height_m=4.3, wide=12.0, deep=9.0)  # fmt: skip
    yield replace(base, name="ældre lokalplan uden registreret højde", place="silent")
    yield replace(base, name="to jordstykker som én ejendom", place="joined", wall_m=11.0, wide=18.0, deep=9.0,
                  roof="hip", height_m=5.1)  # fmt: skip


def _plain() -> Iterator[Design]:
    base = Design("")
    yield replace(base, name="parcelhus i ét plan", wide=9.0, deep=15.0)
    yield replace(
        base, name="parcelhus i ét plan", roof="hip", wide=13.0, deep=10.0, height_m=4.6, wall_m=3.0
    )
    yield replace(base, name="parcelhus med fladt tag", roof="flat", eave_wall_m=3.3, height_m=3.3, wall_m=2.6,
                  wide=12.5, deep=11.0, place="tall")  # fmt: skip
    yield replace(base, name="parcelhus med valmtag i delområde", place="upper", roof="hip", wide=12.5, deep=10.0,
                  height_m=4.8, wall_m=3.4)  # fmt: skip


def _extensions() -> Iterator[Design]:
    base = Design(
        "", work="extension", roof="flat", eave_wall_m=3.1, height_m=3.1, wall_m=2.7, deep=6.0, eaves_m=0.0
    )
    yield replace(base, name="tilbygning 2,40 m fra skel", wall_m=2.40, breaks=(DISTANCE,))
    yield replace(base, name="tilbygning 2,30 m fra skel, under lokalplan", wall_m=2.30, place="tall",
                  breaks=(DISTANCE,))  # fmt: skip
    yield replace(base, name="tilbygning præcis 2,50 m fra skel", wall_m=2.50)
    yield replace(
        base, name="tilbygning gennem skråplan", wall_m=2.6, eave_wall_m=4.3, height_m=4.3, breaks=(SLOPE,)
    )
    yield replace(base, name="tilbygning på halvanden etage gennem skråplan", wall_m=2.8, eave_wall_m=5.2, storeys=2,
                  height_m=5.2, breaks=(SLOPE,))  # fmt: skip
    yield replace(base, name="tilbygning, bebyggelsesprocent 31,5", ratio_pct=31.5, wall_m=3.9, eave_wall_m=5.2,
                  height_m=5.2, storeys=2, deep=8.0, breaks=(RATIO,))  # fmt: skip
    yield replace(base, name="tilbygning uden oplyst etageareal", omit=("floor_area",))
    yield replace(base, name="tilbygning i lokalplan med 6,5 m", place="low")
    yield replace(base, name="tilbygning, ældre lokalplan", place="silent", wall_m=3.0)
    for number in range(4):
        yield replace(base, name="tilbygning", wall_m=2.6 + 0.25 * number, eave_wall_m=2.9, height_m=2.9)


def _small() -> Iterator[Design]:
    base = Design(
        "", kind="carport", roof="flat", eave_wall_m=2.4, height_m=2.4, wide=3.6, deep=6.4, eaves_m=0.0
    )
    yield replace(base, name="carport i skel", wall_m=0.1)
    yield replace(base, name="carport 0,50 m fra skel", wall_m=0.5, place="tall")
    yield replace(base, name="garage i skel", kind="garage", wall_m=0.05, wide=3.5, deep=7.0, eave_wall_m=2.5,
                  height_m=2.5)  # fmt: skip
    yield replace(base, name="garage 2,60 m fra skel", kind="garage", wall_m=2.6, wide=3.4, deep=6.2,
                  eave_wall_m=2.8, height_m=2.8)  # fmt: skip
    yield replace(base, name="carport i lokalplan med 6,5 m", wall_m=0.4, place="low")
    yield replace(base, name="udhus i baghaven", kind="shed", wall_m=0.5, wide=2.2, deep=4.0)
    yield replace(base, name="udhus 3,0 m fra skel", kind="shed", wall_m=3.0, wide=2.4, deep=4.0)
    yield replace(base, name="carport, ældre lokalplan", wall_m=0.6, place="silent")
    for number in range(4):
        kind = ("carport", "shed", "garage", "carport")[number]
        wide, deep = {"carport": (3.3, 5.8), "shed": (2.0, 3.0), "garage": (3.4, 6.0)}[kind]
        yield replace(
            base, name="lille bygning ved skel", kind=kind, wall_m=0.3 + 0.15 * number, wide=wide, deep=deep
        )
