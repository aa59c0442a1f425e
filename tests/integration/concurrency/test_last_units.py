"""Two hundred buyers, fifty units: fifty are sold, and nobody is refused while one is left.

Each race has a twin that switches the lock off; the twin must go red, or the race proves nothing.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from itertools import count, cycle
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, OrganisationMember, ShopSetting
from shop.accounts.shop_settings import DEFAULTS
from shop.delivery.models import Run
from shop.delivery.runs import check_room
from shop.inventory.models import Allocation, Lot
from shop.kit.clock import utc_now
from shop.kit.errors import ShopError
from shop.ordering import placing
from shop.ordering.checkout import place_order
from shop.ordering.errors import SoldOut, TooManyUnpaid
from shop.ordering.models import Order
from tests.factories.buying import a_guest, a_wish, an_account, fill_basket, somebody
from tests.factories.small_shop import add_lot, add_product, open_small_shop
from tests.factories.without_locks import drop_unique, goes_wrong, without_locks

BUYERS, UNITS, THREADS = 200, 50, 24


@pytest.fixture
def shop(session):
    shop = open_small_shop(session)
    add_product(session, shop, "rare", price_fen=5_000, gross_g=100)
    # Fifty units over four households, so that plans can cross.
    for name, units in (("li", 20), ("chen", 15), ("wang", 10), ("yu", 5)):
        add_lot(session, shop, f"rare-{name}", "rare", name, units=units)
    session.commit()
    return shop


def wishes_of(session, shop, count, **changes):
    wishes = []
    for number in range(count):
        owner = a_guest()
        fill_basket(session, owner, {"rare": 1}, now=shop.now)
        wishes.append(a_wish(shop, owner, courier=bool(number % 2), recipient=somebody(number), **changes))
    session.commit()
    return wishes


def rush(unit_of_work, shop, wishes):
    """Everybody presses at the same moment; returns what came of each."""
    start = Barrier(THREADS)

    def press(place: int):
        start.wait()
        outcomes = []
        for wish in wishes[place::THREADS]:
            try:
                outcomes.append(unit_of_work.run(partial(place_order, wish=wish, now=shop.now)))
            except ShopError as refused:
                outcomes.append(refused)
        return outcomes

    with ThreadPoolExecutor(THREADS) as threads:
        return [outcome for outcomes in threads.map(press, range(THREADS)) for outcome in outcomes]


def assert_fair_sale(engine, outcomes):
    refusals = Counter(type(outcome) for outcome in outcomes if isinstance(outcome, ShopError))
    assert refusals == {SoldOut: BUYERS - UNITS}
    with Session(engine) as session:
        left, held = session.execute(
            sa.select(sa.func.sum(Lot.available), sa.func.sum(Lot.held)).where(Lot.code.like("rare%"))
        ).one()
        promised = session.scalar(sa.select(sa.func.sum(Allocation.units)))
        orders = session.scalar(sa.select(sa.func.count()).select_from(Order))
    assert (left, held, promised, orders) == (0, UNITS, UNITS, UNITS)


@pytest.mark.race(twin="test_without_the_lock_the_race_goes_wrong")
def test_two_hundred_buyers_share_fifty_units(engine, unit_of_work, session, shop):
    outcomes = rush(unit_of_work, shop, wishes_of(session, shop, BUYERS))
    assert_fair_sale(engine, outcomes)


def test_without_the_lock_the_race_goes_wrong(engine, unit_of_work, session, shop):
    outcomes = rush(without_locks(unit_of_work), shop, wishes_of(session, shop, BUYERS))
    with pytest.raises(AssertionError):
        assert_fair_sale(engine, outcomes)


@pytest.fixture
def to_come(session, shop):
    """The same fifty units, none of them picked yet: no more of what is expected is sure."""
    lots = sa.update(Lot).where(Lot.variant_id == shop.variants["rare"])
    expected = {"expected_on": date(2026, 11, 24), "confidence_pct": 50}
    session.execute(lots.values(expected_units=Lot.declared * 2, **expected))
    session.commit()


@pytest.mark.race(twin="test_without_the_lock_more_of_a_harvest_is_promised_or_somebody_is_refused")
def test_of_a_harvest_to_come_no_more_is_promised_than_is_likely(
    engine, unit_of_work, session, shop, to_come
):
    outcomes = rush(unit_of_work, shop, wishes_of(session, shop, BUYERS))
    assert_fair_sale(engine, outcomes)


def test_without_the_lock_more_of_a_harvest_is_promised_or_somebody_is_refused(
    engine, unit_of_work, session, shop, to_come
):
    outcomes = rush(without_locks(unit_of_work), shop, wishes_of(session, shop, BUYERS))
    with pytest.raises(AssertionError):
        assert_fair_sale(engine, outcomes)


def one_form_makes_one_order(engine, unit_of_work, session, shop):
    (wish,) = wishes_of(session, shop, 1)
    outcomes = rush(unit_of_work, shop, [wish] * THREADS)
    with Session(engine) as after:
        orders = sa.select(sa.func.count()).where(Order.checkout_token == wish.token)
        assert after.scalar(orders.select_from(Order)) == 1
        assert after.scalar(sa.select(sa.func.sum(Lot.held))) == 1
    assert {outcome.number for outcome in outcomes} == {outcomes[0].number}
    assert sum(outcome.is_new for outcome in outcomes) == 1


@pytest.mark.race(twin="test_without_the_lock_and_the_unique_token_one_form_makes_many_orders")
def test_the_same_form_sent_twenty_times_at_once_is_one_order(engine, unit_of_work, session, shop):
    one_form_makes_one_order(engine, unit_of_work, session, shop)


def test_without_the_lock_and_the_unique_token_one_form_makes_many_orders(
    engine, unit_of_work, session, shop
):
    unlocked = without_locks(unit_of_work)
    drop_unique(unlocked, "orders", "uq_orders_checkout_token")
    assert goes_wrong(partial(one_form_makes_one_order, engine, unlocked, session, shop))


def a_limit_holds(unit_of_work, session, shop, sku):
    add_product(session, shop, sku, price_fen=5_000, limit=3)
    add_lot(session, shop, sku, sku, "li", units=99)
    outcomes = rush(unit_of_work, shop, wishes_of_one_telephone(session, shop, sku))
    assert sum(not isinstance(outcome, ShopError) for outcome in outcomes) == 3


def wishes_of_one_telephone(session, shop, sku):
    """As from many browsers: a basket each, and the same telephone."""
    wishes = []
    for _ in range(THREADS):
        owner = a_guest()
        fill_basket(session, owner, {sku: 1}, now=shop.now)
        wishes.append(a_wish(shop, owner))
    session.commit()
    return wishes


@pytest.mark.race(twin="test_without_the_lock_a_limit_is_exceeded")
def test_a_limit_holds_when_one_buyer_orders_in_many_tabs(unit_of_work, session, shop):
    a_limit_holds(unit_of_work, session, shop, "limited")


def test_without_the_lock_a_limit_is_exceeded(unit_of_work, session, shop):
    skus = map("limited-{}".format, count())
    unlocked = without_locks(unit_of_work)
    assert goes_wrong(lambda: a_limit_holds(unlocked, session, shop, next(skus)))


def few_unpaid_orders_of_an_account(unit_of_work, session, shop):
    buyer, outcomes = an_account(session, now=shop.now), []
    for _ in range(DEFAULTS.most_unpaid_orders + 1):
        fill_basket(session, buyer, {"tea": 1}, now=shop.now)
        session.commit()
        outcomes += rush(unit_of_work, shop, [a_wish(shop, buyer) for _ in range(THREADS)])
    assert sum(not isinstance(outcome, ShopError) for outcome in outcomes) == DEFAULTS.most_unpaid_orders


def few_unpaid_orders_of_a_telephone(unit_of_work, session, shop):
    outcomes = rush(unit_of_work, shop, wishes_of_one_telephone(session, shop, "rare"))
    assert sum(not isinstance(outcome, ShopError) for outcome in outcomes) == DEFAULTS.most_unpaid_orders


# An account's orders take turns at its basket; a telephone's, at the lots that they share.
UNPAID = pytest.mark.parametrize("race", [few_unpaid_orders_of_an_account, few_unpaid_orders_of_a_telephone])


@UNPAID
@pytest.mark.race(twin="test_without_the_lock_more_unpaid_orders_are_open")
def test_few_unpaid_orders_are_open_when_one_buyer_orders_in_many_tabs(unit_of_work, session, shop, race):
    race(unit_of_work, session, shop)


@UNPAID
def test_without_the_lock_more_unpaid_orders_are_open(unit_of_work, session, shop, race):
    assert goes_wrong(partial(race, without_locks(unit_of_work), session, shop))


def members_pay_by_transfer(session, shop, skus):
    """Each from a basket of their own and lots of their own, so that only their organisation makes them take turns."""
    organisation = Organisation(
        slug=next(skus), name="工会", invoice_title="工会", tax_number="91610000MA6TXXXX0X"
    )
    session.add(organisation)
    session.flush()
    wishes = []
    for number, household in zip(range(THREADS), cycle(("li", "chen", "wang", "yu")), strict=False):
        buyer, sku = an_account(session, now=shop.now), next(skus)
        session.add(OrganisationMember(organisation_id=organisation.id, user_id=buyer.user_id, role="buyer"))
        add_product(session, shop, sku, price_fen=5_000, gross_g=100)
        add_lot(session, shop, sku, sku, household, units=9)
        fill_basket(session, buyer, {sku: 1}, now=shop.now)
        wishes.append(a_wish(shop, buyer, recipient=somebody(number), payment_method="bank_transfer"))
    session.commit()
    return wishes


def seven_transfers_wait(unit_of_work, session, shop, skus):
    outcomes = rush(unit_of_work, shop, members_pay_by_transfer(session, shop, skus))
    assert sum(not isinstance(outcome, ShopError) for outcome in outcomes) == 7
    refused = [outcome for outcome in outcomes if isinstance(outcome, ShopError)]
    assert {(type(one), one.facts["most"]) for one in refused} == {(TooManyUnpaid, 7)}


@pytest.fixture
def seven_at_most(session):
    session.add(
        ShopSetting(name="most_waiting_transfers", value={"value": 7}, version=1, changed_at=utc_now())
    )
    session.commit()


@pytest.mark.race(twin="test_without_the_lock_more_transfers_of_an_organisation_wait")
def test_as_many_transfers_of_an_organisation_wait_as_may(unit_of_work, session, shop, seven_at_most):
    seven_transfers_wait(unit_of_work, session, shop, map("union-{}".format, count()))


def test_without_the_lock_more_transfers_of_an_organisation_wait(unit_of_work, session, shop, seven_at_most):
    skus = map("union-{}".format, count())
    assert goes_wrong(partial(seven_transfers_wait, without_locks(unit_of_work), session, shop, skus))


def wishes_for_one_truck(session, shop, skus):
    """Of lots of their own and four households in turn: who shares those stands in a queue before the truck's."""
    wishes = []
    for number, household in zip(range(THREADS), cycle(("li", "chen", "wang", "yu")), strict=False):
        owner, sku = a_guest(), next(skus)
        add_product(session, shop, sku, price_fen=5_000, gross_g=100)
        add_lot(session, shop, sku, sku, household, units=9)
        fill_basket(session, owner, {sku: 1}, now=shop.now)
        wishes.append(a_wish(shop, owner, recipient=somebody(number)))
    session.commit()
    return wishes


def a_truck_takes_seven(engine, unit_of_work, session, shop, skus):
    session.execute(sa.text("UPDATE runs SET capacity_g = booked_g + 700"))
    before = session.scalar(sa.text("SELECT booked_g FROM runs"))
    wishes = wishes_for_one_truck(session, shop, skus)
    outcomes = rush(unit_of_work, shop, wishes)
    with Session(engine) as after:
        assert after.scalar(sa.text("SELECT booked_g FROM runs")) == before + 700
    assert sum(not isinstance(outcome, ShopError) for outcome in outcomes) == 7


@pytest.mark.race(twin="test_without_its_condition_a_truck_is_overbooked")
def test_a_truck_is_never_overbooked(engine, unit_of_work, session, shop):
    a_truck_takes_seven(engine, unit_of_work, session, shop, map("loaded-{}".format, count()))


def test_without_its_condition_a_truck_is_overbooked(engine, unit_of_work, session, shop, monkeypatch):
    """The room is taken by a conditional update; here it is looked at first, and then taken."""

    def look_and_take(session, run_id, *, point_id, weight_g, now):
        check_room(session, run_id, point_id=point_id, weight_g=weight_g, now=now)
        taken = sa.update(Run).where(Run.id == run_id).values(booked_g=Run.booked_g + weight_g)
        session.connection().execute(taken)

    monkeypatch.setattr(placing, "book", look_and_take)
    skus = map("loaded-{}".format, count())
    assert goes_wrong(partial(a_truck_takes_seven, engine, without_locks(unit_of_work), session, shop, skus))
