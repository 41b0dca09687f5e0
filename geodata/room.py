"""An app whose models lie one concern a file in a package with an empty ``__init__``."""

from __future__ import annotations

import importlib
import pkgutil

from django.apps import AppConfig


class Room(AppConfig):
    """Imports every module of the app's ``models`` package, so that nothing has to be listed twice."""

    default = False  # Django must not take the base class for the app itself
    default_auto_field = "django.db.models.BigAutoField"

    def import_models(self) -> None:
        super().import_models()
        package = self.models_module
        if package is None:
            return
        for module in pkgutil.iter_modules(getattr(package, "__path__", [])):
            importlib.import_module(f"{package.__name__}.{module.name}")
