"""``/tiles/``: vector tiles, shaded relief, background maps, lists, and the style that names them."""

from __future__ import annotations

import gzip
import hashlib
import json

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from geodata.accounts.tenancy import tenant
from geodata.registry import layers
from permits.review.access import open_municipality
from tileserver import cache, proxy, raster, vector
from tileserver.in_view import in_view as listed
from tileserver.style import build

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
#: A year: the address names the revision, so what it answers never changes.
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "public, no-cache"
_NEVER_STORE = "private, no-store"


def _accepts_gzip(request: HttpRequest) -> bool:
    for part in request.headers.get("Accept-Encoding", "").lower().split(","):
        name, _sep, rest = part.strip().partition(";")
        if name.strip() in ("gzip", "*"):
            return rest.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _send(request: HttpRequest, body: bytes, truncated: bool) -> HttpResponse:
    """Answer with a compressed tile, or plain where the client cannot read gzip."""
    if _accepts_gzip(request):
        response = HttpResponse(body, content_type=MEDIA_TYPE)
        response["Content-Encoding"] = "gzip"
    else:
        response = HttpResponse(gzip.decompress(body), content_type=MEDIA_TYPE)
    patch_vary_headers(response, ["Accept-Encoding"])
    if truncated:
        response["Planvaerk-Truncated"] = "1"
    return response


def _same(request: HttpRequest, etag: str) -> bool:
    asked = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in asked or etag.removeprefix("W/") in {tag.removeprefix("W/") for tag in asked}


@require_safe
@transaction.non_atomic_requests  # a kept tile is one query of what everybody may see
def tile(request: HttpRequest, layer: str, z: int, x: int, y: int) -> HttpResponse:
    """One vector tile; 404 for an unknown layer, address or zoom, 403 for personal data of nobody's tenant."""
    entry = layers.get(layer)
    if entry is None or not vector.exists(z, x, y) or not entry.min_zoom <= z <= entry.max_zoom:
        raise Http404(_("There is no such tile."))
    if not entry.public:
        return _case_tile(request, entry.id, z, x, y)
    now = cache.now(entry, z, x, y, look="If-None-Match" not in request.headers)
    if _same(request, f'W/"{now.edition}-{now.revision}"'):
        return _lasting(request, HttpResponseNotModified(), now.edition, now.revision)
    stored = now.kept or cache.fetch(entry, z, x, y, now.edition, now.revision)
    return _lasting(request, _send(request, stored.body, stored.truncated), now.edition, stored.revision)


def _lasting(request: HttpRequest, response: HttpResponse, edition: str, revision: int) -> HttpResponse:
    """Say how long the answer holds: for ever where the address names what it shows."""
    named = request.GET.get("v", "") == str(revision) and request.GET.get("e", edition) == edition
    response["Cache-Control"] = _FOR_EVER if named else _ASK_AGAIN
    response["ETag"] = f'W/"{edition}-{revision}"'
    return response


@require_safe
def hillshade(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """One PNG tile of shaded relief; 404 where no terrain is known, or for an address or zoom that is none."""
    if not vector.exists(z, x, y) or not raster.MIN_ZOOM <= z <= raster.MAX_ZOOM:
        raise Http404(_("There is no such tile."))
    revision, edition = vector.revision_of(raster.themes()), raster.edition()
    if _same(request, f'W/"{edition}-{revision}"'):
        return _lasting(request, HttpResponseNotModified(), edition, revision)
    body = raster.fetch(z, x, y, edition, revision).body
    if not body:
        raise Http404(_("There is no such tile."))
    return _lasting(request, HttpResponse(body, content_type="image/png"), edition, revision)


def _case_tile(request: HttpRequest, layer: str, z: int, x: int, y: int) -> HttpResponse:
    """A tile with personal data: never stored anywhere, and seen only with an open tenant."""
    code = open_municipality(request)
    if code is None:
        response = _problem(403, _("You may not see this layer."))
    else:
        with tenant(code):
            drawn = vector.draw(layers[layer], z, x, y)
        response = _send(request, cache.packed(drawn), drawn.truncated)
    response["Cache-Control"] = _NEVER_STORE
    return response


@require_safe
@transaction.non_atomic_requests
def background(request: HttpRequest, name: str, z: int, x: int, y: int) -> HttpResponse:
    """One tile of a background map; 404 where it has none, 503 with words where the service gives no picture."""
    known = proxy.backgrounds().get(name)
    if known is None or not vector.exists(z, x, y) or z > known.max_zoom:
        raise Http404(_("There is no such tile."))
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return _problem(403, _("Background maps are for this site's own pages."))
    try:
        picture = proxy.fetch(known, z, x, y)
    except proxy.NothingThere:
        raise Http404(_("There is no such tile.")) from None
    except proxy.NoBackground as why:
        response = _problem(503, _("The background map does not answer."), reason=str(why))
        response["Retry-After"] = str(int(proxy.PAUSE_S))
        # The proxy has said it once; Django would say it for each tile.
        response._has_been_logged = True  # type: ignore[attr-defined]
        return response
    answer = HttpResponse(picture.body, content_type=picture.content_type)
    left = max(0, int((picture.ends_at - timezone.now()).total_seconds()))
    answer["Cache-Control"] = f"public, max-age={left}"
    return answer


def _problem(status: int, title: str, **more: str) -> HttpResponse:
    body = {"title": title, "status": status, **more}
    response = JsonResponse(body, status=status, content_type="application/problem+json")
    response["Cache-Control"] = _NEVER_STORE
    return response


@require_safe
def in_view(request: HttpRequest) -> HttpResponse:
    """What the map draws in ``bbox`` (degrees) at ``zoom``, as lists; 400 for a view that is none."""
    try:
        west, south, east, north = (float(side) for side in request.GET.get("bbox", "").split(","))
        zoom = float(request.GET.get("zoom", ""))
    except ValueError:
        return _problem(400, _("Expected bbox=west,south,east,north in degrees, and zoom."))
    if not (-180 <= west < east <= 180 and -85 <= south < north <= 85 and 0 <= zoom <= 24):
        return _problem(400, _("Expected bbox=west,south,east,north in degrees, and zoom."))
    asked = request.GET.get("layers")
    wanted = None if asked is None else set(asked.split(","))
    code = open_municipality(request)
    found = listed(get_language() or "da", code, (west, south, east, north), zoom, wanted)
    response = JsonResponse({"groups": found}, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = _NEVER_STORE
    return response


@require_safe
def style(request: HttpRequest) -> HttpResponse:
    """The MapLibre style with each layer's revision in its address; in the language of the visitor."""
    code = open_municipality(request)
    document = build(get_language() or "da", code)
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:16]}"'
    response: HttpResponse
    response = (
        HttpResponseNotModified()
        if _same(request, etag)
        else HttpResponse(body, content_type="application/json")
    )
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Cookie", "Accept-Language"])
    return response
