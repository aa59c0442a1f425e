"""A gift paid in advance: one transfer with one reference for all of its orders, too little, too much, late, twice."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from shop.accounts.models import User
from shop.accounts.shop_settings import set_shop_settings
from shop.accounts.terms_models import OrganisationTerms
from shop.gifts.lapsed import GiftStanding, standing_of, take_lapsed_again
from shop.gifts.models import Gift, GiftStatus
from shop.gifts.placing import place_gifts
from shop.ledger.models import Account, Posting
from shop.ordering.models import Order, OrderStatus
from shop.payments.errors import NotByOnePerson
from shop.payments.joint.awaited import joints_to_pay, read_joint
from shop.payments.joint.errors import JointIsLookedAt, JointIsOver, TooManyUnpaidGifts
from shop.payments.joint.matching import agree_that_it_came, take_back_that_it_came
from shop.payments.joint.models import JointState
from shop.payments.models import Payment, PaymentStatus
from shop.payments.statements.errors import NotTheWholeAmount
from shop.payments.statements.finding import Finding
from shop.payments.statements.models import BankMatch, StatementLine
from shop.payments.statements.work import open_receipts
from shop.payments.syncing import sync
from shop.payments.transfer_list import find_transfers, first_transfers
from tests.factories.gifts import (
    PEOPLE,
    a_gift,
    a_list,
    place,
    receipt,
    say,
    settle,
    states,
    submit,
    the_joint,
    total_of,
)

TOTAL = 3 * 2 * 6800 + 2 * 800 + 1200


@pytest.fixture
def ordered(trade):
    """Three orders that wait for their one transfer; nobody has any terms for that."""
    trade.run(lambda session: session.execute(sa.update(OrganisationTerms).values(limit_fen=0)))
    gift_id = a_gift(trade)
    a_list(trade, gift_id)
    assert submit(trade, gift_id, hold_days=5) == 3
    assert place(trade, gift_id) == 3
    return gift_id


def orders(trade) -> list[Order]:
    return trade.run(lambda session: list(session.scalars(sa.select(Order).order_by(Order.id))))


def statuses(trade) -> set[OrderStatus]:
    return {one.status for one in orders(trade)}


def judged(trade, line_id: int):
    found = trade.run(lambda session: open_receipts(session, now=trade.now))
    return next(one for one in found if one.line.id == line_id)


def limit_of_two_persons(trade, yuan: str) -> int:
    """Another person of finance."""

    def change(session):
        set_shop_settings(session, {"second_person_above_yuan": yuan}, actor_id=None, now=trade.now)
        other = User(email="second@shop.example", name="second", created_at=trade.now)
        session.add(other)
        session.flush()
        return other.id

    return trade.run(change)


def expire(trade, gift_id: int) -> None:
    trade.now = the_joint(trade, gift_id).expires_at + timedelta(minutes=1)
    pending = sa.select(Payment.id).where(Payment.status == PaymentStatus.PENDING)
    for payment_id in trade.run(lambda session: session.scalars(pending).all()):
        sync(trade.unit_of_work, trade.providers, payment_id, now=trade.now)


def balance(trade, account: Account) -> int:
    fen = sa.select(sa.func.coalesce(sa.func.sum(Posting.amount_fen), 0)).where(Posting.account == account)
    return int(trade.run(lambda session: session.scalar(fen)))


def test_all_orders_wait_for_one_sum_under_one_reference(trade, ordered):
    assert statuses(trade) == {OrderStatus.AWAITING_PAYMENT}
    (awaited,) = trade.run(lambda session: joints_to_pay(session, ordered))
    assert (awaited.orders, awaited.amount_fen, awaited.title) == (3, TOTAL, "年终答谢礼")
    deadlines = {one.expires_at for order in orders(trade) for one in trade.payments(order.id)}
    assert deadlines == {awaited.expires_at}
    shown = trade.run(lambda session: find_transfers(session, expired_since=trade.began))
    assert [(one.reference, one.amount_fen) for one in shown.items] == [(awaited.reference, TOTAL)]
    pile = trade.run(lambda session: first_transfers(session, most=5))
    assert (pile.total, pile.added) == (1, TOTAL)


def test_its_receipt_is_proposed_for_the_gift_and_confirms_every_order_once(trade, ordered):
    joint = the_joint(trade, ordered)
    line_id = receipt(trade, TOTAL, f"货款 {joint.reference}")
    found = judged(trade, line_id)
    assert (found.finding, [one.joint_id for one in found.payments]) == (Finding.SURE, [joint.id])
    assert say(trade, joint.id, [line_id]) is JointState.SETTLING
    assert statuses(trade) == {OrderStatus.AWAITING_PAYMENT}  # the worker confirms them
    assert [settle(trade), settle(trade)] == [3, 0]
    assert statuses(trade) == {OrderStatus.CONFIRMED}
    assert the_joint(trade, ordered).state is JointState.SETTLED
    assert balance(trade, Account.SUSPENSE) == 0
    assert trade.run(lambda session: joints_to_pay(session, ordered)) == []
    with pytest.raises(JointIsOver):
        say(trade, joint.id, [receipt(trade, TOTAL, joint.reference)])


def test_a_second_transfer_with_its_reference_is_said_to_be_paid_already(trade, ordered):
    joint = the_joint(trade, ordered)
    say(trade, joint.id, [receipt(trade, TOTAL, joint.reference)])
    again = receipt(trade, TOTAL, joint.reference)
    assert judged(trade, again).finding is Finding.DUPLICATE
    settle(trade)
    assert judged(trade, again).finding is Finding.DUPLICATE


def test_too_little_confirms_nothing_and_a_second_transfer_makes_it_whole(trade, ordered):
    joint = the_joint(trade, ordered)
    first = receipt(trade, TOTAL - 5000, joint.reference)
    found = judged(trade, first)
    assert (found.finding, found.difference_fen) == (Finding.UNDER, -5000)
    with pytest.raises(NotTheWholeAmount):
        say(trade, joint.id, [first])
    second = receipt(trade, 5000, "补")
    say(trade, joint.id, [first, second])
    assert settle(trade) == 3
    assert statuses(trade) == {OrderStatus.CONFIRMED}


def test_of_too_much_the_rest_stays_in_suspense(trade, ordered):
    joint = the_joint(trade, ordered)
    line_id = receipt(trade, TOTAL + 900, joint.reference)
    assert judged(trade, line_id).finding is Finding.OVER
    say(trade, joint.id, [line_id])
    settle(trade)
    rest = judged(trade, line_id)
    assert (rest.finding, rest.difference_fen, [one.joint_id for one in rest.payments]) == (
        Finding.REST, 900, [joint.id],
    )  # fmt: skip
    assert balance(trade, Account.SUSPENSE) == -900


def test_above_the_limit_a_second_person_speaks_once_for_all_orders(trade, ordered):
    other = limit_of_two_persons(trade, "100")
    joint = the_joint(trade, ordered)
    line_id = receipt(trade, TOTAL, joint.reference)
    assert say(trade, joint.id, [line_id]) is JointState.SAID
    assert settle(trade) == 0
    agree = partial(agree_that_it_came, joint_id=joint.id, now=trade.now)
    with pytest.raises(NotByOnePerson):
        trade.run(partial(agree, actor_id=trade.admin_id))
    trade.run(partial(agree, actor_id=other))
    trade.run(partial(agree, actor_id=other))
    assert settle(trade) == 3
    assert statuses(trade) == {OrderStatus.CONFIRMED}


def test_a_word_that_is_taken_back_frees_its_receipt(trade, ordered):
    limit_of_two_persons(trade, "100")
    joint = the_joint(trade, ordered)
    line_id = receipt(trade, TOTAL, joint.reference)
    say(trade, joint.id, [line_id])
    back = partial(take_back_that_it_came, joint_id=joint.id, actor_id=trade.admin_id, now=trade.now)
    trade.run(back)
    trade.run(back)
    line = trade.run(lambda session: session.get_one(StatementLine, line_id))
    assert (line.matched_fen, trade.run(lambda s: s.scalar(sa.select(sa.func.count(BankMatch.id))))) == (0, 0)
    assert judged(trade, line_id).finding is Finding.SURE


def test_an_order_that_is_called_off_before_is_not_part_of_the_sum(trade, ordered):
    first = orders(trade)[0]
    trade.cancel(first.id)
    (awaited,) = trade.run(lambda session: joints_to_pay(session, ordered))
    assert (awaited.orders, awaited.amount_fen) == (2, TOTAL - first.total_fen)


def test_what_was_called_off_before_is_not_among_the_orders_that_its_money_pays(trade, ordered):
    (first, *_others), joint = orders(trade), the_joint(trade, ordered)
    trade.cancel(first.id)
    assert trade.run(lambda session: read_joint(session, joint.id)).all_orders == 2
    say(trade, joint.id, [receipt(trade, TOTAL - first.total_fen, joint.reference)])
    settle(trade)
    read = trade.run(lambda session: read_joint(session, joint.id))
    assert (read.orders, read.all_orders, read.done) == (0, 2, 2)
    again = judged(trade, receipt(trade, 6800, joint.reference))
    assert [one.orders for one in (*again.payments, *again.others) if one.joint_id] == [2]


def test_one_that_is_called_off_between_word_and_worker_gets_its_part_back(trade, ordered):
    joint = the_joint(trade, ordered)
    say(trade, joint.id, [receipt(trade, TOTAL, joint.reference)])
    first = orders(trade)[0]
    trade.cancel(first.id)
    settle(trade)
    trade.send_refunds()
    (payment,) = trade.payments(first.id)
    assert (payment.status, payment.refunding_fen) == (PaymentStatus.ORPHANED, first.total_fen)
    assert [one.status for one in orders(trade)] == [OrderStatus.CANCELLED] + [OrderStatus.CONFIRMED] * 2


def test_a_refund_of_one_order_goes_back_for_that_order(trade, ordered):
    joint = the_joint(trade, ordered)
    say(trade, joint.id, [receipt(trade, TOTAL, joint.reference)])
    settle(trade)
    first = orders(trade)[0]
    trade.call_off(first.id)
    assert orders(trade)[0].refunded_fen == first.total_fen


def test_money_that_comes_after_its_time_revives_the_orders(trade, ordered):
    expire(trade, ordered)
    assert statuses(trade) == {OrderStatus.CANCELLED}
    joint = the_joint(trade, ordered)
    line_id = receipt(trade, TOTAL, joint.reference)
    assert judged(trade, line_id).finding is Finding.LATE
    say(trade, joint.id, [line_id])
    settle(trade)
    assert statuses(trade) == {OrderStatus.CONFIRMED}


def test_what_was_given_up_is_ordered_again_under_the_same_reference(trade, ordered):
    before = the_joint(trade, ordered)
    expire(trade, ordered)
    assert trade.run(lambda session: standing_of(session, ordered)).lapsed == 3
    again = partial(take_lapsed_again, gift_id=ordered, actor_id=trade.union_id, now=trade.now)
    assert [trade.run(again), trade.run(again)] == [3, 0]
    assert submit(trade, ordered, hold_days=5) == 3
    place(trade, ordered)
    joint = the_joint(trade, ordered)
    assert (joint.id, joint.reference) == (before.id, before.reference)
    assert joint.expires_at > before.expires_at
    assert trade.run(lambda session: read_joint(session, joint.id)).amount_fen == TOTAL
    say(trade, joint.id, [receipt(trade, TOTAL, joint.reference)])
    assert settle(trade) == 3  # the money is spent once, on the new ones
    assert (
        sorted(one.status for one in orders(trade))
        == [OrderStatus.CANCELLED] * 3 + [OrderStatus.CONFIRMED] * 3
    )


def test_what_its_buyer_called_off_is_no_transfer_that_came_too_late_and_can_be_ordered_again(trade, ordered):
    first = orders(trade)[0]
    trade.cancel(first.id)
    assert trade.run(lambda session: standing_of(session, ordered)) == GiftStanding(0, 0, called_off=1)
    joint = the_joint(trade, ordered)
    rest = TOTAL - first.total_fen
    say(trade, joint.id, [receipt(trade, rest, joint.reference)])
    settle(trade)
    assert trade.run(lambda session: standing_of(session, ordered)) == GiftStanding(2, 0, called_off=1)
    again = partial(take_lapsed_again, gift_id=ordered, actor_id=trade.union_id, now=trade.now)
    assert [trade.run(again), trade.run(again)] == [1, 0]
    assert trade.run(lambda session: standing_of(session, ordered)) == GiftStanding(2, 0, 0)


def test_rows_that_are_mended_while_it_is_unpaid_join_the_same_transfer(trade):
    gift_id = a_gift(trade)
    a_list(trade, gift_id, PEOPLE[:2])
    submit(trade, gift_id, hold_days=5)
    place(trade, gift_id)
    joint = the_joint(trade, gift_id)
    a_list(trade, gift_id, PEOPLE[2:])
    submit(trade, gift_id, hold_days=5)
    place(trade, gift_id)
    (awaited,) = trade.run(lambda session: joints_to_pay(session, gift_id))
    assert (awaited.id, awaited.orders, awaited.amount_fen) == (joint.id, 3, TOTAL)


def test_nothing_joins_while_a_second_person_looks_at_it_and_what_comes_after_has_its_own_reference(trade):
    other = limit_of_two_persons(trade, "1")
    gift_id = a_gift(trade)
    a_list(trade, gift_id, PEOPLE[:2])
    submit(trade, gift_id, hold_days=5)
    place(trade, gift_id)
    joint = the_joint(trade, gift_id)
    amount = trade.run(lambda session: read_joint(session, joint.id)).amount_fen
    say(trade, joint.id, [receipt(trade, amount, joint.reference)])
    a_list(trade, gift_id, PEOPLE[2:])
    with pytest.raises(JointIsLookedAt):
        submit(trade, gift_id, hold_days=5)
    trade.run(partial(agree_that_it_came, joint_id=joint.id, actor_id=other, now=trade.now))
    settle(trade)
    submit(trade, gift_id, hold_days=5)
    place(trade, gift_id)
    assert the_joint(trade, gift_id).reference != joint.reference
    assert states(trade, gift_id) == ["ordered"] * 3


def test_no_organisation_keeps_goods_with_gifts_that_it_never_pays(trade):
    for number in range(3):
        gift_id = a_gift(trade, {"tea": 1}, name=f"礼品{number}")
        a_list(trade, gift_id, PEOPLE[:1])
        submit(trade, gift_id, hold_days=5)
        place(trade, gift_id)
    fourth = a_gift(trade, {"tea": 1}, name="第四份")
    a_list(trade, fourth, PEOPLE[:1])
    with pytest.raises(TooManyUnpaidGifts):
        submit(trade, fourth, hold_days=5)
    assert trade.run(lambda session: session.get_one(Gift, fourth)).status is GiftStatus.DRAFT


def test_the_worker_sent_twice_begins_no_second_payment(trade, ordered):
    assert place_gifts(trade.unit_of_work, now=trade.now) == 0
    assert [len(trade.payments(one.id)) for one in orders(trade)] == [1, 1, 1]
    assert total_of(trade, ordered) == 0
