"""Whatever happens afterwards, and whoever writes: a closed month stays as it was, or it is found out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from shop.fulfilment.hub.models import HubStepKind
from shop.fulfilment.hub.rates import write_rates
from shop.fulfilment.hub.steps import Work, note_work
from shop.kit.clock import shanghai_date
from shop.ledger import months
from shop.ledger.cash_box.handing_over import Counted, count_again, count_cash
from shop.ledger.models import Account, ClosedMonth, EntryKind, JournalEntry
from shop.ledger.months import close_month, month_figures
from shop.ledger.posting import Place, post
from shop.ordering.outside.models import OutsideSource, SourceKind
from shop.ordering.shelves.models import Shelf
from shop.payments.models import DisputeStatus
from tests.factories.money_steps import (
    agree_to_moved,
    bring_receipts,
    dispute,
    pay_everybody,
    pay_lender_back,
    pay_twice,
    put_receipt_aside,
    say_freight_was_paid,
    send_back_and_pay_again,
    take_movement_back_again,
    take_receipt_up,
)
from tests.factories.trade import Trade

NOVEMBER, DECEMBER = date(2026, 11, 1), datetime(2026, 11, 30, 16, tzinfo=UTC)
TODAY = DECEMBER + timedelta(days=2)


def give_kept_back(trade: Trade, line_id: int) -> None:
    take_receipt_up(trade, line_id)
    put_receipt_aside(trade, line_id, "rest_sent_back")


def work_at_hub(trade: Trade) -> None:
    """A priced step for goods of one village."""
    prices = dict.fromkeys(HubStepKind, 30)
    work = Work(HubStepKind.RECEIVE, trade.shop.hub_id, "T1", 1, {trade.shop.villages["mogou"]: 1})

    def write(session) -> None:
        write_rates(session, prices, shanghai_date(trade.now), actor_id=trade.admin_id, now=trade.now)
        note_work(session, work, by_id=trade.admin_id, now=trade.now)

    trade.run(write)


def count_a_box(trade: Trade) -> None:
    """A yuan more than was sold, as two persons say."""

    def write(session) -> None:
        source = OutsideSource(
            slug="box", kind=SourceKind.SHELF, name_zh="货架", name_en="Shelf", collector="值班同学"
        )
        session.add(source)
        session.flush()
        shelf = Shelf(source_id=source.id, pickup_point_id=trade.shop.point_id, opened_at=trade.now)
        session.add(shelf)
        session.flush()
        said = Counted(100, 0, "多出一元", "a box")
        count_id = count_cash(session, shelf.id, said, actor_id=trade.admin_id, now=trade.now)
        second_id = trade._second_person(session)
        count_again(session, shelf.id, count_id, 100, actor_id=second_id, now=trade.now)

    trade.run(write)


EVENTS = {
    "money that comes late": lambda trade, one: trade.transfer(
        trade.payments(one["unpaid"])[0].id, 4999 + 800
    ),
    "called off": lambda trade, one: trade.call_off(one["paid"]),
    "declined": lambda trade, one: trade.decline(one["open"]),
    "nobody has them": lambda trade, one: trade.close_waiting(one["short"]),
    "a refund that was asked for in it": lambda trade, _: trade.send_refunds(),
    "a refund that households bear": lambda trade, one: trade.part_refund(
        one["other"], "household", free_fen=500
    ),
    "sold": lambda trade, _: trade.sell({"tea": 1}, courier=True),
    "on terms": lambda trade, _: trade.sell_on_terms({"tea": 1}),
    "a dispute that was opened in it": lambda trade, one: dispute(trade, one["disputed"], DisputeStatus.LOST),
    "payout": lambda trade, _: pay_everybody(trade),
    "payout sent back": lambda trade, _: send_back_and_pay_again(trade),
    "a debt that was begun in it is paid": lambda trade, one: trade.settle(one["lent"]),
    "a debt that was begun in it is given up": lambda trade, one: trade.give_up(one["owed"], 5),
    "a movement that was said in it is agreed to": lambda trade, one: agree_to_moved(trade, one["moved"]),
    "a movement that is taken back": lambda trade, _: take_movement_back_again(trade),
    "what a lender paid in it goes back": lambda trade, _: pay_lender_back(trade),
    "what no order could use in it goes back": lambda trade, one: trade.send_refunds(),
    "paid twice": lambda trade, _: pay_twice(trade, trade.order({"honey": 1}, courier=True)),
    "a receipt of it comes in": lambda trade, _: bring_receipts(trade, 4200),
    "a receipt that came in it is not ours": lambda trade, one: put_receipt_aside(trade, one["receipt"]),
    "and is taken up again": lambda trade, one: take_receipt_up(trade, one["receipt"]),
    "a rest that was kept in it goes back": lambda trade, one: give_kept_back(trade, one["kept"]),
    "work at the hub": lambda trade, _: work_at_hub(trade),
    "a cash box is counted": lambda trade, _: count_a_box(trade),
}


@pytest.fixture
def closed(trade: Trade, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """November is closed on the second of December; orders of every state are left of it."""
    orders = {"lent": trade.sell_on_terms({"honey": 1}), "owed": trade.sell_on_terms({"tea": 1})}
    trade.deliver(orders["lent"])
    pay_everybody(trade, advance=True)
    pay_twice(trade, trade.order({"honey": 1}, courier=True))
    orders["receipt"], orders["kept"] = bring_receipts(trade, 900, 300)
    put_receipt_aside(trade, orders["kept"], "rest_kept")
    orders |= {"unpaid": trade.order({"honey": 1}, courier=True, method="bank_transfer")}
    for name in ("paid", "open", "disputed", "asked", "other"):
        orders[name] = trade.sell({"tea": 1}, courier=True)
    orders["short"] = trade.sell({"tea": 1, "eggs": 1}, courier=True)
    trade.decline_by(orders["short"], "yu")
    for name in ("asked", "other"):
        trade.deliver(orders[name])
    trade.ask_refund(orders["asked"])
    dispute(trade, orders["disputed"], DisputeStatus.OPEN)
    orders["moved"] = say_freight_was_paid(trade)
    trade.now = TODAY
    monkeypatch.setattr(months, "utc_now", lambda: trade.now)
    trade.trucks += 1
    trade.run(trade._next_truck)
    trade.run(lambda s: close_month(s, NOVEMBER, actor_id=trade.admin_id, now=trade.now))
    return orders


def test_whatever_begun_in_it_ends_later_stands_after_it(trade: Trade, closed: dict[str, int]):
    before = trade.run(lambda s: month_figures(s, NOVEMBER))
    newest = trade.run(lambda s: s.scalar(sa.select(sa.func.max(JournalEntry.id))))
    for event, happen in EVENTS.items():
        happen(trade, closed)
        assert trade.run(lambda s: month_figures(s, NOVEMBER)) == before, event
    late = trade.run(lambda s: s.scalars(sa.select(JournalEntry).where(JournalEntry.id > newest)).all())
    assert {one.kind for one in late} == set(EntryKind)
    assert min(one.posted_at for one in late) >= DECEMBER


class Undo(Exception):
    """Nothing of it is kept: entries that no business made would break other rules."""


def test_no_kind_of_entry_is_dated_into_it(trade: Trade, closed: dict[str, int]):
    dated: dict[EntryKind, datetime] = {}

    def write(session) -> None:
        amounts = {Place(Account.BANK): 5, Place(Account.SHOP_INCOME): -5}
        for kind in EntryKind:
            entry = post(session, kind, f"late:{kind}", amounts, now=DECEMBER - timedelta(seconds=1))
            dated[kind] = entry.posted_at
        raise Undo

    with pytest.raises(Undo):
        trade.run(write)
    assert dated == dict.fromkeys(EntryKind, DECEMBER)


def test_what_somebody_writes_past_the_shop_is_found(trade: Trade, closed: dict[str, int]):
    """No trigger knows of months; the kept figures tell."""
    moment = DECEMBER - timedelta(days=5)

    def write(session) -> None:
        entry = JournalEntry(kind=EntryKind.REASSIGNMENT, reference="by hand", posted_at=moment)
        session.add(entry)
        session.flush()
        add = "INSERT INTO postings (entry_id, account, amount_fen) VALUES (:entry, :account, :fen)"
        for account, fen in ((Account.BANK, 5), (Account.SHOP_INCOME, -5)):
            session.execute(sa.text(add), {"entry": entry.id, "account": account.value, "fen": fen})

    trade.run(write)
    assert any(one.startswith("month: closed, it stays as it was") for one in trade.violations())
    trade.run(lambda s: s.execute(sa.delete(ClosedMonth)))


@pytest.mark.parametrize(
    "change", ["UPDATE postings SET amount_fen = 0", "DELETE FROM postings", "DELETE FROM journal_entries"]
)
def test_what_stands_in_it_is_neither_altered_nor_deleted(trade: Trade, closed: dict[str, int], change: str):
    with pytest.raises(DBAPIError):
        trade.run(lambda s: s.execute(sa.text(change)))
