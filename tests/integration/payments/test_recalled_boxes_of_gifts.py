"""A gift box goes back whole because of one recalled part: whose other parts were sound loses nothing by it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shop.inventory.models import HouseholdMonth
from shop.inventory.trace_models import LotRecall
from shop.ledger.bearing import Part, Supplied, Supply, by_households, by_villages
from shop.ledger.models import Account, JournalEntry, Posting
from shop.ledger.posting import Place
from shop.ordering.recalls import RecallWords, recall_lot
from shop.payments.models import RefundBearer
from shop.payments.recall_refunds import refund_recalled
from shop.payments.refund_limits import UnitsOfLine
from tests.factories.trade import Trade, open_for_trade


@pytest.fixture
def trade(session, unit_of_work):
    return open_for_trade(session, unit_of_work)


def recall_of(trade: Trade, lot_id: int) -> int:
    words = RecallWords("检出超标")
    trade.run(lambda s: recall_lot(s, lot_id, words, actor_id=trade.admin_id, now=trade.now))
    return trade.run(lambda s: s.scalar(sa.select(LotRecall.id).where(LotRecall.lot_id == lot_id)))


def refund(trade: Trade, recall_id: int, order_id: int, bearer: RefundBearer) -> int:
    by = {"bearer": bearer, "actor_id": trade.admin_id}
    asked = trade.run(lambda s: refund_recalled(s, recall_id, order_id, now=trade.now, **by))
    trade.send_refunds()
    return asked


def given_by_lot(trade: Trade, refund_id: int) -> dict[int | None, int]:
    """What the households of each lot gave of a refund."""
    statement = (
        sa.select(Posting.lot_id, sa.func.sum(Posting.amount_fen))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(JournalEntry.reference == f"refund:{refund_id}", Posting.account == Account.HOUSEHOLD_PAYABLE)
        .group_by(Posting.lot_id)
    )
    return {row[0]: int(row[1]) for row in trade.run(lambda s: s.execute(statement).all())}


def earned(trade: Trade) -> dict[int, int]:
    rows = sa.select(HouseholdMonth.household_id, sa.func.sum(HouseholdMonth.earned_fen))
    found = trade.run(lambda s: s.execute(rows.group_by(HouseholdMonth.household_id)).all())
    return {row[0]: int(row[1]) for row in found}


@pytest.mark.parametrize("boxes", [1, 3])
def test_only_who_grew_the_recalled_part_of_a_gift_box_bears_it_in_books_and_figures(trade, boxes):
    order_id = trade.sell({"box": boxes, "tea": 1}, courier=True)
    trade.deliver(order_id)
    lot_id, before = trade.shop.lots["honey-pool"], earned(trade)
    refund_id = refund(trade, recall_of(trade, lot_id), order_id, RefundBearer.HOUSEHOLD)
    given_back = given_by_lot(trade, refund_id)
    assert set(given_back) == {lot_id}
    assert given_back[lot_id] > 0
    lost = {one: before[one] - fen for one, fen in earned(trade).items() if fen != before[one]}
    growers = {trade.shop.households[name] for name in ("li", "chen", "wang", "yu")}
    assert sum(lost.values()) == given_back[lot_id]
    assert set(lost) <= growers
    assert trade.violations() == []


def test_of_the_villages_only_that_of_the_recalled_part_bears_its_share_and_the_shop_the_rest(trade):
    order_id = trade.sell({"box": 1}, courier=True)
    trade.deliver(order_id)
    lot_id = trade.shop.lots["honey-pool"]
    refund_id = refund(trade, recall_of(trade, lot_id), order_id, RefundBearer.VILLAGE)
    rows = trade.run(
        lambda s: s.execute(
            sa.select(Posting.account, sa.func.count(sa.distinct(Posting.village_id)))
            .join(JournalEntry, JournalEntry.id == Posting.entry_id)
            .where(JournalEntry.reference == f"refund:{refund_id}", Posting.amount_fen > 0)
            .group_by(Posting.account)
        ).all()
    )
    assert dict(map(tuple, rows)) == {Account.VILLAGE_FUND: 1, Account.REFUNDS_BORNE: 0}
    assert trade.violations() == []


BOX, LOOSE = 1, 2


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 6)), min_size=1, max_size=5),
    st.integers(1, 9),
    st.data(),
)
def test_no_other_lot_of_a_line_ever_gives_anything_and_nobody_more_than_it_earned(lots, quantity, data):
    """Pure: lot n is of household n; `(earned, units)` of each in a gift box and in a loose line."""
    line = data.draw(st.sampled_from([BOX, LOOSE]))
    guilty = data.draw(st.integers(0, len(lots) - 1))
    came = quantity if line == BOX else sum(units for _, units in lots)
    back = quantity if line == BOX else lots[guilty][1]
    fen = data.draw(st.integers(1, 30_000))
    places = {
        Place(Account.HOUSEHOLD_PAYABLE, household_id=n, order_line_id=line, lot_id=n): fen_earned
        for n, (fen_earned, _) in enumerate(lots)
    }
    supply = Supply(
        [Supplied(line, n, n, max(of[0], of[1]), of[1]) for n, of in enumerate(lots)],
        sold=places,
        earned=places,
        units={line: UnitsOfLine(came, came)},
        boxes={BOX},
    )
    part = Part(fen, line, back, guilty)
    by_house, by_fund = by_households([part], supply), by_villages([part], supply)
    assert sum(by_house.values()) == sum(by_fund.values()) == fen
    assert {place.household_id for place in by_house} <= {guilty, None}
    assert {place.village_id for place in by_fund} <= {guilty, None}
    borne = sum(amount for place, amount in by_house.items() if place.household_id is not None)
    assert borne == min(fen, lots[guilty][0])
