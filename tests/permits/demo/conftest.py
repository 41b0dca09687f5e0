"""One generated town for all tests of this folder."""

from __future__ import annotations

import pytest

from permits.demo.demo import DemoTown, generate


@pytest.fixture(scope="session")
def demo() -> DemoTown:
    return generate()
