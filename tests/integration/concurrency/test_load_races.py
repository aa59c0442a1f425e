"""A load for a shelf is counted by two people at once, or counted while its village calls it back: it ends once."""

from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.catalogue.models import Village
from shop.check.all_rules import find_violations
from shop.inventory.models import Lot
from shop.kit.clock import utc_now
from shop.kit.errors import ShopError
from shop.kit.references import secret_token
from shop.ordering.outside.models import OutsideSource, SourceKind
from shop.ordering.shelves.bringing import Brought
from shop.ordering.shelves.errors import LoadOver
from shop.ordering.shelves.load_models import ShelfLoadLine
from shop.ordering.shelves.loading import call_load_back, receive_load, send_load
from shop.ordering.shelves.models import Shelf, ShelfStock
from tests.factories.small_shop import open_small_shop
from tests.factories.without_locks import drop_unique, goes_wrong
from tests.integration.concurrency.test_campaign_end_races import reckless
from tests.integration.concurrency.test_campaign_races import all_at_once

UNITS = 3


@pytest.fixture
def shop(session):
    shop = open_small_shop(session, now=utc_now())
    source = OutsideSource(
        slug="shelf", kind=SourceKind.SHELF, name_zh="货架", name_en="Shelf", collector="李同学"
    )
    people = [User(email=f"p{number}@shop.example", created_at=shop.now) for number in range(4)]
    session.add_all([source, *people])
    session.flush()
    shelf = Shelf(source_id=source.id, pickup_point_id=shop.point_id, opened_at=shop.now)
    session.add(shelf)
    session.flush()
    shop.shelf_id, shop.people = shelf.id, [one.id for one in people]
    shop.village_ids = set(session.scalars(sa.select(Village.id)))
    session.commit()
    return shop


def sent(unit_of_work, shop):
    """A load on its way, and its lots."""
    said = Brought(shop.variants["tea"], UNITS, secret_token())
    load_id = unit_of_work.run(
        lambda s: send_load(
            s, shop.shelf_id, said, village_ids=shop.village_ids, actor_id=shop.people[0], now=shop.now
        )
    )
    lines = sa.select(ShelfLoadLine.lot_id, ShelfLoadLine.units).where(ShelfLoadLine.load_id == load_id)
    return load_id, dict(unit_of_work.run(lambda s: s.execute(lines).all()))


def standing(engine):
    """Units on the shelf, and units that were written off."""
    with Session(engine) as own:
        return own.execute(
            sa.select(
                sa.select(sa.func.coalesce(sa.func.sum(ShelfStock.units), 0)).scalar_subquery(),
                sa.select(sa.func.sum(Lot.withdrawn)).scalar_subquery(),
            )
        ).one()


def counting(shop, load_id, arrived, person):
    return partial(
        receive_load, shelf_id=shop.shelf_id, load_id=load_id, arrived=arrived, reason="破了一份", actor_id=person,
        now=shop.now,
    )  # fmt: skip


def counted_by_three(unit_of_work, engine, shop):
    load_id, units = sent(unit_of_work, shop)
    arrived = units | {min(units): units[min(units)] - 1}
    before = standing(engine)
    found = all_at_once(
        unit_of_work, [counting(shop, load_id, arrived, person) for person in shop.people[1:]]
    )
    assert sorted(isinstance(one, LoadOver) for one in found) == [False, True, True]
    after = standing(engine)
    assert (after[0] - before[0], after[1] - before[1]) == (UNITS - 1, 1)


@pytest.mark.race(twin="test_without_the_lock_a_load_is_counted_by_several")
def test_a_load_is_counted_once(unit_of_work, engine, session, shop):
    for _ in range(3):
        counted_by_three(unit_of_work, engine, shop)
    assert not list(find_violations(session, now=shop.now))


def test_without_the_lock_a_load_is_counted_by_several(unit_of_work, engine, shop):
    unlocked = reckless(unit_of_work)
    drop_unique(unlocked, "shelf_moves", "uq_shelf_moves_token_lot_id")
    assert goes_wrong(partial(counted_by_three, unlocked, engine, shop))


def counted_or_called_back(unit_of_work, engine, shop):
    load_id, units = sent(unit_of_work, shop)
    before = standing(engine)
    back = partial(
        call_load_back, load_id=load_id, reason="车坏了", sent_from=shop.village_ids, actor_id=shop.people[0],
        now=shop.now,
    )  # fmt: skip
    found = all_at_once(unit_of_work, [counting(shop, load_id, units, shop.people[1]), back])
    assert sum(isinstance(one, ShopError) for one in found) == 1
    came = standing(engine)[0] - before[0]
    assert came == (0 if isinstance(found[0], ShopError) else UNITS)


@pytest.mark.race(twin="test_without_the_lock_a_load_arrives_and_is_called_back")
def test_a_load_arrives_or_is_called_back(unit_of_work, engine, session, shop):
    for _ in range(3):
        counted_or_called_back(unit_of_work, engine, shop)
    assert not list(find_violations(session, now=shop.now))


def test_without_the_lock_a_load_arrives_and_is_called_back(unit_of_work, engine, shop):
    assert goes_wrong(partial(unconditioned, reckless(unit_of_work), engine, shop))


def unconditioned(unit_of_work, engine, shop):
    """A refusal by the table's own condition is no orderly one: the press fails."""
    try:
        counted_or_called_back(unit_of_work, engine, shop)
    except sa.exc.SQLAlchemyError as broken:
        raise AssertionError from broken
