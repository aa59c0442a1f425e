"""A canteen orders in whole cases: the tier follows the units, and what stood beside the button is what it costs."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.canteens.errors import NothingOrdered, NotOnTheSheet, SheetChanged
from shop.canteens.goods import remove_good, set_good, sheet_goods
from shop.canteens.models import CanteenLine, CanteenOrder
from shop.canteens.sheet import order_sheet, quote_sheet
from shop.kit.errors import InvalidInput
from shop.ordering.errors import SoldOut
from shop.ordering.models import Channel, Order, OrderLine, OrderStatus
from shop.payments.terms.accepting import buy_on_terms
from shop.payments.terms.debts import open_debts
from tests.factories.canteens import CASE, a_sheet


def orders(kitchen, cases, **changes):
    wish = a_sheet(kitchen.shop, cases, kitchen.truck_day, **changes)
    own = kitchen.canteen
    return kitchen.run(lambda s: order_sheet(s, own.organisation_id, own.buyer_id, wish, now=kitchen.now))


def lines(kitchen, order_id):
    statement = sa.select(OrderLine.sku, OrderLine.quantity, OrderLine.unit_price_fen)
    return kitchen.run(
        lambda s: {row[0]: row[1:] for row in s.execute(statement.where(OrderLine.order_id == order_id))}
    )


def test_cases_become_units_and_the_tier_follows_them(kitchen):
    one = orders(kitchen, {"tea": 1, "eggs": 2})
    assert lines(kitchen, one.order_id) == {"tea": (CASE, 6_500), "eggs": (4, 5_900)}
    two = orders(kitchen, {"tea": 2})
    assert lines(kitchen, two.order_id) == {"tea": (2 * CASE, 6_000)}
    found = kitchen.run(lambda s: s.get_one(CanteenOrder, one.order_id))
    assert (found.deliver_on, found.standing_id) == (kitchen.truck_day, None)
    cases = kitchen.run(
        lambda s: s.scalars(sa.select(CanteenLine.cases).where(CanteenLine.order_id == one.order_id)).all()
    )
    assert sorted(cases) == [1, 2]


def test_it_is_ordered_for_what_the_sheet_showed_and_taken_on_account(kitchen):
    own = kitchen.canteen
    wish = a_sheet(kitchen.shop, {"tea": 2}, kitchen.truck_day)
    quote = kitchen.run(lambda s: quote_sheet(s, own.organisation_id, wish, now=kitchen.now))
    assert quote.total_fen == 2 * CASE * 6_000
    placed = orders(kitchen, {"tea": 2}, token="one", seen_total_fen=quote.total_fen)
    again = orders(kitchen, {"tea": 2}, token="one", seen_total_fen=quote.total_fen)
    assert (again.order_id, again.is_new) == (placed.order_id, False)
    trade = kitchen.trade
    buy_on_terms(
        trade.unit_of_work,
        trade.providers,
        placed.order_id,
        organisation_id=own.organisation_id,
        now=kitchen.now,
    )
    order = kitchen.run(lambda s: s.get_one(Order, placed.order_id))
    assert (order.status, order.channel) == (OrderStatus.CONFIRMED, Channel.CANTEEN)
    [debt] = kitchen.run(lambda s: open_debts(s, own.organisation_id))
    assert debt.due_fen == quote.total_fen


def test_another_total_than_was_shown_orders_nothing(kitchen):
    with pytest.raises(SheetChanged):
        orders(kitchen, {"tea": 1}, seen_total_fen=1)
    assert kitchen.run(lambda s: s.scalar(sa.select(sa.func.count(Order.id)))) == 0


def test_what_cannot_be_ordered_says_why(kitchen):
    with pytest.raises(NothingOrdered):
        orders(kitchen, {"tea": 0})
    with pytest.raises(InvalidInput, match="check what"):
        orders(kitchen, {"tea": 501})
    with pytest.raises(SoldOut):
        orders(kitchen, {"tea": 100})
    admin = kitchen.trade.admin_id
    kitchen.run(lambda s: remove_good(s, kitchen.shop.variants["tea"], actor_id=admin, now=kitchen.now))
    with pytest.raises(NotOnTheSheet):
        orders(kitchen, {"tea": 1})


def test_a_case_that_changes_leaves_orders_as_they_were(kitchen):
    placed = orders(kitchen, {"tea": 1})
    admin, tea = kitchen.trade.admin_id, kitchen.shop.variants["tea"]
    kitchen.run(lambda s: set_good(s, tea, 12, by_weight=False, actor_id=admin, now=kitchen.now))
    assert lines(kitchen, placed.order_id)["tea"][0] == CASE
    units = kitchen.run(
        lambda s: s.scalars(
            sa.select(CanteenLine.units_per_case).where(CanteenLine.order_id == placed.order_id)
        ).one()
    )
    assert units == CASE
    [good] = [
        one
        for one in kitchen.run(lambda s: sheet_goods(s, kitchen.canteen.organisation_id))
        if one.sku == "tea"
    ]
    assert good.units_per_case == 12
