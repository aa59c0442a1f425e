"""In what a gift is packed: its price stands in the quote, the orders and the books, and who packs it reads how."""

from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa

from shop.gifts.errors import GiftIsOrdered, PackagingIsGone
from shop.gifts.packaging_models import GiftPackaging
from shop.gifts.packagings import choose_packaging, save_packaging
from shop.gifts.quoting import quote_gift
from shop.gifts.slips import gift_slips
from shop.kit.errors import InvalidInput
from shop.ledger.models import Account, Posting
from shop.ordering.models import Order
from tests.factories.gifts import PEOPLE, a_gift, a_list, place, submit, total_of

RIBBON = {
    "name_zh": "红绸礼盒",
    "name_en": "Red box",
    "note_zh": "绸带打结",
    "price_fen": 800,
    "active": True,
}


@pytest.fixture
def ribbon(trade) -> int:
    return keep(trade, None, RIBBON)


@pytest.fixture
def gift_id(trade, ribbon) -> int:
    gift_id = a_gift(trade)
    a_list(trade, gift_id)
    choose(trade, gift_id, ribbon)
    return gift_id


def keep(trade, record_id, values) -> int:
    return trade.run(
        lambda session: save_packaging(session, record_id, values, actor_id=trade.admin_id, now=trade.now)
    )


def choose(trade, gift_id, packaging_id) -> None:
    who = {"actor_id": trade.union_id, "now": trade.now}
    trade.run(partial(choose_packaging, gift_id=gift_id, packaging_id=packaging_id, **who))


def orders(trade) -> list[Order]:
    return trade.run(lambda session: list(session.scalars(sa.select(Order).order_by(Order.id))))


def owed(trade, account: Account) -> int:
    fen = sa.select(sa.func.coalesce(sa.func.sum(Posting.amount_fen), 0)).where(Posting.account == account)
    return -int(trade.run(lambda session: session.scalar(fen)))


def test_it_is_in_the_price_of_every_parcel_and_beside_the_freight_of_its_order(trade, gift_id):
    quote = trade.run(lambda session: quote_gift(session, gift_id, now=trade.now))
    assert (quote.packaging_all_fen, quote.total_fen) == (3 * 800, 3 * 2 * 6800 + 2 * 800 + 1200 + 3 * 800)
    submit(trade, gift_id)
    place(trade, gift_id)
    placed = orders(trade)
    assert [(one.packaging_fen, one.freight_fen) for one in placed] == [(800, 1600), (800, 1600), (800, 2000)]
    assert sum(one.total_fen for one in placed) == quote.total_fen


def test_it_is_owed_to_who_packs_and_not_to_the_courier(trade, gift_id):
    plain = a_gift(trade, name="不加包装")
    a_list(trade, plain)
    submit(trade, plain)
    place(trade, plain)
    freight, packing = owed(trade, Account.FREIGHT_PAYABLE), owed(trade, Account.PACKING_PAYABLE)
    submit(trade, gift_id)
    place(trade, gift_id)
    assert owed(trade, Account.FREIGHT_PAYABLE) == 2 * freight
    assert owed(trade, Account.PACKING_PAYABLE) == 2 * packing + 3 * 800


def test_an_order_that_is_called_off_takes_it_back_from_who_packs(trade, gift_id):
    submit(trade, gift_id)
    place(trade, gift_id)
    for one in orders(trade):
        trade.call_off(one.id)
    assert owed(trade, Account.PACKING_PAYABLE) == owed(trade, Account.FREIGHT_PAYABLE) == 0


def test_what_is_ordered_keeps_its_price_and_its_packaging(trade, gift_id, ribbon):
    submit(trade, gift_id)
    keep(trade, ribbon, RIBBON | {"price_fen": 5000})
    assert place(trade, gift_id) == 3
    assert {one.packaging_fen for one in orders(trade)} == {800}
    a_list(trade, gift_id, [("钱老师", "13800000077", PEOPLE[0][2])])
    assert total_of(trade, gift_id) == 2 * 6800 + 800 + 800
    with pytest.raises(GiftIsOrdered):
        choose(trade, gift_id, None)


def test_who_packs_reads_what_it_is_and_how(trade, gift_id):
    submit(trade, gift_id)
    place(trade, gift_id)
    order = orders(trade)[0]
    slip = trade.run(lambda session: gift_slips(session, [order.id], now=trade.now))[order.id]
    assert (slip.packaging_zh, slip.packaging_note) == ("红绸礼盒", "绸带打结")


def test_what_is_not_offered_any_more_is_neither_chosen_nor_ordered(trade, gift_id, ribbon):
    keep(trade, ribbon, RIBBON | {"active": False})
    with pytest.raises(PackagingIsGone):
        submit(trade, gift_id)
    other = a_gift(trade, name="另一份")
    with pytest.raises(PackagingIsGone):
        choose(trade, other, ribbon)
    choose(trade, gift_id, None)
    assert submit(trade, gift_id) == 3


@pytest.mark.parametrize("wrong", [{"price_fen": -1}, {"price_fen": 100_001}, {"name_zh": " "}])
def test_a_price_or_a_name_that_cannot_be_is_refused(trade, ribbon, wrong):
    with pytest.raises(InvalidInput):
        keep(trade, None, RIBBON | {"name_zh": "布袋"} | wrong)


def test_two_packagings_of_one_name_are_refused(trade, ribbon):
    with pytest.raises(InvalidInput):
        keep(trade, None, RIBBON)
    assert trade.run(lambda session: session.scalar(sa.select(sa.func.count(GiftPackaging.id)))) == 1
