"""Settings of commands that look at files alone (``manage.py`` says which): neither rooms nor a database.

To load the rooms takes longer than to look through a file of some megabytes.
"""

from config.settings import *  # noqa: F403

INSTALLED_APPS = ["gml.apps.GmlFilesConfig"]
DATABASES = {}
