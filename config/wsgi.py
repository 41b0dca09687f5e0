"""The site as a WSGI application."""

import logging
import os

from django.core.wsgi import get_wsgi_application

logging.captureWarnings(True)  # or they would stand in the log as lines of another form
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
