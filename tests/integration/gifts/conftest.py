from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from shop.storage.unit_of_work import UnitOfWork
from tests.factories.trade import Trade, open_for_trade


@pytest.fixture
def trade(session: Session, unit_of_work: UnitOfWork) -> Iterator[Trade]:
    """A shop at work; at the end every invariant of the shop holds."""
    at_work = open_for_trade(session, unit_of_work)
    yield at_work
    assert at_work.violations() == []
