"""A pack costs less for a time: asked for by one person, agreed to by another, begun and ended by the clock."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from shop import rounds
from shop.catalogue.editing.variants import save_variant
from shop.catalogue.errors import PriceMoved
from shop.catalogue.index_models import ANY, ProductListing
from shop.catalogue.models import Product, Variant
from shop.catalogue.timed_prices import (
    PriceWish,
    approve_price,
    call_price_off,
    decline_price,
    propose_price,
    set_price,
)
from shop.kit.errors import Conflict, InvalidInput, NotAllowed
from shop.ordering.models import OrderLine
from tests.factories.trade import open_for_trade

DAY = timedelta(days=1)


@pytest.fixture
def trade(session, unit_of_work):
    return open_for_trade(session, unit_of_work)


@pytest.fixture
def asking(trade):
    """`asking(4000)`: a village asks for tea at that price for two days from tomorrow; the id of what it asked."""

    def _asking(fen, token="form", *, work=propose_price, actor=None, after=DAY):
        start = trade.now + after
        wish = PriceWish(trade.shop.variants["tea"], fen, start, start + 2 * DAY, "到期", token)
        return trade.run(lambda s: work(s, wish, actor_id=actor, now=trade.now))

    return _asking


@pytest.fixture
def prices(trade):
    """What tea costs: the pack, its former price, the product's card and the list."""

    def _prices():
        def read(session):
            pack = session.scalars(sa.select(Variant).where(Variant.sku == "tea")).one()
            listed = sa.select(ProductListing.from_price_fen).where(
                ProductListing.product_id == pack.product_id,
                ProductListing.category_id == ANY,
                ProductListing.village_id == ANY,
            )
            card = session.scalar(sa.select(Product.from_price_fen).where(Product.id == pack.product_id))
            return pack.price_fen, pack.former_fen, card, session.scalar(listed)

        return trade.run(read)

    return _prices


def line_of(trade, order_id):
    found = sa.select(OrderLine.unit_price_fen, OrderLine.former_price_fen).where(
        OrderLine.order_id == order_id
    )
    return trade.run(lambda s: tuple(s.execute(found).one()))


def test_a_price_begins_and_ends_by_the_clock_and_orders_keep_theirs(trade, asking, prices):
    price_id = asking(4000, actor=trade.admin_id)
    assert asking(4000, actor=trade.admin_id) == price_id, "sent twice, asked once"
    with pytest.raises(Conflict):
        asking(3000, "another form")
    approve = partial(approve_price, price_id=price_id, seen_fen=6800)
    with pytest.raises(NotAllowed):
        trade.run(lambda s: approve(s, actor_id=trade.admin_id, now=trade.now))
    with pytest.raises(PriceMoved):
        trade.run(lambda s: approve_price(s, price_id, seen_fen=6900, actor_id=None, now=trade.now))
    assert trade.run(lambda s: approve(s, actor_id=trade.union_id, now=trade.now))
    assert not trade.run(lambda s: approve(s, actor_id=trade.union_id, now=trade.now))
    before = trade.sell({"tea": 1}, courier=True)
    assert rounds.follow_prices(trade.unit_of_work, now=trade.now) == 0
    assert prices() == (6800, None, 6800, 6800)
    trade.now += DAY
    assert rounds.follow_prices(trade.unit_of_work, now=trade.now) == 1
    assert prices() == (4000, 6800, 4000, 4000)
    during = trade.sell({"tea": 1}, courier=True)
    pack = trade.shop.variants["tea"]
    with pytest.raises(InvalidInput):
        trade.run(lambda s: save_variant(s, pack, {"price_fen": 5000}, actor_id=None, now=trade.now))
    trade.now += 2 * DAY
    late = trade.sell({"tea": 1}, courier=True)
    assert prices()[0] == 4000, "the worker has not come by yet"
    assert [line_of(trade, one) for one in (before, during, late)] == [
        (6800, None),
        (4000, 6800),
        (6800, None),
    ]
    assert rounds.follow_prices(trade.unit_of_work, now=trade.now) == 1
    assert rounds.follow_prices(trade.unit_of_work, now=trade.now) == 0
    assert prices() == (6800, None, 6800, 6800)
    assert trade.violations() == []


def test_the_team_sets_one_at_once_and_ends_it_early_and_a_proposal_is_declined_with_its_reason(
    trade, asking, prices
):
    with pytest.raises(InvalidInput) as refused:
        asking(6800, "higher")
    assert set(refused.value.errors) == {"price_fen"}
    asked = asking(4000)
    set_id = asking(5000, "own", work=set_price, actor=trade.admin_id, after=timedelta(0))
    assert prices() == (5000, 6800, 5000, 5000)
    assert trade.violations() == []
    with pytest.raises(InvalidInput):
        trade.run(lambda s: decline_price(s, asked, " ", actor_id=trade.admin_id, now=trade.now))
    trade.run(lambda s: decline_price(s, asked, "已经降了", actor_id=trade.admin_id, now=trade.now))
    trade.run(lambda s: call_price_off(s, set_id, "卖完了", actor_id=trade.admin_id, now=trade.now))
    assert prices() == (6800, None, 6800, 6800)
    assert trade.violations() == []
