"""The rules for programs, below ``/api/``: a drawing in, findings and remedies out; what applies on a property."""

from __future__ import annotations

from datetime import date
from typing import Any, Final, cast, get_args

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from geodata.problems import Fault, problem
from permits.assessment import Asked, applying, applying_document, as_document, assess_drawing, refusal
from permits.drawings.drawing import DrawingError
from permits.drawings.fit import ByPoints
from permits.drawings.settings import parse_points, parse_settings
from permits.drawings.sniff import MAX_BYTES
from permits.engine.from_drawing import NoSuchLand
from permits.models.applications import Work
from permits.proofs.words import Language, Voice
from permits.rulebook import discover

_FIELDS: Final = frozenset(
    {"parcel", "crs", "set", "place", "corners", "work", "applied", "as_of", "rules", "lang", "voice"}
)


@csrf_exempt  # no session is read and nothing is stored: another site gains nothing by sending this
@require_POST
def assess(request: HttpRequest) -> HttpResponse:
    """Hold a drawing (``drawing``, multipart) against its land; nothing is stored."""
    values, faults = _values(request, request.POST.dict(), _FIELDS)
    sent = request.FILES.get("drawing")
    if getattr(request, "too_large", None):
        fault = Fault("drawing", "too_large", f"a drawing has at most {MAX_BYTES // 2**20} MB")
        return problem(413, "The drawing is too large.", [fault])
    if sent is None:
        faults.append(
            Fault("drawing", "missing", "send the drawing as a file of this name (multipart/form-data)")
        )
    points: ByPoints | None = None
    try:
        settings = parse_settings(request.POST.getlist("set"))
        points = parse_points(request.POST.getlist("place")) if "place" in request.POST else None
    except DrawingError as error:
        return _unusable(error, values["lang"])
    if faults or sent is None:
        return problem(400, "The request cannot be understood.", faults)
    asked = Asked(
        parcel=request.POST.get("parcel") or None,
        crs=request.POST.get("crs") or None,
        settings=settings,
        points=points,
        corners=request.POST.get("corners") or None,
        work=values["work"],
        applied=values["applied"],
        as_of=values["as_of"],
        rules=values["rules"],
    )
    with translation.override(values["lang"]):
        try:
            found = assess_drawing(sent.read(), sent.name or "", asked)
        except DrawingError as error:
            return _unusable(error, values["lang"])
        except NoSuchLand as error:
            return problem(404, "The land is not known here.", [Fault("parcel", "unknown", str(error))])
        return _private(as_document(found, values["lang"], values["voice"]))


@require_safe
def applies(request: HttpRequest) -> HttpResponse:
    """What applies on a property without a drawing: ``?parcel=60851 2l``."""
    values, faults = _values(
        request, request.GET.dict(), frozenset({"parcel", "applied", "as_of", "rules", "lang"})
    )
    if not request.GET.get("parcel"):
        faults.append(Fault("parcel", "missing", "cadastral district and parcel number, such as 60851 2l"))
    if faults:
        return problem(400, "The request cannot be understood.", faults)
    asked = Asked(
        parcel=request.GET["parcel"], applied=values["applied"], as_of=values["as_of"], rules=values["rules"]
    )
    with translation.override(values["lang"]):
        try:
            return _private(applying_document(*applying(asked)))
        except NoSuchLand as error:
            return problem(404, "The land is not known here.", [Fault("parcel", "unknown", str(error))])


def _values(
    request: HttpRequest, said: dict[str, Any], known: frozenset[str]
) -> tuple[dict[str, Any], list[Fault]]:
    """Fields that have a form, read; and what is wrong with them."""
    faults = [
        Fault(name, "unknown_parameter", f"known are {', '.join(sorted(known))}")
        for name in {**said, **request.GET.dict()}
        if name not in known
    ]
    values: dict[str, Any] = {
        "lang": _one_of(said, "lang", get_args(Language), "da", faults),
        "voice": _one_of(said, "voice", get_args(Voice), "applicant", faults),
        "work": _one_of(said, "work", tuple(Work.values), Work.NEW.value, faults),
        "applied": _day(said, "applied", faults),
        "as_of": _day(said, "as_of", faults),
    }
    rules = [name for name in said.get("rules", "").split(",") if name]
    faults += [
        Fault("rules", "unknown_rule", f"there is no rule {name}") for name in rules if name not in discover()
    ]
    values["rules"] = rules or None
    return values, faults


def _one_of(said: dict[str, Any], name: str, words: tuple[str, ...], usual: str, faults: list[Fault]) -> str:
    word = said.get(name) or usual
    if word not in words:
        faults.append(Fault(name, "unknown_word", f"one of {', '.join(words)}"))
        return usual
    return cast(str, word)


def _day(said: dict[str, Any], name: str, faults: list[Fault]) -> date | None:
    if not said.get(name):
        return None
    try:
        return date.fromisoformat(said[name])
    except ValueError:
        faults.append(Fault(name, "no_day", "a day as 2026-03-02"))
        return None


def _unusable(error: DrawingError, language: str) -> HttpResponse:
    with translation.override(language):
        told = refusal(error.faults)
    document = {
        "type": "about:blank",
        "title": "The drawing cannot be used.",
        "status": 422,
        "errors": [
            {"parameter": "drawing", "code": fault["code"], "detail": fault["text"], "where": fault["where"]}
            for fault in told["faults"]
        ],
    }
    response = JsonResponse(document, status=422, content_type="application/problem+json")
    response["Cache-Control"] = "no-store"
    return response


def _private(document: dict[str, Any]) -> HttpResponse:
    response = JsonResponse(document)
    response["Cache-Control"] = "private, no-store"
    return response


urlpatterns = [path("assess", assess, name="assess"), path("applies", applies, name="applies")]
app_name = "rules_api"
