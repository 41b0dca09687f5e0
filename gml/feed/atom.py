"""The INSPIRE download service as Atom: a service feed, a feed of the data set, and its OpenSearch description.

Technical Guidance Download Services 3.1, pre-defined Atom; RFC 4287 and RFC 6721 (``at:deleted-entry``).
"""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gml.feed.cursor import Cursor
from gml.feed.views import GML, not_yet, up_to_date
from gml.models.published import PublishedPlan, PublishedState
from gml.writer import escape

_CRS: Final = "http://www.opengis.net/def/crs/EPSG/0/25832"
_HEAD: Final = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0" '
    'xmlns:inspire_dls="http://inspire.ec.europa.eu/schemas/inspire_dls/1.0" '
    'xmlns:georss="http://www.georss.org/georss" xml:lang="da">\n'
)
#: The newest changes that the feed of the data set tells of; all of them are in the change feed.
_NEWEST: Final = 100
_CODE: Final = "planer"


@require_safe
def service(request: HttpRequest) -> HttpResponse:
    """The service feed: one entry for the data set of plans."""
    now = up_to_date()
    if now is None:
        return not_yet()
    at, own = _moment(now), request.build_absolute_uri(reverse("register:atom"))
    feed = request.build_absolute_uri(reverse("register:atom_plans"))
    search = request.build_absolute_uri(reverse("register:opensearch"))
    about = request.build_absolute_uri(reverse("register:index"))
    service_record = request.build_absolute_uri(reverse("register:service_record"))
    data_record = request.build_absolute_uri(reverse("register:data_record"))
    title = escape(_("Plans: municipal plans and local plans"))
    return _answer(
        f"{_HEAD}<title>{title}</title>\n<id>{escape(own)}</id>\n"
        f'<link rel="self" type="application/atom+xml" href="{escape(own)}"/>\n'
        f'<link rel="search" type="application/opensearchdescription+xml" href="{escape(search)}"/>\n'
        f'<link rel="describedby" type="application/xml" href="{escape(service_record)}"/>\n'
        f'<link rel="describedby" type="text/html" href="{escape(about)}"/>\n'
        f"<updated>{at}</updated>\n{_author()}{_rights()}"
        f"<entry>\n<title>{title}</title>\n<id>{escape(feed)}</id>\n<updated>{at}</updated>\n{_rights()}"
        f"<inspire_dls:spatial_dataset_identifier_code>{_CODE}</inspire_dls:spatial_dataset_identifier_code>\n"
        "<inspire_dls:spatial_dataset_identifier_namespace>"
        f"{escape(settings.REGISTER_NAMESPACE)}</inspire_dls:spatial_dataset_identifier_namespace>\n"
        f'<link rel="alternate" type="application/atom+xml" href="{escape(feed)}"/>\n'
        f'<link rel="describedby" type="application/xml" href="{escape(data_record)}"/>\n'
        f'<link rel="describedby" type="text/html" href="{escape(about)}"/>\n'
        f'<category term="{_CRS}" label="ETRS89 / UTM 32N"/>\n</entry>\n</feed>\n'
    )


@require_safe
def plans(request: HttpRequest) -> HttpResponse:
    """The feed of the data set: the newest changes, plans that are gone among them."""
    now = up_to_date()
    if now is None:
        return not_yet()
    own = request.build_absolute_uri(reverse("register:atom_plans"))
    up = request.build_absolute_uri(reverse("register:atom"))
    follow = request.build_absolute_uri(reverse("register:changes"))
    rows = (
        PublishedPlan.objects.defer("content")
        .filter(epoch=now.epoch, revision__lte=now.revision, latest=True)
        .order_by("-revision", "plan")[:_NEWEST]
    )
    entries = "".join(_entry(request, row) for row in rows)
    cursor = Cursor(now.epoch, now.revision)
    return _answer(
        f"{_HEAD}<title>{escape(_('Changes of plans'))}</title>\n<id>{escape(own)}</id>\n"
        f'<link rel="self" type="application/atom+xml" href="{escape(own)}"/>\n'
        f'<link rel="up" type="application/atom+xml" href="{escape(up)}"/>\n'
        f'<link rel="via" type="application/json" href="{escape(follow)}?since={cursor}" '
        f'title="{escape(_("All changes since this feed"))}"/>\n'
        f"<updated>{_moment(now)}</updated>\n{_author()}{_rights()}{entries}</feed>\n"
    )


def _entry(request: HttpRequest, row: PublishedPlan) -> str:
    address = request.build_absolute_uri(reverse("register:plan", args=[row.plan]))
    at = row.recorded_at.isoformat()
    if row.gone:
        return f'<at:deleted-entry ref="{escape(address)}" when="{at}"/>\n'
    title = escape(" ".join(filter(None, (row.number, row.title))) or str(row.plan))
    version = request.build_absolute_uri(reverse("register:version", args=[row.plan, row.revision]))
    return (
        f"<entry>\n<title>{title}</title>\n<id>{escape(address)}</id>\n<updated>{at}</updated>\n"
        f'<link rel="alternate" type="{GML}" hreflang="da" length="{row.size}" href="{escape(version)}" '
        f'title="{title}"/>\n<category term="{_CRS}" label="ETRS89 / UTM 32N"/>\n</entry>\n'
    )


@require_safe
def opensearch(request: HttpRequest) -> HttpResponse:
    """How the service is asked by address templates."""
    own = request.build_absolute_uri(reverse("register:opensearch"))
    feed = request.build_absolute_uri(reverse("register:atom"))
    data = request.build_absolute_uri(reverse("register:atom_plans"))
    parameters = (
        "spatial_dataset_identifier_code={inspire_dls:spatial_dataset_identifier_code?}&amp;"
        "spatial_dataset_identifier_namespace={inspire_dls:spatial_dataset_identifier_namespace?}&amp;"
        "crs={inspire_dls:crs?}&amp;language={language?}"
    )
    body = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/" '
        'xmlns:inspire_dls="http://inspire.ec.europa.eu/schemas/inspire_dls/1.0">\n'
        f"<ShortName>Planværk</ShortName>\n<Description>{escape(_('Plans: municipal plans and local plans'))}"
        "</Description>\n"
        f'<Url type="application/opensearchdescription+xml" rel="self" template="{escape(own)}"/>\n'
        f'<Url type="application/atom+xml" rel="results" template="{escape(feed)}"/>\n'
        f'<Url type="application/atom+xml" rel="describedby" template="{escape(data)}?{parameters}"/>\n'
        f"<Language>da</Language>\n</OpenSearchDescription>\n"
    )
    return HttpResponse(body, content_type="application/opensearchdescription+xml; charset=utf-8")


def _moment(now: PublishedState) -> str:
    return now.recorded_at.isoformat()


def _author() -> str:
    mail = escape(settings.REGISTER_CONTACT)
    return f"<author><name>{escape(settings.REGISTER_PUBLISHER)}</name><email>{mail}</email></author>\n"


def _rights() -> str:
    return f"<rights>{escape(_('Free to use; name the source.'))}</rights>\n"


def _answer(text: str) -> HttpResponse:
    response = HttpResponse(text, content_type="application/atom+xml; charset=utf-8")
    response["Cache-Control"] = "public, no-cache"
    return response
