"""Refunds that somebody bears: who gives what, never too much, and every face says the same."""

from __future__ import annotations

from contextlib import suppress

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from shop.inventory.models import HouseholdMonth
from shop.kit.errors import InvalidInput, ShopError
from shop.kit.money import split
from shop.ledger.bearing import Part, Supplied, Supply, by_households, by_villages
from shop.ledger.bearing_preview import preview_bearing
from shop.ledger.models import Account, JournalEntry, PayoutStatus, Posting
from shop.ledger.posting import Place
from shop.ordering.models import Order, OrderLine
from shop.payments.errors import NothingToRefund, RefundTooLarge
from shop.payments.models import Refund, RefundBearer, RefundStatus
from shop.payments.refund_limits import UnitsOfLine, left_to_refund
from shop.payments.refunds import retry_refund
from shop.storage.unit_of_work import UnitOfWork
from tests.factories.payouts import pay_in_cash
from tests.factories.trade import Trade, open_for_trade

BEARERS = ("shop", "household", "village", "courier")


def given_by(trade: Trade, refund_id: int) -> dict[Account, int]:
    """What the entry of a refund takes from each account, money aside."""
    statement = (
        sa.select(Posting.account, sa.func.sum(Posting.amount_fen))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(JournalEntry.reference == f"refund:{refund_id}", Posting.amount_fen > 0)
        .group_by(Posting.account)
    )
    return {account: int(fen) for account, fen in trade.run(lambda session: session.execute(statement).all())}


def owed_to_households(trade: Trade, order_id: int) -> dict[int, int]:
    statement = (
        sa.select(Posting.household_id, -sa.func.sum(Posting.amount_fen))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(JournalEntry.order_id == order_id, Posting.account == Account.HOUSEHOLD_PAYABLE)
        .group_by(Posting.household_id)
    )
    return {
        household: int(fen) for household, fen in trade.run(lambda session: session.execute(statement).all())
    }


@pytest.fixture
def come(trade: Trade):
    """An order whose goods are on their way to the buyer: pooled honey of two households, with a courier's freight."""
    order_id = trade.sell({"honey": 3}, courier=True)
    trade.ship(order_id)
    return order_id


def test_households_give_what_the_units_earned_by_their_shares_and_the_shop_the_rest(trade, come):
    before = owed_to_households(trade, come)
    refund_id = trade.part_refund(come, "household", units={"honey": 1})
    given = given_by(trade, refund_id)
    a_third = sum(before.values()) // 3
    assert given == {Account.HOUSEHOLD_PAYABLE: a_third, Account.REFUNDS_BORNE: 4999 - a_third}
    after = owed_to_households(trade, come)
    shares = dict(zip(sorted(before), split(a_third, [before[one] for one in sorted(before)]), strict=True))
    assert after == {household: before[household] - shares[household] for household in before}


def test_a_smaller_amount_for_units_is_theirs_alone(trade, come):
    refund_id = trade.part_refund(come, "household", units={"honey": 1}, fen=500)
    assert given_by(trade, refund_id) == {Account.HOUSEHOLD_PAYABLE: 500}


def test_unit_by_unit_takes_as_much_as_all_at_once_and_leaves_nobody_below_nothing(trade, come):
    before = sum(owed_to_households(trade, come).values())
    given = [
        given_by(trade, trade.part_refund(come, "household", units={"honey": 1}))[Account.HOUSEHOLD_PAYABLE]
        for _ in range(3)
    ]
    assert sum(given) == before
    assert set(owed_to_households(trade, come).values()) == {0}


@pytest.mark.parametrize("free_fen", [0, 500])
def test_a_unit_costs_households_what_it_earned_whoever_bore_another_one(trade, come, free_fen):
    """Of three jars the shop bore the first; what is asked of households for the others does not grow by that."""
    earned = sum(owed_to_households(trade, come).values())
    trade.part_refund(come, "shop", units={"honey": 1})
    if free_fen:
        trade.part_refund(come, "household", free_fen=free_fen)
    for borne in (1, 2):
        trade.part_refund(come, "household", units={"honey": 1})
        left = sum(owed_to_households(trade, come).values())
        assert earned - free_fen - left == pytest.approx(earned * borne / 3, abs=2)


@pytest.mark.parametrize(
    ("bearer", "account"),
    [
        ("shop", Account.REFUNDS_BORNE),
        ("village", Account.VILLAGE_FUND),
        ("courier", Account.FREIGHT_PAYABLE),
    ],
)
def test_others_bear_it_alone_and_the_households_keep_their_money(trade, come, bearer, account):
    before = owed_to_households(trade, come)
    refund_id = trade.part_refund(come, bearer, units={"honey": 1}, freight_fen=100, free_fen=1)
    assert given_by(trade, refund_id) == {account: 4999 + 100 + 1}
    assert owed_to_households(trade, come) == before


@pytest.fixture
def of_two_kinds(trade: Trade) -> int:
    """Tea of one household and honey of others, both with the buyer."""
    order_id = trade.sell({"honey": 1, "tea": 1}, courier=True)
    trade.ship(order_id)
    return order_id


def by_sku(trade: Trade, order_id: int) -> dict[str, int]:
    """What the goods of each line still earn their households."""
    statement = (
        sa.select(OrderLine.sku, -sa.func.sum(Posting.amount_fen))
        .join(Posting, Posting.order_line_id == OrderLine.id)
        .where(OrderLine.order_id == order_id, Posting.account == Account.HOUSEHOLD_PAYABLE)
        .group_by(OrderLine.sku)
    )
    return {sku: int(fen) for sku, fen in trade.run(lambda session: session.execute(statement).all())}


@pytest.mark.parametrize("goods", ["", "write_off"])
def test_freight_and_an_amount_are_borne_by_those_alone_whose_goods_are_chosen(trade, of_two_kinds, goods):
    before = by_sku(trade, of_two_kinds)
    refund_id = trade.part_refund(
        of_two_kinds, "household", units={"tea": 1}, fen=100, freight_fen=200, free_fen=300, goods=goods
    )
    assert given_by(trade, refund_id) == {Account.HOUSEHOLD_PAYABLE: 600}
    assert by_sku(trade, of_two_kinds) == {**before, "tea": before["tea"] - 600}


def test_what_those_did_not_earn_whose_goods_are_chosen_the_shop_bears(trade, of_two_kinds):
    before = by_sku(trade, of_two_kinds)
    trade.part_refund(of_two_kinds, "household", units={"tea": 1}, fen=100, free_fen=before["tea"] + 50)
    assert by_sku(trade, of_two_kinds) == {**before, "tea": 0}


def test_freight_beside_goods_that_are_back_in_stock_is_not_borne_by_the_other_households(
    trade, of_two_kinds
):
    before = by_sku(trade, of_two_kinds)
    refund_id = trade.part_refund(
        of_two_kinds, "household", units={"tea": 1}, freight_fen=200, goods="restock"
    )
    assert by_sku(trade, of_two_kinds) == {**before, "tea": 0}
    assert given_by(trade, refund_id) == {Account.REFUNDS_BORNE: 200}, "the tea earns nobody anything now"


def test_an_amount_without_goods_is_borne_by_all(trade, of_two_kinds):
    before = by_sku(trade, of_two_kinds)
    trade.part_refund(of_two_kinds, "household", free_fen=300)
    after = by_sku(trade, of_two_kinds)
    assert all(after[sku] < before[sku] for sku in before)


def test_the_income_figures_follow_what_a_household_gives(trade, come):
    earned = sa.select(sa.func.sum(HouseholdMonth.earned_fen))
    before = trade.run(lambda session: session.scalar(earned))
    trade.part_refund(come, "household", free_fen=777)
    assert trade.run(lambda session: session.scalar(earned)) == before - 777


def test_a_payout_is_lower_by_what_the_household_bears(trade, come):
    trade.complete(come)
    owed = sum(owed_to_households(trade, come).values())
    trade.part_refund(come, "household", free_fen=777)
    closed = trade.close()
    assert closed is not None
    assert closed.total_fen == owed - 777


def test_what_was_paid_out_before_is_carried_forward(trade, come):
    trade.complete(come)
    trade.close()
    trade.part_refund(come, "household", free_fen=777)
    assert trade.close(days=0) is None
    another = trade.sell({"honey": 3}, courier=True)
    trade.deliver(another)
    owed = sum(owed_to_households(trade, another).values())
    closed = trade.close()
    assert closed is not None
    assert closed.total_fen == owed - 777


def payouts_shown(trade: Trade, order_id: int) -> set[PayoutStatus | None]:
    """What the preview says of the households' money of this order."""
    givers = trade.run(lambda s: preview_bearing(s, order_id, RefundBearer.HOUSEHOLD, [Part(777)]))
    return {giver.payout for giver in givers if giver.account is Account.HOUSEHOLD_PAYABLE}


def test_the_preview_says_what_was_paid_out_and_is_deducted_from_the_next_payout(trade, come):
    assert payouts_shown(trade, come) == {None}
    trade.complete(come)
    trade.close()
    assert payouts_shown(trade, come) == {PayoutStatus.DRAFT}
    pay_in_cash(trade, "li")
    assert payouts_shown(trade, come) == {PayoutStatus.PAID, PayoutStatus.APPROVED}


def test_no_more_units_go_back_than_came(trade, come):
    trade.part_refund(come, "shop", units={"honey": 2})
    with pytest.raises(InvalidInput):
        trade.part_refund(come, "shop", units={"honey": 2})
    trade.part_refund(come, "shop", units={"honey": 1})


def test_no_more_freight_goes_back_than_was_paid(trade, come):
    freight_fen = trade.order_row(come).freight_fen
    trade.part_refund(come, "courier", freight_fen=freight_fen)
    with pytest.raises(InvalidInput):
        trade.part_refund(come, "courier", freight_fen=1)


def test_before_goods_leave_no_household_can_bear_and_no_units_go_back(trade):
    order_id = trade.sell({"tea": 2})
    for bearer in ("household", "village"):
        with pytest.raises(InvalidInput):
            trade.part_refund(order_id, bearer, free_fen=100)
    with pytest.raises(InvalidInput):
        trade.part_refund(order_id, "shop", units={"tea": 1})
    trade.part_refund(order_id, "shop", free_fen=100)
    trade.part_refund(order_id, "courier", free_fen=50)
    trade.call_off(order_id)  # the rest goes back, and nobody keeps or loses anything
    order = trade.order_row(order_id)
    assert order.refunded_fen == order.total_fen


def test_a_called_off_order_gives_nothing_more_back(trade):
    order_id = trade.sell({"tea": 2})
    trade.call_off(order_id)
    with pytest.raises(NothingToRefund):
        trade.part_refund(order_id, "shop", free_fen=1)


def test_a_failed_refund_leaves_room_and_is_not_asked_again_when_the_room_is_taken(trade, come):
    refund_id = trade.part_refund(come, "shop", units={"honey": 3}, fen=1000)
    # As if the provider had said no: the units are free again.
    trade.run(lambda session: _fail(session, refund_id))
    assert trade.run(lambda session: left_to_refund(session, come).lines.popitem()[1].units) == 3
    trade.part_refund(come, "shop", units={"honey": 1})
    with pytest.raises(RefundTooLarge):
        trade.run(lambda session: retry_refund(session, refund_id, actor_id=trade.admin_id, now=trade.now))
    trade.violations = list  # the money did go back: that the provider said no was made up


def _fail(session: Session, refund_id: int) -> None:
    refund = session.get_one(Refund, refund_id)
    refund.status = RefundStatus.FAILED
    session.execute(
        sa.text("UPDATE payments SET refunding_fen = refunding_fen - :fen WHERE id = :id"),
        {"fen": refund.amount_fen, "id": refund.payment_id},
    )


asked = st.tuples(
    st.sampled_from(BEARERS), st.integers(0, 3), st.integers(0, 3), st.integers(0, 700), st.integers(0, 6000)
)


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(refunds=st.lists(asked, min_size=1, max_size=8), ready=st.booleans())
def test_whatever_is_refunded_by_whom_the_books_hold(
    refunds, ready, database_url, session: Session, unit_of_work: UnitOfWork
):
    trade = known.get(database_url) or known.setdefault(database_url, open_for_trade(session, unit_of_work))
    try:
        order_id = trade.sell({"honey": 2, "tea": 1}, courier=True)
    except ShopError:
        return  # sold out by the stories before
    if ready:
        trade.ship(order_id)
    for bearer, honey, tea, freight_fen, free_fen in refunds:
        units = {sku: count for sku, count in (("honey", honey), ("tea", tea)) if count}
        with suppress(ShopError):
            trade.part_refund(order_id, bearer, units=units, freight_fen=freight_fen, free_fen=free_fen)
    assert trade.violations() == []
    order = trade.order_row(order_id)
    assert order.refunded_fen <= order.total_fen
    assert min(owed_to_households(trade, order_id).values()) >= 0
    trade.run(lambda session: _page_is_the_ledger(session, order))


known: dict[str, Trade] = {}


def _page_is_the_ledger(session: Session, order: Order) -> None:
    done = sa.select(sa.func.coalesce(sa.func.sum(Refund.amount_fen), 0)).where(
        Refund.order_id == order.id, Refund.status == RefundStatus.SUCCEEDED
    )
    sent = (
        sa.select(sa.func.coalesce(-sa.func.sum(Posting.amount_fen), 0))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(
            JournalEntry.order_id == order.id,
            JournalEntry.kind == "refund",
            Posting.account == Account.PROVIDER_CLEARING,
        )
    )
    assert session.scalar(done) == session.scalar(sent) == order.refunded_fen


places = st.lists(st.integers(1, 5000), min_size=1, max_size=6)


@given(earned=places, fen=st.integers(1, 20000), units=st.integers(1, 5), left=st.integers(1, 5))
def test_parts_add_up_and_no_household_gives_more_than_it_earned(earned, fen, units, left):
    owned = {Place(Account.HOUSEHOLD_PAYABLE, one, 1, 7, one): each for one, each in enumerate(earned, 1)}
    fine = {Place(Account.HOUSEHOLD_PAYABLE, 99, 1, 8, 99): 5000}
    supplied = [Supplied(7, one, one % 2, each) for one, each in enumerate(earned, 1)]
    other = Supplied(8, 99, 77, 5000)
    supply = Supply([*supplied, other], owned | fine, owned | fine, {7: UnitsOfLine(5, left)})
    parts = [Part(fen, 7, min(units, left)), Part(fen)]
    given_back = by_households(parts, supply)
    assert sum(given_back.values()) == sum(by_villages(parts, supply).values()) == 2 * fen
    assert all(given_back.get(place, 0) <= each for place, each in owned.items())
    assert not set(given_back) & set(fine), "their goods were fine"
    assert Place(Account.VILLAGE_FUND, village_id=77) not in by_villages(parts, supply)
    whole = by_households([Part(fen)], supply)
    assert sum(whole.values()) == fen
    assert set(whole) & set(fine) or whole == {Place(Account.REFUNDS_BORNE): fen}


def test_goods_of_nobody_leave_it_to_the_shop():
    nothing = Supply([], {}, {}, {})
    assert (
        by_households([Part(5)], nothing)
        == by_villages([Part(5)], nothing)
        == {Place(Account.REFUNDS_BORNE): 5}
    )


def test_a_bearer_that_says_the_sale_did_not_happen_is_not_for_a_part(trade, come):
    with pytest.raises(InvalidInput):
        trade.part_refund(come, RefundBearer.REVERSAL, free_fen=1)
