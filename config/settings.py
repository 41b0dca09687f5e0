"""Settings of the site. Everything that differs between places comes from the environment.

What is set to nothing counts as not set, as a line of a service's file may stand there empty.
"""

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONCE
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

import geodata.native  # line 1 of the settings: GDAL and GEOS out of the wheels, before GeoDjango looks
from config.logs import configuration

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("PLANVAERK_VAR") or BASE_DIR / "var")

GDAL_LIBRARY_PATH = geodata.native.gdal_library()
GEOS_LIBRARY_PATH = geodata.native.geos_library()

DEBUG = os.environ.get("PLANVAERK_DEBUG") == "1"


def _listed(value: str) -> list[str]:
    """The words between the commas."""
    return [word for part in value.split(",") if (word := part.strip())]


def _secret() -> str:
    if key := os.environ.get("PLANVAERK_SECRET_KEY"):
        return key
    kept = VAR / "secret"
    if kept.is_file():
        return kept.read_text().strip()
    raise ImproperlyConfigured(
        "PLANVAERK_SECRET_KEY is not set; start by ./run, or set it to a long random word"
    )


SECRET_KEY = _secret()
ALLOWED_HOSTS = _listed(os.environ.get("PLANVAERK_HOSTS") or "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = _listed(os.environ.get("PLANVAERK_ORIGINS", ""))

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.gis",
    "csp",
    "procrastinate.contrib.django",  # before the rooms: their jobs are registered with it
    "geodata.accounts",  # before allauth: its templates replace the library's
    "allauth",
    "allauth.account",
    "geodata.ledger",
    "geodata.checks",
    "geodata",
    "geodata.property_lookup",
    "planning",
    "permits",
    "tileserver",
    "gml",
    "config",
]

MIDDLEWARE = [
    "config.requests.Requests",  # first: it numbers, times and tells everything below
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.headers.PermissionsPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.language.ChosenLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "geodata.accounts.middleware.TenantMiddleware",  # last: it opens the transaction in which the view runs
]

CSRF_FAILURE_VIEW = "config.problems.csrf_failure"
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "geodata.accounts.context.accounts",
            ],
        },
    },
]

#: Who the process is to the database: the site is ``app``, commands and jobs are ``worker``, migrations are
#: ``owner``. Nobody connects as a superuser.
DB_ROLE = os.environ.get("PLANVAERK_DB_ROLE") or "app"
_URLS = {
    "app": os.environ.get("DATABASE_URL", ""),
    "owner": os.environ.get("DATABASE_OWNER_URL") or os.environ.get("DATABASE_URL", ""),
    "worker": os.environ.get("DATABASE_WORKER_URL") or os.environ.get("DATABASE_URL", ""),
}


def _database(url: str) -> dict[str, object]:
    if not url:
        raise ImproperlyConfigured("DATABASE_URL is not set; start by ./run, which brings its own database")
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.contrib.gis.db.backends.postgis",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or options.pop("port", "")),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **options,
            "application_name": f"planvaerk-{DB_ROLE}",
            # PostGIS 3.3 lets the server fall over where rows are counted by an SP-GiST index alone.
            "options": f"{options.get('options', '')} -c enable_indexonlyscan=off".strip(),
        },
    }


DATABASES = {"default": _database(_URLS[DB_ROLE])}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "geodata.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"login": "geodata.accounts.forms.SignIn"}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_SIGNUP_OPEN = os.environ.get("PLANVAERK_SIGNUP") == "1"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False  # signed out when the browser closes
#: Addresses of visitors are believed from this many proxies in front of the site (for the limits on attempts).
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("PLANVAERK_PROXIES") or "0")
#: Attempts are counted where all processes of the site see them.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "accounts_cache"},
}
#: Browsers that came by https keep to it; an hour until the municipality is sure enough to say a year.
SECURE_HSTS_SECONDS = int(os.environ.get("PLANVAERK_HSTS_S") or ("3600" if CSRF_TRUSTED_ORIGINS else "0"))
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = bool(CSRF_TRUSTED_ORIGINS)

#: Without a mail server nothing leaves the machine: mail goes to the site's own log.
EMAIL_HOST = os.environ.get("PLANVAERK_MAIL_HOST", "")
MAIL_IS_SENT = bool(EMAIL_HOST)
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if MAIL_IS_SENT else 'console'}.EmailBackend"
DEFAULT_FROM_EMAIL = os.environ.get("PLANVAERK_MAIL_FROM") or "planvaerk@localhost"

#: Address of the municipality's statement of accessibility, which the state's own tool keeps.
ACCESSIBILITY_STATEMENT = os.environ.get("PLANVAERK_ACCESSIBILITY", "")

LANGUAGE_CODE = "da"
LANGUAGES = [("da", _("Danish")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "config" / "locale", BASE_DIR / "permits" / "drawings" / "locale"]
TIME_ZONE = "Europe/Copenhagen"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
#: Front-end libraries, copied here from node_modules by ./run.
STATICFILES_DIRS = [("vendor", VAR / "vendor")] if (VAR / "vendor").is_dir() else []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True

# No request leaves our own origin: scripts by nonce, workers and map pictures from ourselves.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'", NONCE],
        "style-src": ["'self'", "'unsafe-inline'"],  # MapLibre sets inline styles on its own elements
        "img-src": ["'self'", "data:", "blob:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}
#: Background work: a queue in the same database; the module that holds the one task of it.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = None
PROCRASTINATE_IMPORT_PATHS = ["geodata.ledger.queue"]
#: Records that an import commits at a time: some seconds of work, so that a crash costs little.
IMPORT_BATCH = int(os.environ.get("PLANVAERK_IMPORT_BATCH") or "5000")
#: Files given to the site for import lie here until they are stored.
UPLOADS = VAR / "uploads"
# First pause before a web service that did not answer is asked again, s; each further one is twice as long.
SERVICE_WAIT_S = float(os.environ.get("PLANVAERK_SERVICE_WAIT_S") or "1")

#: Files that are too large are not taken in, however long they are sent.
FILE_UPLOAD_HANDLERS = [
    "geodata.uploads.UploadLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "geodata.uploads.UnnamedFile",
]

#: Days that a draft of an application is kept after its last change.
DRAFT_DAYS = int(os.environ.get("PLANVAERK_DRAFT_DAYS") or "180")
#: How many drafts may be begun: number / time / per (``key`` = the visitor, ``ip`` = their address).
ACCOUNT_RATE_LIMITS = {"begin_draft": os.environ.get("PLANVAERK_DRAFTS_BEGUN") or "10/h/key,60/h/ip"}

#: Municipalities' own rule sets (*.toml); they count when they are signed on the site.
RULESETS = Path(os.environ.get("PLANVAERK_RULESETS") or VAR / "rulesets")

#: Where the ids of exported plans live; a municipality sets its own registered name space.
REGISTER_NAMESPACE = os.environ.get("PLANVAERK_REGISTER_NAMESPACE") or "https://planvaerk.example/id"
#: XML schemas of INSPIRE, GML and ISO 19139 as files, host/path; without them documents are not held to the schema.
SCHEMAS = Path(os.environ.get("PLANVAERK_SCHEMAS") or VAR / "schemas")

#: Who publishes the register feed, and whom to write to about it.
REGISTER_PUBLISHER = os.environ.get("PLANVAERK_REGISTER_PUBLISHER") or "Planværk"
#: Secret Ed25519 key that manifests of the feed are signed with, 32 bytes as base64; empty = they are not signed.
REGISTER_KEY = os.environ.get("PLANVAERK_REGISTER_KEY", "")
REGISTER_CONTACT = os.environ.get("PLANVAERK_REGISTER_CONTACT") or "register@planvaerk.example"

#: Municipalities (codes) that hold a plan's percentages against floor area as counted when the plan was adopted;
#: the practice of some, beside BR18 § 167. What is recorded with a plan itself comes before it.
PLAN_TIME_RULES = frozenset(_listed(os.environ.get("PLANVAERK_PLAN_TIME_RULES", "")))

#: Terrain: GeoTIFFs in EPSG:25832, or folders of them (DHM/Terræn as delivered), separated as in PATH; none = the
#: ground is not known unless an application states it.
TERRAIN = tuple(filter(None, os.environ.get("PLANVAERK_TERRAIN", "").split(os.pathsep)))

#: Background maps by name: what PLANVAERK_BACKGROUND_<NAME>_URL, _TOKEN, _ATTRIBUTION … say (tileserver/proxy.py).
BACKGROUNDS = {
    name: {
        said: os.environ.get(f"PLANVAERK_BACKGROUND_{name.upper()}_{said}", "")
        for said in ("URL", "TOKEN", "ATTRIBUTION", "TITLE", "TITLE_EN", "MAX_ZOOM")
    }
    for name in _listed(os.environ.get("PLANVAERK_BACKGROUNDS", ""))
}
#: Days for which their tiles are kept; 0 = they are not.
BACKGROUND_DAYS = float(os.environ.get("PLANVAERK_BACKGROUND_DAYS") or "7")

#: Whoever reads /metrics has to say it; without one the machine itself may, unless a proxy is in front.
METRICS_TOKEN = os.environ.get("PLANVAERK_METRICS_TOKEN", "")

LOGGING = configuration(
    os.environ.get("PLANVAERK_LOG") or "WARNING", os.environ.get("PLANVAERK_LOG_FORMAT", "")
)
