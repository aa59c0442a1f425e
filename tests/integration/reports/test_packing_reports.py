"""Reports about packing, loads and units not delivered beside SQL that was written for this test alone."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from shop.kit.clock import shanghai_date, shanghai_midnight, utc_now
from shop.reports.all_reports import find_report
from shop.reports.definition import Span
from shop.reports.narrowing import within
from shop.reports.running import page_of_rows, totals
from shop.storage.types import UtcDateTime

TODAY = shanghai_date(utc_now())
SPAN = Span(TODAY - timedelta(days=200), TODAY)
PACK = ("pack-by-order", "pack-by-producer", "pack-by-product", "pack-by-run")
SHORT = ("unfulfilled", "unfulfilled-by-household", "unfulfilled-by-product", "unfulfilled-by-week")

STAGES = """
SELECT t.status, t.received_at IS NULL, p.status, sum(a.units)
  FROM tasks t JOIN orders o ON o.id = t.order_id
  JOIN task_items i ON i.task_id = t.id JOIN allocations a ON a.id = i.allocation_id
  LEFT JOIN parcels p ON p.id = t.parcel_id
 WHERE o.confirmed_at >= :start AND o.confirmed_at < :end
   AND t.status NOT IN ('declined', 'reassigned', 'cancelled')
 GROUP BY t.status, t.received_at IS NULL, p.status"""

LACKED = """
SELECT v.slug, a.status, coalesce(i.waits, false), sum(a.units)
  FROM allocations a JOIN order_lines n ON n.id = a.order_line_id JOIN orders o ON o.id = n.order_id
  JOIN lots l ON l.id = a.lot_id JOIN producers p ON p.id = l.producer_id JOIN villages v ON v.id = p.village_id
  LEFT JOIN task_items i ON i.allocation_id = a.id
 WHERE o.confirmed_at >= :start AND o.confirmed_at < :end AND a.status IN ('withdrawn', 'closed')
 GROUP BY v.slug, a.status, coalesce(i.waits, false)"""

LOADED = """
SELECT r.code, count(*), sum(p.weight_g) FROM parcels p JOIN orders o ON o.id = p.order_id
  JOIN runs r ON r.id = coalesce(p.run_id, o.run_id)
 WHERE r.departs_at >= :start AND r.departs_at < :end AND o.delivery = 'pickup' GROUP BY r.code"""


def asked(session: Any, text: str) -> list[Any]:
    moment = UtcDateTime()
    span = {"start": shanghai_midnight(SPAN.first), "end": shanghai_midnight(SPAN.last + timedelta(days=1))}
    bound = sa.text(text).bindparams(*(sa.bindparam(key, value, moment) for key, value in span.items()))
    return list(session.execute(bound))


def stage(status: str, not_received: bool, parcel: str | None) -> str:
    if status in {"open", "accepted"}:
        return "preparing"
    if status == "ready":
        return "ready" if not_received else "received"
    return "packed" if parcel == "packed" else "left"


@pytest.mark.parametrize("name", PACK)
def test_every_unit_to_pack_stands_at_one_stage(demo_session, name):
    expected: Counter[str] = Counter()
    for status, not_received, parcel, units in asked(demo_session, STAGES):
        expected[stage(status, bool(not_received), parcel)] += int(units)
    said = totals(demo_session, find_report(name), SPAN, "zh")[1]
    assert said == {one: expected[one] for one in said if one != "units"} | {"units": expected.total()}
    assert said["units"] == totals(demo_session, find_report("packing-lines"), SPAN, "zh")[1]["units"]


@pytest.mark.parametrize("name", SHORT)
def test_every_unit_not_delivered_has_one_end(demo_session, name):
    rows = asked(demo_session, LACKED)
    said = totals(demo_session, find_report(name), SPAN, "zh")[1]
    assert said["units"] == sum(int(units) for *_, units in rows) > 0
    assert said["closed"] == sum(int(units) for _, status, _, units in rows if status == "closed")
    assert said["waiting"] == sum(int(u) for _, status, waits, u in rows if waits and status == "withdrawn")
    assert said["units"] == sum(said[one] for one in ("waiting", "elsewhere", "closed", "called_off"))
    lines = page_of_rows(demo_session, find_report("unfulfilled"), SPAN, "zh", page=1, size=9_999)
    assert all(min(int(one) for one in row[6:11]) >= 0 and row[12] for row in lines), "each with its reason"


@pytest.mark.parametrize("name", [*PACK, *SHORT[:3]])
def test_a_village_reads_its_own_rows_only(demo_session, name):
    report = find_report(name)
    villages = list(demo_session.scalars(sa.text("SELECT id FROM villages ORDER BY id")))
    each = [totals(demo_session, within(report, "of_village_id", [one]), SPAN, "en")[1] for one in villages]
    whole = totals(demo_session, report, SPAN, "en")[1]
    assert {key: sum(one[key] for one in each) for key in whole} == whole
    assert totals(demo_session, within(report, "of_village_id", []), SPAN, "en")[0] == 0


def test_loads_are_the_parcels_of_each_truck(demo_session):
    rows = page_of_rows(demo_session, find_report("loads"), SPAN, "zh", page=1, size=999)
    assert {row[0]: (row[2], int(row[6])) for row in rows} == {
        code: (count, int(grams)) for code, count, grams in asked(demo_session, LOADED)
    }
    count, sums = totals(demo_session, find_report("load-list"), SPAN, "zh")
    assert (count, sums["weight_g"]) == (sum(row[2] for row in rows), sum(int(row[6]) for row in rows))
