from __future__ import annotations

import pytest

from tests.factories.market import open_market


@pytest.fixture
def market(session):
    return open_market(session)
