from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from shop.storage.unit_of_work import UnitOfWork
from tests.factories.canteens import Canteen, a_canteen, truck_day
from tests.factories.trade import Trade, open_for_trade


@dataclass
class Kitchen:
    """A shop at work, and a canteen that buys from it on terms."""

    trade: Trade
    canteen: Canteen

    def run(self, work):
        return self.trade.run(work)

    @property
    def now(self):
        return self.trade.now

    @property
    def shop(self):
        return self.trade.shop

    @property
    def truck_day(self):
        return self.run(lambda s: truck_day(s, self.shop))


@pytest.fixture
def kitchen(session: Session, unit_of_work: UnitOfWork) -> Iterator[Kitchen]:
    """At the end every invariant of the shop holds."""
    trade = open_for_trade(session, unit_of_work)
    own = trade.run(
        lambda s: a_canteen(s, trade.shop, trade.organisation_id, admin_id=trade.admin_id, now=trade.now)
    )
    yield Kitchen(trade, own)
    assert trade.violations() == []
