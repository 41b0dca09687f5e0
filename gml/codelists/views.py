"""What our addresses answer: lists, their values, and the ids of plans; as the asker takes it, or by suffix."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from geodata.problems import problem
from gml.codelists import as_rdf
from gml.codelists.lists import LISTS, Code, CodeList
from gml.models.plu import PluFeature
from gml.ogc import features, plu

_HTML: Final = "text/html"
_JSON: Final = "application/json"
_LD: Final = "application/ld+json"
_RDF: Final = "application/rdf+xml"
_GML: Final = "application/gml+xml"
#: Media type that is asked for → suffix.
_TYPES: Final = {
    _HTML: "html", "application/xhtml+xml": "html", _JSON: "json", _LD: "json", _RDF: "xml",
    "application/xml": "xml", "text/xml": "xml",
}  # fmt: skip
#: Suffix → media type of the answer.
_ANSWERS: Final = {"html": _HTML, "json": _JSON, "xml": _RDF}


def _form(request: HttpRequest, name: str) -> tuple[str, str]:
    """The name without its suffix, and the form that is asked for: html, json or xml."""
    stem, _, suffix = name.rpartition(".")
    if stem and suffix in _ANSWERS:
        return stem, suffix
    found = request.get_preferred_type(list(_TYPES))
    return name, _TYPES.get(found or _HTML, "html")


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All lists, for people and as links."""
    _name, form = _form(request, "codelist")
    rows = list(LISTS.values())
    if form == "html":
        return _final(render(request, "gml/code_lists.html", {"lists": rows}))
    labels = [{"id": _address(one.path), "label": {"da": one.name_da, "en": one.name_en}} for one in rows]
    return _final(JsonResponse({"lists": labels}))


@require_safe
def code_list(request: HttpRequest, path: str) -> HttpResponse:
    """A list with its values."""
    name, form = _form(request, path)
    owner = LISTS.get(name)
    if owner is None:
        return problem(404, "There is no such list.", detail=f"known are {', '.join(LISTS)}")
    return _shown(request, form, owner, None)


@require_safe
def value(request: HttpRequest, path: str, name: str) -> HttpResponse:
    """A value of a list."""
    owner = LISTS.get(path)
    if owner is None:
        return problem(404, "There is no such list.", detail=f"known are {', '.join(LISTS)}")
    name, form = _form(request, name)
    found = owner.get(name) if "\x00" not in name else None
    if found is None:
        return problem(
            404, "There is no such value.", detail=f"{path} does not have it, and no plan names it"
        )
    return _shown(request, form, owner, found)


def _address(path: str) -> str:
    return f"{settings.REGISTER_NAMESPACE.rstrip('/')}/{path}"


def _shown(request: HttpRequest, form: str, owner: CodeList, code: Code | None) -> HttpResponse:
    space = settings.REGISTER_NAMESPACE.rstrip("/")
    if form == "json":
        told: dict[str, Any] = (
            as_rdf.list_json(space, owner) if code is None else as_rdf.value_json(space, owner, code)
        )
        ensure = {"ensure_ascii": False}
        return _final(JsonResponse(told, json_dumps_params=ensure))
    if form == "xml":
        text = as_rdf.list_xml(space, owner) if code is None else as_rdf.value_xml(space, owner, code)
        return _final(HttpResponse(text, content_type=f"{_RDF}; charset=utf-8"))
    context = {
        "owner": owner,
        "code": code,
        "codes": owner.codes() if code is None else (),
        "address": _address(owner.path if code is None else f"{owner.path}/{code.value}"),
        "up": _address(owner.path),
    }
    return _final(render(request, "gml/code_list.html", context))


def _final(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "public, no-cache"
    response["Access-Control-Allow-Origin"] = "*"
    patch_vary_headers(response, ["Accept"])
    return response


@require_safe
def identifier(request: HttpRequest, name: str) -> HttpResponse:
    """The id of a plan, or of what belongs to one: leads to its feature, or to the plan's file for who takes GML."""
    with suppress(features.NotYet):  # what is known already is told
        features.prepare(next(iter(plu.COLLECTIONS.values())))
    row = PluFeature.objects.filter(local_id=name).order_by("kind").first() if "\x00" not in name else None
    if row is None:
        return problem(404, "There is nothing of that id in the register.")
    keys = {one.kind: key for key, one in plu.COLLECTIONS.items()}
    address = reverse("ogc:item", args=[keys[row.kind], row.local_id])
    if request.get_preferred_type(["application/geo+json", _JSON, _GML, _HTML]) == _GML:
        address = reverse("register:plan", args=[row.plan])
    response = HttpResponseRedirect(address, status=303)
    patch_vary_headers(response, ["Accept"])
    return response
