"""Refunded goods: kept, written off, or back in stock; nobody is paid twice for what is sold twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.catalogue.models import Product, StockState
from shop.catalogue.version import current_version
from shop.fulfilment.reach import WORKER
from shop.fulfilment.taking_back import undo_ship
from shop.inventory.errors import RefundedAsReturned, SoldAgain
from shop.inventory.lot_writing import Author
from shop.inventory.lots import withdraw_lot
from shop.inventory.models import HouseholdMonth, Lot, LotChange, ReturnedUnits, ReturnStatus
from shop.inventory.stock_state import refresh_stock_state
from shop.kit.errors import InvalidInput, NotFound
from shop.ledger.bearing import Part
from shop.ledger.bearing_preview import Restocked, givers_of, preview_bearing, preview_restocking
from shop.ledger.models import Account, JournalEntry, Payout, Posting
from shop.ledger.order_money import order_money
from shop.ledger.payouts.payslips import read_payslip
from shop.ledger.posting import posted_for_order
from shop.ordering.models import OrderEvent, OrderLine
from shop.payments.errors import RefundTooLarge
from shop.payments.goods_back import origins_of_order
from shop.payments.goods_returning import write_off_instead
from shop.payments.models import Refund, RefundBearer, RefundStatus
from shop.payments.providers.base import RefundState
from shop.payments.refund_settling import apply_refund_state
from shop.payments.refunds import retry_refund
from shop.reports.all_reports import find_report
from shop.reports.definition import Span
from tests.factories.trade import Trade
from tests.integration.ledger.test_closed_units import balances, owed

TEA, HONEY, BOX = 6800, 4999, 17777
FREE = Part(900)


def send(trade: Trade, goods: dict[str, int], **how) -> int:
    order_id = trade.sell(goods, courier=True, **how)
    trade.ship(order_id)
    return order_id


def lot(trade: Trade, name: str) -> Lot:
    return trade.run(lambda s: s.get_one(Lot, trade.shop.lots[name]))


def units_of(trade: Trade, name: str) -> tuple[int, int, int]:
    one = lot(trade, name)
    return one.available, one.shipped, one.withdrawn


def lot_of_tea(trade: Trade, order_id: int) -> str:
    """The name of the lot that served the tea."""
    [origin] = trade.run(lambda s: origins_of_order(s, order_id, now=trade.now)).popitem()[1]
    return origin.lot_code


def earned(trade: Trade) -> int:
    return trade.run(lambda s: s.scalar(sa.select(sa.func.sum(HouseholdMonth.earned_fen))))


def fail(trade: Trade, refund_id: int) -> None:
    state = RefundState(RefundStatus.FAILED, failure="account closed")
    trade.run(lambda s: apply_refund_state(s, refund_id, state, now=trade.now))


def returned(trade: Trade) -> list[ReturnedUnits]:
    return trade.run(lambda s: s.scalars(sa.select(ReturnedUnits).order_by(ReturnedUnits.id)).all())


def changes(trade: Trade) -> list[tuple[int, int, str]]:
    rows = sa.select(LotChange.returned_change, LotChange.written_off_change, LotChange.reason)
    return trade.run(lambda s: [tuple(row) for row in s.execute(rows.order_by(LotChange.id))])


# What happens to the stock


def test_units_back_in_stock_are_for_sale_again_and_their_lot_says_why(trade: Trade):
    order_id = send(trade, {"tea": 3})
    name = lot_of_tea(trade, order_id)
    available, shipped, withdrawn = units_of(trade, name)
    trade.part_refund(order_id, "shop", units={"tea": 2}, goods="restock")
    assert units_of(trade, name) == (available + 2, shipped - 2, withdrawn)
    assert changes(trade) == [(2, 0, f"{trade.order_row(order_id).number}: dented")]
    kinds = trade.run(
        lambda s: s.scalars(sa.select(OrderEvent.kind).where(OrderEvent.order_id == order_id)).all()
    )
    assert "goods_restocked" in kinds
    actions = trade.run(lambda s: s.scalars(sa.select(AuditEntry.action)).all())
    assert "lot.returned" in actions


def test_units_written_off_are_withdrawn_for_good_and_everybody_keeps_their_part(trade: Trade):
    order_id = send(trade, {"tea": 3})
    name, before = lot_of_tea(trade, order_id), earned(trade)
    available, shipped, withdrawn = units_of(trade, name)
    trade.part_refund(order_id, "shop", units={"tea": 2}, goods="write_off")
    assert units_of(trade, name) == (available, shipped - 2, withdrawn + 2)
    assert changes(trade) == [(0, 2, f"{trade.order_row(order_id).number}: dented")]
    assert earned(trade) == before
    assert balances(trade, order_id)[Account.REFUNDS_BORNE] == 2 * TEA


def test_where_nothing_came_back_the_stock_stays(trade: Trade):
    order_id = send(trade, {"tea": 3})
    name = lot_of_tea(trade, order_id)
    before = units_of(trade, name)
    trade.part_refund(order_id, "shop", units={"tea": 2})
    assert units_of(trade, name) == before
    assert returned(trade) == []


def test_a_sold_out_product_is_in_stock_again_and_public_pages_hear_of_it(trade: Trade):
    order_id = send(trade, {"honey": 30})
    product = sa.select(Product.stock_state).where(Product.slug == "honey")
    assert trade.run(lambda s: s.scalar(product)) is StockState.SOLD_OUT
    version = trade.run(current_version)
    trade.part_refund(order_id, "shop", units={"honey": 30}, goods="restock")
    assert trade.run(lambda s: s.scalar(product)) is StockState.AVAILABLE
    assert trade.run(current_version) != version


def test_goods_move_when_the_money_is_back_and_not_before(trade: Trade):
    order_id = send(trade, {"tea": 3}, method="bank_transfer")
    name = lot_of_tea(trade, order_id)
    before = units_of(trade, name)
    trade.part_refund(order_id, "shop", units={"tea": 2}, goods="restock", send=False)
    assert units_of(trade, name) == before
    assert trade.violations() == []
    trade.send_refunds()
    assert units_of(trade, name) != before


def test_a_refund_that_failed_moves_nothing_and_asked_again_moves_once(trade: Trade):
    order_id = send(trade, {"tea": 3})
    name = lot_of_tea(trade, order_id)
    before = available, shipped, withdrawn = units_of(trade, name)
    refund_id = trade.part_refund(order_id, "shop", units={"tea": 3}, goods="restock", send=False)
    fail(trade, refund_id)
    assert units_of(trade, name) == before
    assert trade.violations() == []
    trade.run(lambda s: retry_refund(s, refund_id, actor_id=trade.admin_id, now=trade.now))
    trade.send_refunds()
    assert units_of(trade, name) == (available + 3, shipped - 3, withdrawn)
    assert [row.status for row in returned(trade)] == [ReturnStatus.CALLED_OFF, ReturnStatus.RESTOCKED]


def test_what_was_said_of_other_units_meanwhile_is_not_said_twice(trade: Trade):
    order_id = send(trade, {"tea": 3})
    refund_id = trade.part_refund(order_id, "shop", units={"tea": 3}, goods="restock", send=False)
    fail(trade, refund_id)
    trade.part_refund(order_id, "shop", units={"tea": 1}, goods="restock")
    with pytest.raises(RefundTooLarge):
        trade.run(lambda s: retry_refund(s, refund_id, actor_id=trade.admin_id, now=trade.now))


def test_a_provider_that_says_it_twice_moves_once(trade: Trade):
    order_id = send(trade, {"tea": 3})
    name = lot_of_tea(trade, order_id)
    refund_id = trade.part_refund(order_id, "shop", units={"tea": 2}, goods="restock")
    moved = units_of(trade, name)
    again = RefundState(RefundStatus.SUCCEEDED)
    trade.run(lambda s: apply_refund_state(s, refund_id, again, now=trade.now))
    assert units_of(trade, name) == moved


def test_no_more_units_of_a_lot_come_back_than_left_it(trade: Trade):
    """Forty packs of two lots: the line has more units left than either lot sent."""
    order_id = send(trade, {"tea": 30})
    trade.part_refund(order_id, "shop", units={"tea": 20}, goods="restock")
    with pytest.raises(InvalidInput) as refused:
        trade.part_refund(order_id, "shop", units={"tea": 1}, goods="restock", lot="tea-li")
    assert [field.partition("-")[0] for field in refused.value.errors] == ["goods"]
    trade.part_refund(order_id, "shop", units={"tea": 10}, goods="write_off", lot="tea-wang")
    assert (lot(trade, "tea-li").shipped, lot(trade, "tea-wang").withdrawn) == (0, 10)


@pytest.mark.parametrize("wish", ["restock", "write_off"])
def test_what_is_exempt_from_return_is_never_sold_again(trade: Trade, wish):
    order_id = send(trade, {"eggs": 2})
    if wish == "restock":
        with pytest.raises(InvalidInput):
            trade.part_refund(order_id, "shop", units={"eggs": 1}, goods=wish)
    else:
        trade.part_refund(order_id, "shop", units={"eggs": 1}, goods=wish)
        assert units_of(trade, "eggs-yu") == (8, 1, 1)


@pytest.mark.parametrize("way", ["withdrawn", "too old"])
def test_nothing_goes_back_to_a_lot_that_sells_no_more(trade: Trade, way):
    order_id = send(trade, {"honey": 2})
    _end_lot(trade, way)
    with pytest.raises(InvalidInput):
        trade.part_refund(order_id, "shop", units={"honey": 1}, goods="restock")
    trade.part_refund(order_id, "shop", units={"honey": 1}, goods="write_off")


@pytest.mark.parametrize("way", ["withdrawn", "too old"])
def test_what_cannot_be_sold_when_the_money_is_back_is_written_off_and_borne_as_agreed(trade: Trade, way):
    order_id = send(trade, {"honey": 2})
    before = earned(trade)
    trade.part_refund(order_id, "shop", units={"honey": 1}, goods="restock", send=False)
    _end_lot(trade, way)
    withdrawn = lot(trade, "honey-pool").withdrawn
    trade.send_refunds()
    assert [row.status for row in returned(trade)] == [ReturnStatus.WRITTEN_OFF]
    assert lot(trade, "honey-pool").withdrawn == withdrawn + 1
    assert earned(trade) == before
    assert balances(trade, order_id)[Account.REFUNDS_BORNE] == HONEY


def _end_lot(trade: Trade, way: str) -> None:
    lot_id = trade.shop.lots["honey-pool"]
    if way == "withdrawn":
        author = Author(trade.admin_id)
        trade.run(lambda s: withdraw_lot(s, lot_id, reason="recalled", author=author, now=trade.now))
    else:
        trade.now += timedelta(days=101)  # the nightly closing of such lots has not come yet
        trade.run(lambda s: refresh_stock_state(s, now=trade.now))


def test_a_parcel_of_which_goods_came_back_was_not_shipped_by_mistake(trade: Trade):
    order_id = send(trade, {"tea": 1})
    [parcel] = trade.parcels(order_id)
    trade.part_refund(order_id, "shop", units={"tea": 1}, goods="write_off")
    with pytest.raises(RefundedAsReturned):
        trade.run(lambda s: undo_ship(s, parcel.code, by=WORKER, now=trade.now))


# What happens to the money


def test_the_books_then_say_what_a_sale_of_the_rest_would_say(trade: Trade):
    order_id = send(trade, {"tea": 3})
    trade.part_refund(order_id, "shop", units={"tea": 2}, goods="restock")
    alone = send(trade, {"tea": 1})
    freight = trade.order_row(order_id).freight_fen - trade.order_row(alone).freight_fen
    expected = balances(trade, alone)
    expected[Account.PROVIDER_CLEARING] += freight
    expected[Account.FREIGHT_PAYABLE] -= freight
    assert balances(trade, order_id) == expected
    money = trade.run(lambda s: order_money(s, order_id))
    assert money.by_sale.total == trade.order_row(order_id).total_fen - 2 * TEA
    assert (money.restocked_fen, money.closed_fen) == (2 * TEA, 0)
    assert (money.price_fen, money.is_as_sold) == (trade.order_row(order_id).total_fen, True)


def test_goods_that_are_in_stock_again_and_the_parts_of_the_rest_are_the_price(trade: Trade):
    """Also where the buyer gets less than the price back, and when they were not fit for sale after all."""
    order_id = send(trade, {"tea": 2})
    trade.part_refund(order_id, "shop", units={"tea": 1}, fen=5000, goods="restock")
    money = trade.run(lambda s: order_money(s, order_id))
    total = trade.order_row(order_id).total_fen
    assert (money.restocked_fen, money.price_fen, money.gone_fen) == (TEA, total, 5000)
    assert money.now.shop - money.by_sale.shop == TEA - 5000, "the rest of their price is the shop's"
    trade.write_off_instead(order_id)
    money = trade.run(lambda s: order_money(s, order_id))
    assert (money.restocked_fen, money.by_sale.total, money.gone_fen) == (0, total, 5000)


def test_units_sold_twice_pay_their_household_once(trade: Trade):
    order_id = send(trade, {"honey": 30})
    trade.complete(order_id)
    trade.part_refund(order_id, "shop", units={"honey": 30}, goods="restock")
    assert owed(trade) == {}
    again = send(trade, {"honey": 30})
    trade.complete(again)
    assert sum(owed(trade).values()) == 30 * HONEY * 76 // 100
    assert earned(trade) == 30 * HONEY * 76 // 100


def test_what_was_paid_out_before_is_carried_forward(trade: Trade):
    order_id = send(trade, {"honey": 3})
    trade.complete(order_id)
    trade.close()
    trade.part_refund(order_id, "shop", units={"honey": 3}, goods="restock")
    assert sum(owed(trade).values()) == -(3 * HONEY * 76 // 100)


@pytest.mark.parametrize("bearer", ["shop", "household", "village", "courier"])
def test_the_bearer_bears_the_rest_and_not_what_is_back_in_stock(trade: Trade, bearer):
    order_id = send(trade, {"tea": 2, "honey": 1})
    before = balances(trade, order_id)
    trade.part_refund(order_id, bearer, units={"tea": 2}, freight_fen=200, goods="restock")
    after = balances(trade, order_id)
    borne = {
        "shop": Account.REFUNDS_BORNE,
        "household": Account.HOUSEHOLD_PAYABLE,
        "village": Account.VILLAGE_FUND,
        "courier": Account.FREIGHT_PAYABLE,
    }[bearer]
    share = {Account.HOUSEHOLD_PAYABLE: 76, Account.VILLAGE_FUND: 5, Account.FREIGHT_PAYABLE: 7}
    by_bearer = (
        0 if bearer in {"household", "village"} else 200
    )  # the honey, and its village, did nothing wrong
    assert after.get(borne, 0) - before.get(borne, 0) == by_bearer + 2 * TEA * share.get(borne, 0) // 100
    by_shop = 200 if bearer in {"household", "village", "shop"} else 0
    shop_has = after.get(Account.REFUNDS_BORNE, 0) - before.get(Account.REFUNDS_BORNE, 0)
    assert shop_has == by_shop, "what the bearer cannot bear the shop does"
    assert trade.order_row(order_id).refunded_fen == 2 * TEA + 200


def test_the_shop_gets_again_what_it_gave_of_their_price_before(trade: Trade):
    """Everything but one fen had been given back already; the goods are sold again for somebody's whole price."""
    order_id = send(trade, {"tea": 1})
    total = trade.order_row(order_id).total_fen
    trade.part_refund(order_id, "shop", free_fen=total - 1)
    trade.part_refund(order_id, "shop", units={"tea": 1}, fen=1, goods="restock")
    assert balances(trade, order_id)[Account.REFUNDS_BORNE] == total - TEA


def test_a_household_that_had_borne_an_amount_is_left_with_nothing_and_not_with_less(trade: Trade):
    order_id = send(trade, {"honey": 2})
    before = earned(trade)
    trade.part_refund(order_id, "household", free_fen=7000)
    trade.part_refund(order_id, "shop", units={"honey": 1}, fen=1000, goods="restock")
    places = trade.run(lambda s: posted_for_order(s, order_id, sa.true()))
    debts = [fen for place, fen in places.items() if place.account is Account.HOUSEHOLD_PAYABLE]
    assert max(debts) <= 0
    assert earned(trade) == before - 2 * HONEY * 76 // 100 == -sum(debts)


def test_a_gift_box_comes_back_as_its_goods_at_the_price_of_the_box(trade: Trade):
    order_id = send(trade, {"box": 3})
    tea = sum(units_of(trade, one)[0] for one in ("tea-li", "tea-wang"))
    honey = units_of(trade, "honey-pool")[0]
    trade.part_refund(order_id, "shop", units={"box": 2}, goods="restock")
    assert sum(units_of(trade, one)[0] for one in ("tea-li", "tea-wang")) == tea + 4
    assert units_of(trade, "honey-pool")[0] == honey + 2
    alone = send(trade, {"box": 1})
    ours, theirs = (balances(trade, one) for one in (order_id, alone))
    for account in (Account.PACKING_PAYABLE, Account.VILLAGE_FUND, Account.FEE_RESERVE, Account.SHOP_INCOME):
        assert ours[account] == theirs[account]
    # Households have what the units of their lots earned in the line; a fen of it may be left over.
    left_over = ours.get(Account.ROUNDING, 0)
    assert abs(left_over) <= 1
    assert ours[Account.HOUSEHOLD_PAYABLE] + left_over == theirs[Account.HOUSEHOLD_PAYABLE]


def test_unit_by_unit_takes_back_as_much_as_all_at_once(trade: Trade):
    order_id = send(trade, {"honey": 3})
    for _ in range(3):
        trade.part_refund(order_id, "shop", units={"honey": 1}, goods="restock")
    assert balances(trade, order_id).keys() <= {Account.FREIGHT_PAYABLE, Account.PROVIDER_CLEARING}
    assert earned(trade) == 0


def test_a_fen_that_units_leave_over_stands_on_its_own_account(trade: Trade):
    """7 boxes of 177.77 earn 94574.8 fen: what one of seven takes back is never the seventh of everything."""
    order_id = send(trade, {"box": 7})
    for _ in range(6):
        trade.part_refund(order_id, "shop", units={"box": 1}, goods="restock")
    left = balances(trade, order_id)
    assert left.get(Account.SHOP_INCOME) == -(BOX * 3 // 100)
    assert -(left[Account.HOUSEHOLD_PAYABLE] + left.get(Account.ROUNDING, 0)) == round(BOX * 76 / 100)


def test_the_preview_is_what_the_books_say_afterwards(trade: Trade):
    order_id = send(trade, {"tea": 2, "honey": 2})
    lines = dict(trade.run(lambda s: s.execute(sa.select(OrderLine.sku, OrderLine.id)).all()))
    origins = trade.run(lambda s: origins_of_order(s, order_id, now=trade.now))
    [tea], [honey] = origins[lines["tea"]], origins[lines["honey"]]
    units = [Restocked(lines["tea"], 1, tea.take(1)), Restocked(lines["honey"], 1, honey.take(1))]

    def look(session):
        taken = preview_restocking(session, order_id, units)
        bearing = preview_bearing(session, order_id, RefundBearer.HOUSEHOLD, [FREE], taken=taken)
        return [*givers_of(session, order_id, taken), *bearing]

    sums: dict[Account, int] = {}
    for giver in trade.run(look):
        sums[giver.account] = sums.get(giver.account, 0) + giver.fen
    before = balances(trade, order_id)
    trade.part_refund(order_id, "household", units={"tea": 1, "honey": 1}, free_fen=900, goods="restock")
    after = balances(trade, order_id)
    moved = {account: after.get(account, 0) - before.get(account, 0) for account in after | before}
    assert {account: fen for account, fen in sums.items() if fen} == {
        account: fen for account, fen in moved.items() if fen and account is not Account.PROVIDER_CLEARING
    }


# A choice made by mistake


def test_what_is_not_fit_for_sale_after_all_is_written_off_and_its_household_has_its_part_again(trade: Trade):
    order_id = send(trade, {"honey": 2})
    before, kept = earned(trade), balances(trade, order_id)
    available, shipped, withdrawn = units_of(trade, "honey-pool")
    trade.part_refund(order_id, "household", units={"honey": 1}, goods="restock")
    trade.write_off_instead(order_id)
    assert units_of(trade, "honey-pool") == (available, shipped - 1, withdrawn + 1)
    assert earned(trade) == before
    after = balances(trade, order_id)
    assert after.pop(Account.REFUNDS_BORNE) == HONEY
    assert after == kept | {Account.PROVIDER_CLEARING: kept[Account.PROVIDER_CLEARING] - HONEY}
    assert [change[:2] for change in changes(trade)] == [(1, 0), (-1, 1)]


def test_pressed_again_nothing_more_is_written_off(trade: Trade):
    order_id = send(trade, {"honey": 2})
    trade.part_refund(order_id, "shop", units={"honey": 1}, goods="restock")
    [row] = returned(trade)
    by = {"reason": "mouldy", "actor_id": trade.admin_id}
    for _ in range(2):
        trade.run(lambda s: write_off_instead(s, order_id, row.refund_line_id, now=trade.now, **by))
    assert lot(trade, "honey-pool").withdrawn == 1
    entries = sa.select(JournalEntry.id).where(JournalEntry.reference.like("%:written_off"))
    assert len(trade.run(lambda s: s.scalars(entries).all())) == 1


def test_what_was_sold_again_cannot_be_written_off_any_more(trade: Trade):
    order_id = send(trade, {"honey": 30})
    trade.part_refund(order_id, "shop", units={"honey": 30}, goods="restock")
    trade.sell({"honey": 30})
    with pytest.raises(SoldAgain):
        trade.write_off_instead(order_id)


def test_another_orders_refund_is_not_found(trade: Trade):
    order_id, other = send(trade, {"honey": 2}), send(trade, {"honey": 1})
    trade.part_refund(order_id, "shop", units={"honey": 1}, goods="restock")
    [row] = returned(trade)
    by = {"reason": "mouldy", "actor_id": trade.admin_id}
    with pytest.raises(NotFound):
        trade.run(lambda s: write_off_instead(s, other, row.refund_line_id, now=trade.now, **by))


def test_every_refund_leaves_as_much_money_as_it_says(trade: Trade):
    order_id = send(trade, {"tea": 2, "honey": 2})
    refund_id = trade.part_refund(
        order_id, "village", units={"tea": 1, "honey": 1}, free_fen=33, goods="restock"
    )
    money = (
        sa.select(-sa.func.sum(Posting.amount_fen))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(
            JournalEntry.reference.like(f"refund:{refund_id}%"),
            Posting.account == Account.PROVIDER_CLEARING,
        )
    )
    assert trade.run(lambda s: s.scalar(money)) == TEA + HONEY + 33
    assert trade.run(lambda s: s.get_one(Refund, refund_id).amount_fen) == TEA + HONEY + 33


# What papers and reports say


def slip_of(trade: Trade) -> list[tuple[int, int]]:
    """Units and fen of each line of the newest payslip."""
    newest = trade.run(lambda s: s.scalar(sa.select(sa.func.max(Payout.id))))
    slip = trade.run(lambda s: read_payslip(s, newest))
    return [(line.units, line.fen) for line in slip.lines]


def test_a_payslip_is_for_the_units_that_stayed_sold(trade: Trade):
    order_id = send(trade, {"tea": 3})
    trade.part_refund(order_id, "shop", units={"tea": 1}, goods="restock")
    trade.complete(order_id)
    trade.close()
    assert slip_of(trade) == [(2, 2 * TEA * 76 // 100)]


def test_the_next_payslip_takes_back_the_units_that_the_last_one_paid(trade: Trade):
    order_id = send(trade, {"tea": 3})
    trade.complete(order_id)
    trade.close()
    trade.part_refund(order_id, "shop", units={"tea": 1}, goods="restock")
    others = send(trade, {"tea": 30})  # both lots have a part of these
    trade.complete(others)
    trade.close()
    name = lot_of_tea(trade, order_id).removeprefix("tea-")
    newest = sa.select(sa.func.max(Payout.id)).where(Payout.household_id == trade.shop.households[name])
    slip = trade.run(lambda s: read_payslip(s, s.scalar(newest)))
    assert (-1, -TEA * 76 // 100) in [(line.units, line.fen) for line in slip.lines]


def test_who_would_have_been_served_first_is_asked_of_what_stayed_sold(trade: Trade):
    order_id = send(trade, {"honey": 2})
    trade.part_refund(order_id, "shop", units={"honey": 2}, goods="restock")
    span = Span(trade.began.date(), trade.now.date() + timedelta(days=1))
    findings = trade.run(lambda s: find_report("fairness").findings(s, span))
    assert [fact.value for fact in findings.facts[:2]] == [None, None]
