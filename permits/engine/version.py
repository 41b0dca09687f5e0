"""Version of the engine, recorded with every run."""

from typing import Final

ENGINE_VERSION: Final = "0.3.0"
