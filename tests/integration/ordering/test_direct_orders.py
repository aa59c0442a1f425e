"""Orders whose goods come from no basket."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
import sqlalchemy as sa

from shop.catalogue.models import Variant
from shop.inventory.allocation import Cap, cap_of
from shop.inventory.models import Allocation, Lot
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.references import secret_token
from shop.ordering.direct.placing import place_direct_order
from shop.ordering.direct.wish import DirectWish, Item
from shop.ordering.errors import EmptyBasket, NotForSale, SoldOut
from shop.ordering.models import Channel, Order, OrderLine, OrderStatus
from shop.ordering.wish import Pickup, Recipient
from tests.factories.buying import an_account, buy
from tests.factories.counting import counted_statements
from tests.factories.small_shop import add_lot, add_product, open_small_shop


@pytest.fixture
def shop(session):
    return open_small_shop(session)


def variant_of(session, sku) -> int:
    return session.scalar(sa.select(Variant.id).where(Variant.sku == sku))


def a_direct_wish(session, shop, goods, **more) -> DirectWish:
    """`goods`: units by SKU, or units and a price agreed."""
    items = []
    for sku, units in goods.items():
        quantity, fen = units if isinstance(units, tuple) else (units, None)
        items.append(Item(variant_id=variant_of(session, sku), quantity=quantity, unit_price_fen=fen))
    return replace(
        DirectWish(
            token="t" * 32,
            items=tuple(items),
            recipient=Recipient("校工会 周老师", "+8613900000000"),
            delivery=Pickup(shop.point_id, shop.run_id),
            payment_method="on_account",
            channel=Channel.CAMPAIGN,
        ),
        **more,
    )


def test_it_holds_stock_and_awaits_its_acceptance(session, shop):
    placed = place_direct_order(session, a_direct_wish(session, shop, {"tea": 2, "eggs": 1}), now=shop.now)
    order = session.get_one(Order, placed.order_id)
    assert (order.status, order.channel) == (OrderStatus.AWAITING_PAYMENT, Channel.CAMPAIGN)
    assert order.total_fen == 19_500
    assert session.scalar(sa.select(sa.func.sum(Lot.held))) == 3


def test_the_agreed_price_is_charged_and_divided_among_the_households(session, shop):
    wish = a_direct_wish(session, shop, {"tea": (2, 6000)})
    placed = place_direct_order(session, wish, now=shop.now)
    line = session.scalars(sa.select(OrderLine).where(OrderLine.order_id == placed.order_id)).one()
    assert (line.unit_price_fen, line.line_fen, line.former_price_fen) == (6000, 12_000, None)
    assert session.scalar(sa.select(sa.func.sum(Allocation.household_fen))) == 12_000 * 76 // 100


def test_asking_twice_makes_one_order(session, shop):
    wish = a_direct_wish(session, shop, {"tea": 1})
    first, second = (place_direct_order(session, wish, now=shop.now) for _ in range(2))
    assert (first.number, first.is_new, second.is_new) == (second.number, True, False)
    assert session.scalar(sa.select(sa.func.sum(Lot.held))) == 1


def test_a_cap_spreads_a_large_order_over_the_households(session, shop):
    cap = Cap(cap_of({variant_of(session, "tea"): 10}, 5000))
    wish = a_direct_wish(session, shop, {"tea": 10}, cap=cap)
    place_direct_order(session, wish, now=shop.now)
    units = session.scalars(sa.select(Allocation.units).order_by(Allocation.units)).all()
    assert units == [5, 5]


def test_what_nobody_has_is_named_and_nothing_is_held(session, shop):
    with pytest.raises(SoldOut) as refused:
        place_direct_order(session, a_direct_wish(session, shop, {"eggs": 1, "tea": 9_999}), now=shop.now)
    assert refused.value.facts["sku"] == "tea"
    session.rollback()
    assert session.scalar(sa.select(sa.func.sum(Lot.held))) == 0


def test_nonsense_is_refused(session, shop):
    tea = variant_of(session, "tea")
    wish = a_direct_wish(session, shop, {"tea": 1})
    for items, error in (
        ((), EmptyBasket),
        ((Item(tea, 1), Item(tea, 2)), InvalidInput),
        ((Item(tea, 0),), InvalidInput),
        ((Item(tea, 1, 0),), InvalidInput),
        ((Item(99_999, 1),), NotFound),
    ):
        with pytest.raises(error):
            place_direct_order(session, replace(wish, items=items), now=shop.now)
    session.execute(sa.update(Variant).where(Variant.id == tea).values(active=False))
    with pytest.raises(NotForSale):
        place_direct_order(session, wish, now=shop.now)


def test_it_takes_nothing_from_what_its_orderer_may_buy(session, shop):
    owner = an_account(session, now=shop.now)
    session.execute(sa.update(Variant).where(Variant.sku == "tea").values(limit_per_buyer=2))
    place_direct_order(session, a_direct_wish(session, shop, {"tea": 5}, user_id=owner.user_id), now=shop.now)
    assert buy(session, shop, {"tea": 2}, by=owner).is_new


def test_many_lines_take_as_many_statements_as_one(session, shop, engine, unit_of_work):
    for number in range(12):
        add_product(session, shop, f"good{number}", price_fen=1000 + number)
        add_lot(session, shop, f"good{number}", f"good{number}", "li", units=50)
    session.commit()
    counts = []
    for goods in ({"good0": 1}, {f"good{number}": 2 for number in range(12)}):
        wish = a_direct_wish(session, shop, goods, token=secret_token())
        session.rollback()
        with counted_statements(engine) as statements:
            unit_of_work.run(partial(place_direct_order, asked=wish, now=shop.now))
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 16, counts
