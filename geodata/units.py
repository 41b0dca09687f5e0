"""Conversions between units, and the tolerances of the store."""

from __future__ import annotations

from typing import Final

#: Geometry is compared at this precision (metres): FKG asks for one millimetre.
PRECISION_M: Final = 0.001
