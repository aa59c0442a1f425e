from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from shop.quotations.access import Member
from shop.storage.unit_of_work import UnitOfWork
from tests.factories.quotations import a_member
from tests.factories.trade import Trade, open_for_trade


@dataclass
class Desk:
    """A shop at work, and the people of one organisation that buys from it on terms."""

    trade: Trade
    buyer: Member
    approver: Member
    viewer: Member

    def run(self, work):
        return self.trade.run(work)

    @property
    def now(self):
        return self.trade.now

    @property
    def shop(self):
        return self.trade.shop


@pytest.fixture
def desk(session: Session, unit_of_work: UnitOfWork) -> Iterator[Desk]:
    """At the end every invariant of the shop holds."""
    trade = open_for_trade(session, unit_of_work)
    roles = ("buyer", "approver", "viewer")
    people = [
        trade.run(lambda s, role=role: a_member(s, trade.organisation_id, role, now=trade.now))
        for role in roles
    ]
    yield Desk(trade, *people)
    assert trade.violations() == []
