"""Purchase vouchers: one for each payout to a household by a seller that buys from households."""

from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa

from shop.catalogue.models import Seller
from shop.invoicing.models import PurchaseVoucher, VoucherStatus
from shop.invoicing.voucher_list import find_vouchers, goods_of_voucher, read_voucher
from shop.invoicing.vouchers import (
    VoucherIssued,
    open_seller_of_goods,
    record_voucher,
    set_voucher_aside,
    take_voucher_up,
)
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput
from shop.kit.transitions import IllegalStep
from shop.ledger.models import Payout, PayoutRun
from shop.ledger.payout_paying import pay_payout, return_payout
from tests.factories.invoicing import document
from tests.factories.payouts import CIPHER, IDENTITY, pay_in_cash


@pytest.fixture
def buys(trade):
    """The cooperative buys from households; the company does not."""
    trade.run(
        lambda s: s.execute(
            sa.update(Seller).where(Seller.id == trade.shop.seller_id).values(buys_from_households=True)
        )
    )


def by(trade):
    return {"actor_id": trade.admin_id, "now": trade.now}


def vouchers(trade):
    return trade.run(lambda s: list(s.scalars(sa.select(PurchaseVoucher).order_by(PurchaseVoucher.id))))


def paid(trade, goods, household="yu"):
    order_id = trade.sell(goods)
    trade.deliver(order_id)
    trade.close()
    pay_in_cash(trade, household)
    return order_id


def test_paying_a_household_opens_a_voucher_for_the_seller_that_buys(trade, buys):
    paid(trade, {"eggs": 1, "oil": 1})
    [voucher] = vouchers(trade)
    payout = trade.run(lambda s: s.scalars(sa.select(Payout)).one())
    assert voucher.number == f"SG{trade.shop.seller_id}-000001"
    assert 0 < voucher.amount_fen < payout.amount_fen
    opened = open_seller_of_goods(voucher, CIPHER)
    assert (opened.name, opened.identity) == ("李大山", IDENTITY)
    assert IDENTITY not in voucher.identity_sealed
    [goods] = trade.run(lambda s: goods_of_voucher(s, read_voucher(s, voucher.id)))
    assert (goods.units, goods.fen) == (1, voucher.amount_fen)
    assert trade.run(lambda s: find_vouchers(s, status=VoucherStatus.DUE)).total == 1


def test_other_sellers_need_none(trade):
    paid(trade, {"eggs": 1})
    assert vouchers(trade) == []


def test_money_that_came_back_and_left_again_is_one_purchase(trade, buys):
    paid(trade, {"eggs": 1})
    number, payout_id = trade.run(
        lambda s: s.execute(
            sa.select(PayoutRun.number, Payout.id).join(Payout, Payout.run_id == PayoutRun.id)
        ).one()
    )
    trade.run(
        partial(return_payout, number=number, payout_id=payout_id, reason="account closed", **by(trade))
    )
    trade.run(partial(pay_payout, number=number, payout_id=payout_id, reference="收据 2", **by(trade)))
    assert len(vouchers(trade)) == 1


def test_it_is_written_down_once_for_exactly_what_was_paid(trade, buys, audited):
    paid(trade, {"eggs": 1})
    [voucher] = vouchers(trade)
    day = shanghai_date(trade.now)
    good = VoucherIssued(document(trade, 1), day, voucher.amount_fen)
    record = partial(record_voucher, voucher_id=voucher.id, **by(trade))
    with pytest.raises(InvalidInput) as refused:
        trade.run(partial(record, issued=VoucherIssued(good.document_number, day, voucher.amount_fen + 1)))
    assert refused.value.errors.keys() == {"amount"}
    for _ in range(2):
        trade.run(partial(record, issued=good))
    assert vouchers(trade)[0].status is VoucherStatus.ISSUED
    assert len(audited("voucher.issued")) == 1


def test_one_is_set_aside_with_a_reason_and_taken_up_again(trade, buys):
    paid(trade, {"eggs": 1})
    [voucher] = vouchers(trade)
    with pytest.raises(InvalidInput):
        trade.run(partial(set_voucher_aside, voucher_id=voucher.id, reason="", **by(trade)))
    trade.run(partial(set_voucher_aside, voucher_id=voucher.id, reason="their own invoice", **by(trade)))
    with pytest.raises(IllegalStep):
        trade.run(partial(set_voucher_aside, voucher_id=voucher.id, reason="twice", **by(trade)))
    trade.run(partial(take_voucher_up, voucher_id=voucher.id, **by(trade)))
    assert vouchers(trade)[0].status is VoucherStatus.DUE
