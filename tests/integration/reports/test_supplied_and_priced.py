"""What producers supplied beside SQL of its own, and every price that a pack has had."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from shop import rounds
from shop.catalogue.editing.variants import save_variant
from shop.catalogue.timed_prices import PriceWish, call_price_off, set_price
from shop.kit.clock import shanghai_date, shanghai_midnight, utc_now
from shop.reports.all_reports import find_report
from shop.reports.definition import Span
from shop.reports.running import stream_rows, totals
from shop.storage.types import UtcDateTime
from tests.factories.trade import open_for_trade

TODAY = shanghai_date(utc_now())
SPAN = Span(TODAY - timedelta(days=200), TODAY)
DAY = timedelta(days=1)
SUPPLIED = """
SELECT p.name_zh, count(DISTINCT o.id), sum(a.units), sum(a.units * v.net_weight_g), sum(a.household_fen)
  FROM allocations a, order_lines l, orders o, lots t, producers p, variants v
 WHERE l.id = a.order_line_id AND o.id = l.order_id AND t.id = a.lot_id AND p.id = t.producer_id AND v.id = a.variant_id
   AND a.status IN ('committed', 'shipped') AND o.confirmed_at >= :start AND o.confirmed_at < :end
 GROUP BY p.name_zh"""


def supplied(session) -> dict:
    moment = UtcDateTime()
    span = {"start": shanghai_midnight(SPAN.first), "end": shanghai_midnight(SPAN.last + DAY)}
    bound = sa.text(SUPPLIED).bindparams(*(sa.bindparam(key, value, moment) for key, value in span.items()))
    return {name: tuple(int(one) for one in rest) for name, *rest in session.execute(bound)}


@pytest.mark.parametrize(
    ("name", "head"), [("suppliers-by-product", 4), ("suppliers-by-run", 3), ("suppliers-by-point", 4)]
)
def test_what_a_producer_supplied_adds_up_to_what_its_lots_gave(demo_session, name, head):
    expected, found = supplied(demo_session), {}
    for row in stream_rows(demo_session, find_report(name), SPAN, "zh"):
        units, weight, fen = (int(one) for one in row[head + 1 : head + 4])
        before = found.get(row[1], (0, 0, 0))
        found[row[1]] = (before[0] + units, before[1] + weight, before[2] + fen)
    assert found == {producer: sums[1:] for producer, sums in expected.items()}
    assert len(found) > 3
    said = totals(demo_session, find_report(name), SPAN, "zh")[1]
    assert said["household_fen"] == sum(sums[3] for sums in expected.values()) > 0


@pytest.fixture
def trade(session, unit_of_work):
    return open_for_trade(session, unit_of_work)


@pytest.fixture
def history(session, trade):
    """(before, after, what happened, why) of tea, the oldest first."""

    def _history(first=trade.now, last=trade.now + 9 * DAY):
        span = Span(shanghai_date(first), shanghai_date(last))
        rows = list(stream_rows(session, find_report("price-history"), span, "en"))
        session.rollback()  # what is read holds up what is written next
        return [(row[4], row[5], row[6], row[7]) for row in rows if row[3] == "tea"][::-1]

    return _history


def a_price(trade, fen, *, start, end, token="form"):
    wish = PriceWish(trade.shop.variants["tea"], fen, start, end, "to be sold soon", token)
    return trade.run(lambda s: set_price(s, wish, actor_id=None, now=trade.now))


def write(trade, fen, at):
    change = partial(
        save_variant,
        record_id=trade.shop.variants["tea"],
        values={"price_fen": fen},
        actor_id=None,
        now=at,
    )
    trade.run(change)


def test_every_price_stands_in_the_history_of_its_pack(unit_of_work, trade, history):
    assert history() == []
    write(trade, 5200, trade.now)
    a_price(trade, 4000, start=trade.now + DAY, end=trade.now + 2 * DAY)
    for passed in (1, 2):
        rounds.follow_prices(unit_of_work, now=trade.now + passed * DAY + timedelta(minutes=1))
    write(trade, 5300, trade.now + 3 * DAY)
    assert [one[1:] for one in history()] == [
        (5200, "set", ""),
        (4000, "lowered", "to be sold soon"),
        (5200, "back", "to be sold soon"),
        (5300, "set", ""),
    ]
    assert [one[0] for one in history()[1:]] == [5200, 4000, 5200]
    assert [one[1] for one in history(first=trade.now + 3 * DAY)] == [5300]


def test_a_price_that_was_called_off_before_it_began_changed_nothing(trade, history):
    price_id = a_price(trade, 4000, start=trade.now + DAY, end=trade.now + 2 * DAY)
    trade.run(lambda s: call_price_off(s, price_id, reason="no", actor_id=None, now=trade.now))
    assert history() == []


def test_one_that_was_called_off_while_it_ran_brought_the_price_back(trade, history):
    price_id = a_price(trade, 4000, start=trade.now, end=trade.now + 2 * DAY)
    trade.run(lambda s: call_price_off(s, price_id, reason="no", actor_id=None, now=trade.now + DAY))
    usual = history()[0][0]
    assert history() == [(usual, 4000, "lowered", "to be sold soon"), (4000, usual, "back", "no")]
