"""The site as a WSGI application."""

import logging
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

logging.captureWarnings(True)  # or they would stand in the log as lines of another form
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
# All views are loaded before the process takes a request: the first visitor of each would wait for them.
get_resolver().url_patterns  # noqa: B018 - loads them
