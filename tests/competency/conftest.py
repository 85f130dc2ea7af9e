"""Here the live data is asked."""

from __future__ import annotations

import pytest

from gfmd_kg.catalogue.service import Service


@pytest.fixture(scope="session")
def service(live_service: Service) -> Service:
    """The catalogue over the live release."""
    return live_service
