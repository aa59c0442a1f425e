"""Purchase vouchers: one for each payout to a household by a seller that buys from households."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from shop.catalogue.models import Seller
from shop.invoicing.errors import NumberTaken
from shop.invoicing.models import PurchaseVoucher, TaxDocument, VoucherStatus
from shop.invoicing.voucher_list import VoucherState, find_vouchers, goods_of_voucher, read_voucher
from shop.invoicing.voucher_reversing import (
    VoucherReversed,
    correct_voucher,
    correct_voucher_red,
    reverse_voucher,
)
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
from shop.ledger.payouts.paying import pay_payout, return_payout
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
    assert trade.run(lambda s: find_vouchers(s, state=VoucherState.DUE)).total == 1


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


def run_of(trade):
    found = sa.select(PayoutRun.number, Payout.id).join(Payout, Payout.run_id == PayoutRun.id)
    return trade.run(lambda s: s.execute(found).one())


def bank_sends_back(trade):
    number, payout_id = run_of(trade)
    trade.run(partial(return_payout, number=number, payout_id=payout_id, reason="closed", **by(trade)))


def pay_again(trade):
    number, payout_id = run_of(trade)
    trade.run(partial(pay_payout, number=number, payout_id=payout_id, reference="收据 2", **by(trade)))


@pytest.fixture
def issued(trade, buys):
    """A voucher that is written down; its id."""
    paid(trade, {"eggs": 1})
    [voucher] = vouchers(trade)
    told = VoucherIssued(document(trade, 1), shanghai_date(trade.now), voucher.amount_fen)
    trade.run(partial(record_voucher, voucher_id=voucher.id, issued=told, **by(trade)))
    return voucher.id


def state(trade, voucher_id):
    found = trade.run(lambda s: find_vouchers(s, state=None)).items
    return next(one.state for one in found if one.id == voucher_id)


def red_letter(trade, count=2, **changes):
    [*_, voucher] = vouchers(trade)
    told = {"issued_on": shanghai_date(trade.now), "amount_fen": voucher.amount_fen, "reason": "退汇"}
    return VoucherReversed(document(trade, count), **(told | changes))


def take_back(trade, voucher_id, red=None):
    return trade.run(
        partial(reverse_voucher, voucher_id=voucher_id, red=red or red_letter(trade), **by(trade))
    )


def test_no_voucher_is_older_than_the_payment(trade, buys):
    paid(trade, {"eggs": 1})
    [voucher] = vouchers(trade)
    day = shanghai_date(voucher.opened_at) - timedelta(days=1)
    told = VoucherIssued(document(trade, 1), day, voucher.amount_fen)
    with pytest.raises(InvalidInput) as refused:
        trade.run(partial(record_voucher, voucher_id=voucher.id, issued=told, **by(trade)))
    assert refused.value.errors.keys() == {"issued_on"}


def test_a_mistyped_number_is_put_right_and_free_again(trade, issued, audited):
    right = {"voucher_id": issued, "issued_on": shanghai_date(trade.now), "reason": "two digits"}
    correct = partial(correct_voucher, **right, **by(trade))
    assert trade.run(partial(correct, typed=document(trade, 7)))
    assert not trade.run(partial(correct, typed=document(trade, 7)))
    assert vouchers(trade)[0].document_number == document(trade, 7)
    assert trade.run(lambda s: s.get(TaxDocument, document(trade, 1))) is None
    with pytest.raises(InvalidInput):
        trade.run(partial(correct, typed=document(trade, 8), reason=" "))
    assert [one.facts["document_number"] for one in audited("voucher.corrected")] == [
        [document(trade, 1), document(trade, 7)]
    ]


def test_money_that_the_bank_sent_back_asks_for_a_red_letter(trade, issued):
    waits = partial(find_vouchers, state=VoucherState.WAITING)
    assert trade.run(waits).total == 0
    bank_sends_back(trade)
    assert state(trade, issued) is VoucherState.RED_DUE
    assert [one.id for one in trade.run(waits).items] == [issued]
    pay_again(trade)
    assert state(trade, issued) is VoucherState.ISSUED, "it is the same purchase"


def test_nothing_is_issued_while_the_money_is_back_but_what_was_before_is_written_down(trade, buys):
    paid(trade, {"eggs": 1})
    [voucher] = vouchers(trade)
    trade.now += timedelta(days=1)
    bank_sends_back(trade)
    waits = partial(find_vouchers, state=VoucherState.WAITING)
    assert (state(trade, voucher.id), trade.run(waits).total) == (VoucherState.HELD, 0)
    trade.now += timedelta(days=1)
    record = partial(record_voucher, voucher_id=voucher.id, **by(trade))
    told = VoucherIssued(document(trade, 1), shanghai_date(trade.now), voucher.amount_fen)
    with pytest.raises(InvalidInput) as refused:
        trade.run(partial(record, issued=told))
    assert refused.value.errors.keys() == {"issued_on"}
    trade.run(partial(record, issued=replace(told, issued_on=shanghai_date(voucher.opened_at))))
    assert state(trade, voucher.id) is VoucherState.RED_DUE


def test_what_was_held_is_due_when_the_household_is_paid_again(trade, buys):
    paid(trade, {"eggs": 1})
    [voucher] = vouchers(trade)
    bank_sends_back(trade)
    pay_again(trade)
    assert state(trade, voucher.id) is VoucherState.DUE


def test_a_mistyped_number_of_its_red_letter_is_put_right_and_free_again(trade, issued, audited):
    right = {"voucher_id": issued, "issued_on": shanghai_date(trade.now), "reason": "two digits"}
    correct = partial(correct_voucher_red, **right, **by(trade))
    with pytest.raises(IllegalStep):
        trade.run(partial(correct, typed=document(trade, 7)))
    bank_sends_back(trade)
    take_back(trade, issued)
    with pytest.raises(NumberTaken):
        trade.run(partial(correct, typed=document(trade, 1)))
    early = right["issued_on"] - timedelta(days=1)
    with pytest.raises(InvalidInput) as refused:
        trade.run(partial(correct, typed=document(trade, 7), issued_on=early))
    assert refused.value.errors.keys() == {"issued_on"}
    assert trade.run(partial(correct, typed=document(trade, 7))) is True
    assert trade.run(partial(correct, typed=document(trade, 7))) is False
    [voucher] = vouchers(trade)
    assert (voucher.red_number, voucher.document_number) == (document(trade, 7), document(trade, 1))
    assert trade.run(lambda s: s.get(TaxDocument, document(trade, 2))) is None
    assert [one.facts["document_number"] for one in audited("voucher.red_corrected")] == [
        [document(trade, 2), document(trade, 7)]
    ]


def test_a_voucher_is_taken_back_once_and_the_next_payment_has_its_own(trade, issued, audited):
    bank_sends_back(trade)
    for wrong in (
        {"amount_fen": 1},
        {"issued_on": shanghai_date(trade.now) - timedelta(days=1)},
        {"reason": ""},
    ):
        with pytest.raises(InvalidInput):
            take_back(trade, issued, red_letter(trade, **wrong))
    for _ in range(2):
        assert take_back(trade, issued) is None
    assert state(trade, issued) is VoucherState.REVERSED
    assert len(audited("voucher.reversed")) == 1
    with pytest.raises(IllegalStep):
        take_back(trade, issued, red_letter(trade, 3))
    pay_again(trade)
    first, second = vouchers(trade)
    assert (second.status, second.amount_fen) == (VoucherStatus.DUE, first.amount_fen)
    assert second.number == f"SG{trade.shop.seller_id}-000002"


def test_a_wrong_voucher_for_money_that_arrived_is_due_anew(trade, issued):
    again = take_back(trade, issued)
    assert state(trade, again.id) is VoucherState.DUE
    told = VoucherIssued(document(trade, 2), shanghai_date(trade.now), again.amount_fen)
    with pytest.raises(NumberTaken, match="SG"):
        trade.run(partial(record_voucher, voucher_id=again.id, issued=told, **by(trade)))


def test_one_that_is_not_issued_is_neither_corrected_nor_taken_back(trade, buys):
    paid(trade, {"eggs": 1})
    [voucher] = vouchers(trade)
    with pytest.raises(IllegalStep):
        take_back(trade, voucher.id)
    right = {"typed": document(trade, 1), "issued_on": shanghai_date(trade.now), "reason": "x"}
    with pytest.raises(IllegalStep):
        trade.run(partial(correct_voucher, voucher_id=voucher.id, **right, **by(trade)))
