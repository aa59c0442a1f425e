"""What stands in the books after what happened."""

from __future__ import annotations

from collections import Counter

import pytest
import sqlalchemy as sa

from shop.catalogue.models import Household
from shop.fulfilment.models import TaskStatus
from shop.inventory.models import HouseholdMonth
from shop.ledger.booking import book_fee, book_refund, book_sale
from shop.ledger.household_money import household_money
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.ledger.order_money import household_parts_of_order, order_money
from shop.ledger.payouts.approval import discard_run
from shop.ledger.posting import OutOfBalance, Place, post
from shop.ordering.events import OrderConfirmed
from shop.payments.events import FeeKnown, RefundSucceeded
from shop.payments.models import PaymentStatus, Refund, RefundBearer
from tests.factories.trade import Trade


def entries(trade: Trade) -> list[JournalEntry]:
    return trade.run(lambda s: list(s.scalars(sa.select(JournalEntry).order_by(JournalEntry.id))))


def balances(trade: Trade, *, entry_id: int | None = None) -> dict[Account, int]:
    statement = sa.select(Posting.account, sa.func.sum(Posting.amount_fen)).group_by(Posting.account)
    if entry_id is not None:
        statement = statement.where(Posting.entry_id == entry_id)
    return trade.run(lambda s: {account: int(fen) for account, fen in s.execute(statement) if fen})


def earned(trade: Trade) -> dict[str, int]:
    """By name, as the books say."""
    statement = (
        sa.select(Posting.household_id, -sa.func.sum(Posting.amount_fen))
        .where(Posting.account == Account.HOUSEHOLD_PAYABLE)
        .group_by(Posting.household_id)
    )
    names = {household_id: name for name, household_id in trade.shop.households.items()}
    return trade.run(lambda s: {names[who]: int(fen) for who, fen in s.execute(statement) if fen})


def figures(trade: Trade) -> dict[str, int]:
    """By name, as the fairness rule reads them."""
    statement = sa.select(HouseholdMonth.household_id, sa.func.sum(HouseholdMonth.earned_fen)).group_by(
        HouseholdMonth.household_id
    )
    names = {household_id: name for name, household_id in trade.shop.households.items()}
    return trade.run(lambda s: {names[who]: int(fen) for who, fen in s.execute(statement) if fen})


def test_a_sale_is_what_came_in_and_whose_it_is_to_the_fen(trade: Trade):
    trade.sell({"honey": 1}, courier=True)
    sale = entries(trade)[0]
    assert sale.kind is EntryKind.SALE
    # 49.99 by 76/8/7/1/5/3 per cent, and 8.00 of freight; the largest remainders take what is left over.
    assert balances(trade, entry_id=sale.id) == {
        Account.PROVIDER_CLEARING: 5799,
        Account.HOUSEHOLD_PAYABLE: -3799,
        Account.PACKING_PAYABLE: -400,
        Account.FREIGHT_PAYABLE: -(350 + 800),
        Account.FEE_RESERVE: -50,
        Account.VILLAGE_FUND: -250,
        Account.SHOP_INCOME: -150,
    }
    assert earned(trade) == figures(trade) == {"li": 2533, "chen": 1266}


def test_a_fee_is_taken_from_what_prices_set_aside_for_it(trade: Trade):
    trade.sell({"tea": 1})
    fee = entries(trade)[1]
    assert fee.kind is EntryKind.PAYMENT_FEE
    assert balances(trade, entry_id=fee.id) == {Account.FEE_RESERVE: 41, Account.PROVIDER_CLEARING: -41}


def test_a_transfer_stands_in_the_bank_and_costs_no_fee(trade: Trade):
    trade.sell({"tea": 2}, method="bank_transfer")
    assert [entry.kind for entry in entries(trade)] == [EntryKind.SALE]
    assert balances(trade)[Account.BANK] == 13600
    assert Account.PROVIDER_CLEARING not in balances(trade)


def test_a_gift_box_pays_everybody_whose_goods_are_in_it(trade: Trade):
    order_id = trade.sell({"box": 1})
    whole = trade.run(lambda s: order_money(s, order_id).by_sale)
    assert whole.household == sum(earned(trade).values()) == 13511
    assert set(earned(trade)) >= {"li", "chen"}
    assert whole.total == trade.order_row(order_id).total_fen == 17777


def test_the_order_page_names_only_households_that_agreed_with_what_they_get(trade: Trade):
    order_id = trade.sell({"honey": 1})
    agreed = sa.update(Household).values(consented_at=sa.case((Household.alias_zh == "li家", trade.now)))
    trade.run(lambda s: s.execute(agreed))
    shown = trade.run(lambda s: household_parts_of_order(s, order_id))
    assert [(part.alias_zh, part.fen) for part in shown] == [("li家", 2533), ("", 1266)]


def test_an_unpaid_order_is_not_in_the_books(trade: Trade):
    order_id = trade.order({"tea": 1})
    assert entries(trade) == []
    assert trade.run(lambda s: order_money(s, order_id)) is None
    trade.cancel(order_id)
    assert entries(trade) == []


def test_what_a_declined_task_earned_goes_with_its_units(trade: Trade):
    order_id = trade.sell({"tea": 3})
    before = earned(trade)
    declined = trade.decline(order_id)
    moved = entries(trade)[-1]
    assert moved.kind is EntryKind.REASSIGNMENT
    assert sum(earned(trade).values()) == sum(before.values()) == declined.earns_fen
    assert set(earned(trade)).isdisjoint(before)
    assert earned(trade) == figures(trade)
    assert Account.PROVIDER_CLEARING not in balances(trade, entry_id=moved.id)


def test_units_that_wait_for_a_household_keep_their_money_until_they_are_refunded(trade: Trade):
    order_id = trade.sell({"eggs": 2})  # nobody else has eggs
    trade.decline(order_id)
    assert [entry.kind for entry in entries(trade)] == [EntryKind.SALE, EntryKind.PAYMENT_FEE]
    assert earned(trade) == figures(trade) == {"yu": 8968}
    trade.call_off(order_id)
    assert earned(trade) == figures(trade) == {}


def test_a_reversal_takes_every_part_back_but_the_fee(trade: Trade):
    order_id = trade.sell({"tea": 2, "honey": 1})
    assert earned(trade)
    trade.call_off(order_id)
    sale, _, back = entries(trade)
    assert (back.kind, back.reverses_id) == (EntryKind.REVERSAL, sale.id)
    assert balances(trade) == {Account.PROVIDER_CLEARING: -112, Account.FEE_RESERVE: 112}
    assert earned(trade) == figures(trade) == {}


def test_a_reversal_after_a_reassignment_takes_back_from_who_has_it_now(trade: Trade):
    order_id = trade.sell({"tea": 2})
    trade.decline(order_id)
    trade.call_off(order_id)
    assert earned(trade) == figures(trade) == {}


def test_a_refund_that_the_shop_bears_leaves_households_theirs(trade: Trade):
    order_id = trade.sell({"tea": 1})
    trade.deliver(order_id)
    before = earned(trade)
    trade.refund(order_id)
    assert entries(trade)[-1].kind is EntryKind.REFUND
    assert balances(trade)[Account.REFUNDS_BORNE] == 6800
    assert earned(trade) == figures(trade) == before


def test_money_that_no_order_could_use_belongs_to_nobody_and_leaves_nothing(trade: Trade):
    order_id = trade.order({"tea": 1}, method="bank_transfer")
    (payment,) = trade.payments(order_id)
    trade.cancel(order_id)
    trade.transfer(payment.id, payment.amount_fen)
    assert trade.payments(order_id)[0].status is PaymentStatus.ORPHANED
    assert balances(trade) == {Account.BANK: 6800, Account.SUSPENSE: -6800}
    assert earned(trade) == figures(trade) == {}
    trade.send_refunds()
    assert balances(trade) == {}
    assert {entry.kind for entry in entries(trade)} == {EntryKind.RECEIPT}


def test_hearing_everything_again_posts_nothing(trade: Trade):
    kept, undone = trade.sell({"tea": 2, "box": 1}), trade.sell({"honey": 1})
    trade.decline(kept)
    trade.call_off(undone)
    before = [entry.reference for entry in entries(trade)]
    income = figures(trade)
    paid = [(order_id, trade.payments(order_id)[0].id) for order_id in (kept, undone)]

    def again(session):
        for order_id, payment_id in paid:
            book_sale(session, OrderConfirmed(order_id, payment_id))
            book_fee(session, FeeKnown(payment_id))
        for refund in session.scalars(sa.select(Refund)):
            book_refund(session, RefundSucceeded(refund.id, refund.order_id))

    trade.run(again)
    assert [entry.reference for entry in entries(trade)] == before
    assert figures(trade) == income


def test_a_sale_on_terms_is_a_receivable(trade: Trade):
    trade.sell_on_terms({"tea": 1})
    assert balances(trade)[Account.RECEIVABLES] == 6800
    assert sum(earned(trade).values()) == 5168


def test_the_books_refuse_what_does_not_balance(trade: Trade):
    def post_wrong(session):
        amounts = {Place(Account.BANK): 5, Place(Account.SHOP_INCOME): -4}
        post(session, EntryKind.SALE, "wrong", amounts, now=trade.now)

    with pytest.raises(OutOfBalance):
        trade.run(post_wrong)


@pytest.mark.parametrize(
    "verb", ["UPDATE postings SET amount_fen = amount_fen + 1", "DELETE FROM journal_entries"]
)
def test_nobody_alters_the_books_afterwards(trade: Trade, verb: str):
    trade.sell({"tea": 1})
    with pytest.raises(sa.exc.IntegrityError, match="can only grow"):
        trade.run(lambda session: session.execute(sa.text(verb)))


def test_a_household_reads_what_it_earned_what_is_on_its_way_and_what_is_due(trade: Trade):
    done, going, undone = (trade.sell({"honey": 1}) for _ in range(3))
    trade.deliver(done)
    li = [trade.shop.households["li"]]
    assert trade.tasks(going, TaskStatus.OPEN)
    trade.cancel(undone, also_confirmed=True)  # its refund is still on the way
    money = trade.run(lambda s: household_money(s, li))
    assert (money.earned, money.on_its_way, money.due, money.paid) == (5066, 2533, 2533, 0)
    trade.send_refunds()
    assert trade.run(lambda s: household_money(s, li)) == money
    run = trade.close()
    drafted = trade.run(lambda s: household_money(s, li))
    assert (drafted.due, drafted.being_paid, drafted.on_its_way) == (0, 2533, 2533)
    drop = {"reason": "记错了", "actor_id": trade.admin_id, "now": trade.now}
    trade.run(lambda s: discard_run(s, run.number, **drop))
    assert trade.run(lambda s: household_money(s, li)) == money, "dropped, it is due as before"


def test_each_event_is_one_entry(trade: Trade):
    order_id = trade.sell({"tea": 3})
    trade.decline(order_id)
    trade.deliver(order_id)
    trade.refund(order_id, bearer=RefundBearer.SHOP)
    assert Counter(entry.kind for entry in entries(trade)) == Counter(
        [EntryKind.SALE, EntryKind.PAYMENT_FEE, EntryKind.REASSIGNMENT, EntryKind.REFUND]
    )
