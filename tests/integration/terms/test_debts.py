"""An order on terms from its acceptance to its settled debt; every invariant is asked at the end of each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from shop.accounts.models import OrganisationMember, User
from shop.accounts.shop_settings import set_shop_settings
from shop.accounts.terms import (
    Asked,
    OwnProposal,
    TermsProposed,
    approve_terms,
    end_terms,
    grant_of,
    grants_of_buyer,
    propose_terms,
    versions_of,
)
from shop.inventory.stock_state import refresh_stock_state
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput, NotFound
from shop.ledger.models import Account, JournalEntry, Posting
from shop.ledger.organisation_statement import organisation_statement
from shop.ordering.basket import BasketOwner
from shop.ordering.models import OrderStatus
from shop.payments.bank import agree_to, confirm_transfer
from shop.payments.cancelling import CancelOutcome
from shop.payments.errors import NothingToPay, WrongTransferAmount
from shop.payments.models import PaymentStatus, Refund, RefundStatus
from shop.payments.reconciling import reconcile
from shop.payments.second_person import waiting_proposals
from shop.payments.terms.debts import open_debts, owed_by_age
from shop.payments.terms.errors import DebtAlreadyProposed, MoreThanOwed, NoTerms, OverLimit, OwnWriteOff
from shop.payments.terms.write_offs import agree_to_write_off, withdraw_write_off, write_off
from shop.payments.work_list import payment_work
from shop.reports.all_reports import find_report
from shop.reports.definition import Span
from shop.reports.running import stream_rows
from tests.factories.buying import an_account
from tests.factories.organisations import add_union
from tests.factories.trade import Trade

TEA = 6800


def balance(trade: Trade, account: Account) -> int:
    wanted = sa.select(sa.func.coalesce(sa.func.sum(Posting.amount_fen), 0)).where(Posting.account == account)
    return int(trade.run(lambda session: session.scalar(wanted)))


def entries(trade: Trade) -> list[str]:
    return trade.run(lambda session: list(session.scalars(sa.select(JournalEntry.reference))))


def place(trade: Trade, goods: dict[str, int]) -> int:
    """An order of the union's buyer that is not accepted yet."""
    return trade._place(goods, courier=False, method="on_account", by=BasketOwner(user_id=trade.union_id))


def limit(trade: Trade, fen: int, *, days: int = 30, hold_days: int | None = None) -> None:
    """Other terms, by two persons."""
    first, second = finance(trade), finance(trade)
    asked = Asked(fen, days, hold_days)
    trade.run(lambda s: propose_terms(s, trade.organisation_id, asked, actor_id=first, now=trade.now))
    [waiting] = [one for one in versions(trade) if one.state == "proposed"]
    assert trade.run(lambda s: approve_terms(s, waiting.terms.id, actor_id=second, now=trade.now))


def versions(trade: Trade):
    return trade.run(lambda session: versions_of(session, trade.organisation_id))


def finance(trade: Trade) -> int:
    def add(session):
        trade.asked += 1
        person = User(email=f"finance{trade.asked}@shop.example", name="f", created_at=trade.now)
        session.add(person)
        session.flush()
        return person.id

    return trade.run(add)


def second_person_above(trade: Trade, yuan: int) -> None:
    typed = {"second_person_above_yuan": str(yuan)}
    trade.run(lambda session: set_shop_settings(session, typed, actor_id=None, now=trade.now))


def test_an_order_on_terms_is_confirmed_at_once_and_owed(trade: Trade):
    order_id = trade.sell_on_terms({"tea": 1})
    order, debt = trade.order_row(order_id), trade.debt(order_id)
    assert (order.status, order.organisation_id) == (OrderStatus.CONFIRMED, trade.organisation_id)
    assert trade.tasks(order_id), "its households are told"
    assert (debt.status, debt.due_fen) == (PaymentStatus.PENDING, TEA)
    assert shanghai_date(debt.expires_at) == shanghai_date(trade.now) + timedelta(days=30)
    assert balance(trade, Account.RECEIVABLES) == TEA


def test_accepting_twice_is_once(trade: Trade):
    order_id = place(trade, {"tea": 1})
    assert trade.accept_on_terms(order_id) == trade.accept_on_terms(order_id)
    assert len(trade.payments(order_id)) == 1
    assert balance(trade, Account.RECEIVABLES) == TEA


def test_its_transfer_settles_the_debt_once(trade: Trade):
    order_id = trade.sell_on_terms({"tea": 1})
    trade.settle(order_id)
    again = {"actor_id": trade.admin_id, "now": trade.now}
    [paid] = trade.payments(order_id)
    trade.run(lambda session: confirm_transfer(session, paid.id, TEA, **again))
    assert (paid.status, paid.received_fen) == (PaymentStatus.SUCCEEDED, TEA)
    assert (balance(trade, Account.RECEIVABLES), balance(trade, Account.BANK)) == (0, TEA)
    assert entries(trade).count(f"settlement:payment:{paid.id}") == 1


def test_a_debt_is_settled_to_the_fen_or_not_at_all(trade: Trade):
    debt = trade.debt(trade.sell_on_terms({"tea": 1}))
    for fen in (TEA - 1, TEA + 1):
        with pytest.raises(WrongTransferAmount):
            trade.transfer(debt.id, fen)
    assert balance(trade, Account.RECEIVABLES) == TEA


def test_no_more_than_the_limit_is_owed_at_once(trade: Trade):
    limit(trade, 2 * TEA)
    first = trade.sell_on_terms({"tea": 1})
    trade.sell_on_terms({"tea": 1})
    third = place(trade, {"tea": 1})
    with pytest.raises(OverLimit) as refused:
        trade.accept_on_terms(third)
    assert refused.value.facts["owed"] == "136.00"
    assert trade.order_row(third).status is OrderStatus.AWAITING_PAYMENT
    trade.settle(first)
    trade.accept_on_terms(third)
    assert trade.order_row(third).status is OrderStatus.CONFIRMED


def test_only_who_buys_for_an_organisation_with_terms_buys_on_account(trade: Trade):
    stranger = trade.run(lambda session: an_account(session, now=trade.now))
    order_id = trade._place({"tea": 1}, courier=False, method="on_account", by=stranger)
    with pytest.raises(NoTerms):
        trade.accept_on_terms(order_id)

    def look_only(session):
        session.get_one(OrganisationMember, (trade.organisation_id, trade.union_id)).role = "viewer"

    trade.run(look_only)
    with pytest.raises(NoTerms):
        trade.sell_on_terms({"tea": 1})


def test_ended_terms_take_no_order_and_forgive_nothing(trade: Trade):
    trade.sell_on_terms({"tea": 1})
    [version] = versions(trade)
    ended = {"actor_id": trade.admin_id, "now": trade.now}
    assert trade.run(lambda s: end_terms(s, version.terms.id, "合同到期", **ended))
    assert not trade.run(lambda s: end_terms(s, version.terms.id, "合同到期", **ended))
    with pytest.raises(NoTerms):
        trade.sell_on_terms({"tea": 1})
    assert balance(trade, Account.RECEIVABLES) == TEA


def test_terms_need_two_persons(trade: Trade):
    first, asked = finance(trade), Asked(100_000, 60, 10, "合同")
    by = {"actor_id": first, "now": trade.now}
    propose = lambda s: propose_terms(s, trade.organisation_id, asked, **by)  # noqa: E731
    trade.run(propose)
    trade.run(propose)
    waiting = versions(trade)[0]
    assert [one.state for one in versions(trade)] == ["proposed", "in_force"]
    with pytest.raises(OwnProposal):
        trade.run(lambda s: approve_terms(s, waiting.terms.id, **by))
    other = {"actor_id": finance(trade), "now": trade.now}
    with pytest.raises(TermsProposed):
        trade.run(lambda s: propose_terms(s, trade.organisation_id, Asked(1, 1, None), **other))
    assert trade.run(lambda s: approve_terms(s, waiting.terms.id, **other))
    assert not trade.run(lambda s: approve_terms(s, waiting.terms.id, **other))
    assert [one.state for one in versions(trade)] == ["in_force", "ended"]
    granted = trade.run(lambda s: grant_of(s, trade.organisation_id))
    assert (granted.limit_fen, granted.days, granted.hold_days) == (100_000, 60, 10)


def test_a_proposal_that_was_taken_back_is_never_in_force(trade: Trade):
    by = {"actor_id": finance(trade), "now": trade.now}
    trade.run(lambda s: propose_terms(s, trade.organisation_id, Asked(5, 5, None), **by))
    waiting = versions(trade)[0].terms.id
    trade.run(lambda s: end_terms(s, waiting, "填错了", **by))
    other = finance(trade)
    with pytest.raises(NotFound):
        trade.run(lambda s: approve_terms(s, waiting, actor_id=other, now=trade.now))
    assert versions(trade)[0].state == "withdrawn"


@pytest.mark.parametrize(
    ("asked", "field"),
    [(Asked(-1, 30, None), "limit"), (Asked(10**12, 30, None), "limit"), (Asked(0, 0, None), "days"),
     (Asked(0, 366, None), "days"), (Asked(0, 30, 61), "hold_days")],
)  # fmt: skip
def test_terms_that_cannot_be_meant_are_refused_by_field(trade: Trade, asked: Asked, field: str):
    with pytest.raises(InvalidInput) as refused:
        trade.run(lambda s: propose_terms(s, trade.organisation_id, asked, actor_id=1, now=trade.now))
    assert set(refused.value.errors) == {field}


def test_goods_are_held_for_a_transfer_as_long_as_the_terms_say(trade: Trade):
    by = BasketOwner(user_id=trade.union_id)
    usual = trade._place({"tea": 1}, courier=True, method="bank_transfer", by=by)
    trade.attempt(usual)
    limit(trade, 0, hold_days=20)
    longer = trade._place({"tea": 1}, courier=True, method="bank_transfer", by=by)
    trade.attempt(longer)
    days = [
        (shanghai_date(trade.payments(one)[0].expires_at) - shanghai_date(trade.now)).days
        for one in (usual, longer)
    ]
    assert days == [7, 28], "five and twenty working days"
    assert [grant.limit_fen for grant in trade.run(lambda s: grants_of_buyer(s, trade.union_id))] == [0]
    with pytest.raises(NoTerms):
        trade.sell_on_terms({"tea": 1})


def test_a_refund_before_payment_makes_the_debt_smaller_at_once(trade: Trade):
    order_id = trade.sell_on_terms({"tea": 2})
    trade.ready(order_id)
    trade.ship(order_id)
    trade.part_refund(order_id, "household", units={"tea": 1})
    [refund] = trade.run(lambda s: list(s.scalars(sa.select(Refund))))
    assert (refund.status, refund.is_credit) == (RefundStatus.SUCCEEDED, True)
    assert trade.debt(order_id).due_fen == TEA
    assert (balance(trade, Account.RECEIVABLES), balance(trade, Account.BANK)) == (TEA, 0)
    trade.settle(order_id)
    trade.part_refund(order_id, "shop", free_fen=500)
    assert balance(trade, Account.BANK) == TEA - 500, "after payment money goes back"
    assert trade.order_row(order_id).refunded_fen == TEA + 500


def test_never_more_is_credited_than_is_owed(trade: Trade):
    order_id = trade.sell_on_terms({"tea": 1})
    trade.refund(order_id)
    [debt] = trade.payments(order_id)
    assert (debt.status, debt.due_fen) == (PaymentStatus.EXPIRED, 0)
    with pytest.raises(Exception, match="No payment of this order"):
        trade.part_refund(order_id, "shop", free_fen=1)


def test_a_buyer_who_calls_an_order_on_terms_off_owes_nothing(trade: Trade):
    order_id = trade.sell_on_terms({"tea": 2})
    assert trade.cancel(order_id, also_confirmed=True) is CancelOutcome.REFUNDING
    assert trade.order_row(order_id).status is OrderStatus.CANCELLED
    assert balance(trade, Account.RECEIVABLES) == balance(trade, Account.HOUSEHOLD_PAYABLE) == 0
    assert trade.run(lambda s: open_debts(s, trade.organisation_id)) == []


def test_bank_charges_are_given_up_and_the_rest_settles_the_debt(trade: Trade):
    order_id = trade.sell_on_terms({"tea": 1})
    assert trade.give_up(order_id, 50)
    assert trade.debt(order_id).due_fen == TEA - 50
    trade.settle(order_id)
    assert (balance(trade, Account.WRITE_OFFS), balance(trade, Account.RECEIVABLES)) == (50, 0)
    assert balance(trade, Account.BANK) == TEA - 50


def test_a_debt_that_is_given_up_whole_leaves_the_households_their_money(trade: Trade):
    order_id = trade.sell_on_terms({"honey": 1})
    trade.deliver(order_id)
    assert trade.close() is None, "no money came"
    assert trade.give_up(order_id, 4999)
    assert trade.close().total_fen == 3799, "the shop bears it"


def test_much_is_given_up_by_two_persons_only(trade: Trade):
    second_person_above(trade, 10)
    order_id = trade.sell_on_terms({"tea": 1})
    assert trade.give_up(order_id, 5000) is False
    assert trade.debt(order_id).due_fen == TEA
    with pytest.raises(DebtAlreadyProposed):
        trade.give_up(order_id, 100)
    with pytest.raises(OwnWriteOff):
        trade.run(lambda s: agree_to_write_off(s, 1, actor_id=trade.admin_id, now=trade.now))
    other = {"actor_id": finance(trade), "now": trade.now}
    assert trade.run(lambda s: agree_to_write_off(s, 1, **other))
    assert not trade.run(lambda s: agree_to_write_off(s, 1, **other)), "agreed once"
    assert trade.debt(order_id).due_fen == TEA - 5000


def test_what_was_proposed_to_be_given_up_is_taken_back(trade: Trade):
    second_person_above(trade, 0)
    order_id = trade.sell_on_terms({"tea": 1})
    trade.give_up(order_id, 5000)
    by = {"actor_id": trade.admin_id, "now": trade.now}
    assert trade.run(lambda s: withdraw_write_off(s, 1, **by))
    other = finance(trade)
    assert not trade.run(lambda s: agree_to_write_off(s, 1, actor_id=other, now=trade.now))
    assert balance(trade, Account.WRITE_OFFS) == 0


@pytest.mark.parametrize("fen", [0, -1, TEA + 1])
def test_nothing_and_more_than_is_owed_cannot_be_given_up(trade: Trade, fen: int):
    order_id = trade.sell_on_terms({"tea": 1})
    with pytest.raises(MoreThanOwed):
        trade.give_up(order_id, fen)


def test_the_same_form_sent_twice_gives_up_once(trade: Trade):
    debt = trade.debt(trade.sell_on_terms({"tea": 1}))
    once = {"token": "same", "actor_id": trade.admin_id, "now": trade.now}
    for _ in range(2):
        assert trade.run(lambda s: write_off(s, debt.id, 100, "手续费", **once))
    assert balance(trade, Account.WRITE_OFFS) == 100


def test_an_open_attempt_ends_before_an_order_is_accepted_on_terms(trade: Trade):
    by = BasketOwner(user_id=trade.union_id)
    order_id = trade._place({"tea": 1}, courier=False, method="bank_transfer", by=by)
    trade.attempt(order_id)
    trade.accept_on_terms(order_id)
    assert [one.status for one in trade.payments(order_id)] == [PaymentStatus.EXPIRED, PaymentStatus.PENDING]
    assert trade.order_row(order_id).payment_method == "on_account"


def test_a_paid_order_is_not_accepted_on_terms_as_well(trade: Trade):
    with pytest.raises(NothingToPay):
        trade.accept_on_terms(trade.sell({"tea": 1}))


def test_a_debt_never_expires_and_never_waits_among_stuck_payments(trade: Trade):
    order_id = trade.sell_on_terms({"tea": 1})
    later = trade.now + timedelta(days=200)
    reconcile(trade.unit_of_work, trade.providers, now=later, everything=True)
    assert trade.debt(order_id).status is PaymentStatus.PENDING
    assert trade.run(lambda s: payment_work(s, now=later)).total == 0


@pytest.mark.parametrize(
    ("days", "age"), [(30, 0), (31, 1), (60, 1), (61, 2), (90, 2), (91, 3), (120, 3), (121, 4)]
)
def test_a_debt_ages_by_whole_days_past_its_due_day(trade: Trade, days: int, age: int):
    trade.sell_on_terms({"tea": 1})
    [owed] = trade.run(lambda s: owed_by_age(s, now=trade.now + timedelta(days=days)))
    assert [place for place, fen in enumerate(owed.ages) if fen] == [age]
    assert (owed.owed_fen, owed.overdue_fen) == (TEA, TEA if age else 0)


def test_the_statement_goes_from_what_was_owed_to_what_is_owed(trade: Trade):
    trade.sell_on_terms({"tea": 1})
    before = shanghai_date(trade.now)
    trade.now += timedelta(days=1)
    today = shanghai_date(trade.now)
    paid, off = trade.sell_on_terms({"tea": 1}), trade.sell_on_terms({"honey": 1})
    trade.settle(paid)
    trade.give_up(off, 99)
    says = trade.run(lambda s: organisation_statement(s, trade.organisation_id, today, today))
    assert (says.opening_fen, says.bought_fen, says.paid_fen, says.credited_fen) == (TEA, TEA + 4999, TEA, 99)
    assert says.closing_fen == TEA + 4999 - 99 == balance(trade, Account.RECEIVABLES)
    assert says.lines[-1].balance_fen == says.closing_fen
    first = trade.run(lambda s: organisation_statement(s, trade.organisation_id, before, before))
    assert (first.opening_fen, first.closing_fen) == (0, TEA)


def test_another_organisations_terms_are_not_mine(trade: Trade):
    stranger = trade.run(lambda session: an_account(session, now=trade.now))
    assert trade.run(lambda s: grants_of_buyer(s, stranger.user_id)) == []
    assert trade.run(lambda s: grants_of_buyer(s, None)) == []


def test_who_buys_for_two_organisations_says_for_which(trade: Trade):
    from_other = trade.run(lambda session: _second_union(session, trade))
    order_id = place(trade, {"tea": 1})
    trade.organisation_id, own = None, trade.organisation_id
    with pytest.raises(NoTerms):
        trade.accept_on_terms(order_id)
    trade.organisation_id = from_other
    trade.accept_on_terms(order_id)
    assert trade.order_row(order_id).organisation_id == from_other != own


def _second_union(session, trade: Trade) -> int:
    _, organisation_id = add_union(session, now=trade.now, slug="school")
    member = OrganisationMember(organisation_id=organisation_id, user_id=trade.union_id, role="owner")
    session.add(member)
    session.flush()
    return organisation_id


ORACLE = """
    SELECT o.number, p.amount_fen - p.credited_fen, p.expires_at FROM payments p JOIN orders o ON o.id = p.order_id
    WHERE p.provider = 'on_account' AND p.status = 'pending' ORDER BY o.number
"""


def test_the_report_of_receivables_says_what_plain_rows_say(trade: Trade):
    """By order, due day and age, asked seventy days later."""
    kept = [trade.sell_on_terms({"tea": number}) for number in (1, 2)]
    trade.give_up(kept[0], 77)
    trade.settle(trade.sell_on_terms({"honey": 1}))
    limit(trade, 10**8, days=60)
    trade.sell_on_terms({"honey": 2})
    trade.sell({"tea": 1})
    now = trade.now + timedelta(days=70)
    plain = trade.run(lambda s: s.execute(sa.text(ORACLE)).all())
    wanted = {}
    for number, fen, expires_at in plain:
        due_on = shanghai_date(datetime.fromisoformat(f"{expires_at}").replace(tzinfo=UTC))
        late = (shanghai_date(now) - due_on).days
        age = next((place for place, most in enumerate((0, 30, 60, 90)) if late <= most), 4)
        wanted[number] = (due_on, fen, *(fen if place == age else 0 for place in range(5)))
    span = Span(shanghai_date(now), shanghai_date(now))
    with time_machine.travel(now, tick=False):
        rows = trade.run(lambda s: list(stream_rows(s, find_report("receivables"), span, "zh")))
    assert {row[1]: tuple(row[4:]) for row in rows} == wanted
    assert {row[0] for row in rows} == {"校工会 union"}
    assert [fen for _, fen, *_ in wanted.values()].count(TEA - 77) == 1


def test_the_report_of_a_past_day_says_what_was_owed_then_and_how_old_it_was(trade: Trade):
    """Accepted on one day, a part given up ten days later, the rest paid after forty: thirty days were agreed."""
    order_id = trade.sell_on_terms({"tea": 1})
    began = trade.now
    trade.now = began + timedelta(days=10)
    trade.give_up(order_id, 77)
    trade.now = began + timedelta(days=40)
    trade.settle(order_id)

    def owed(days: int) -> list[tuple]:
        day = shanghai_date(began + timedelta(days=days))
        report = find_report("receivables")
        return [
            tuple(row)[5:] for row in trade.run(lambda s: list(stream_rows(s, report, Span(day, day), "zh")))
        ]

    assert owed(-1) == []
    assert owed(0) == [(TEA, TEA, 0, 0, 0, 0)]
    assert owed(10) == owed(30) == [(TEA - 77, TEA - 77, 0, 0, 0, 0)]
    assert owed(31) == owed(39) == [(TEA - 77, 0, TEA - 77, 0, 0, 0)]
    assert owed(40) == []
    trade.run(lambda s: refresh_stock_state(s, now=trade.now))


def test_money_of_a_settled_debt_is_sent_back_by_two_persons_where_it_is_much(trade: Trade):
    order_id = trade.sell_on_terms({"tea": 1})
    trade.ready(order_id)
    trade.ship(order_id)
    trade.settle(order_id)
    second_person_above(trade, 10)
    trade.part_refund(order_id, "shop", free_fen=5000)
    [proposal] = trade.run(waiting_proposals).items
    assert (proposal.is_refund, proposal.instead) == (True, False)
    assert balance(trade, Account.BANK) == TEA, "one person's word books nothing"
    other = finance(trade)
    trade.run(lambda s: agree_to(s, proposal.id, actor_id=other, now=trade.now))
    assert balance(trade, Account.BANK) == TEA - 5000
