from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.delivery.models import Run
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER, Reach, coordinator, farmer, keeper
from shop.fulfilment.receiving import receive
from shop.fulfilment.runs import load
from shop.ordering.models import Order
from shop.storage.unit_of_work import UnitOfWork
from tests.factories.confirmed_orders import confirmed_order
from tests.factories.trade import Trade, open_for_trade
from tests.factories.truck_weeks import FRIDAY, tasks_of
from tests.factories.villages import County, build_county


@pytest.fixture
def county(unit_of_work: UnitOfWork) -> County:
    return unit_of_work.run(build_county)


@pytest.fixture
def trade(session: Session, unit_of_work: UnitOfWork) -> Iterator[Trade]:
    """A shop at work; whatever the story, its books and orders agree at the end."""
    trade = open_for_trade(session, unit_of_work)
    yield trade
    assert trade.violations() == []


class People:
    """Reaches of the people in the county: `farmer(0, 1)` is the second household of the first village."""

    def __init__(self, county: County, unit_of_work: UnitOfWork) -> None:
        self._county, self._unit_of_work = county, unit_of_work

    def farmer(self, village: int = 0, household: int = 0) -> Reach:
        return farmer(self._county.user, frozenset({self._county.producers[village][household]}))

    def coordinator(self, *villages: int, hub: bool = False) -> Reach:
        ids = frozenset(self._county.villages[village] for village in villages)
        staffed = frozenset({self._county.hub} if hub else ())
        return self._unit_of_work.run(lambda session: coordinator(session, self._county.user, ids, staffed))

    def keeper(self, point: int = 0) -> Reach:
        return keeper(self._county.user, frozenset({self._county.points[point]}))


@pytest.fixture
def people(county: County, unit_of_work: UnitOfWork) -> People:
    return People(county, unit_of_work)


@pytest.fixture
def do(unit_of_work):
    def _do(step, *args, now=FRIDAY, **facts):
        return unit_of_work.run(lambda session: step(session, *args, now=now, **facts))

    return _do


@pytest.fixture
def see(unit_of_work):
    return lambda statement: unit_of_work.run(lambda s: list(s.scalars(statement)))


@pytest.fixture
def book(unit_of_work, county):
    """A confirmed order for the truck; its room is taken."""

    def _book(wanted, **facts):
        order_id = confirmed_order(unit_of_work, county, wanted, pickup=True, **facts)
        weight = sa.select(Order.gross_weight_g).where(Order.id == order_id).scalar_subquery()
        taken = sa.update(Run).where(Run.id == county.run_id).values(booked_g=Run.booked_g + weight)
        unit_of_work.run(lambda s: s.execute(taken))
        return order_id

    return _book


@pytest.fixture
def loaded(book, do, see, county):
    """An order whose parcel stands on the truck; honey comes from the first village."""

    def _loaded(code="482913"):
        order_id = book({county.honey: 1}, code=code)
        do(receive, tasks_of(see, order_id), by=WORKER)
        parcel = do(pack_parcel, order_id, county.places[0], by=WORKER)
        do(load, county.run, [parcel], by=WORKER)
        return order_id, parcel

    return _loaded
