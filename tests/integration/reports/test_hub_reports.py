"""The reports of the county hub beside SQL that was written for this test alone, over the made-up months."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.check import hub
from shop.kit.clock import shanghai_date, shanghai_midnight, utc_now
from shop.reports.all_reports import find_report
from shop.reports.definition import Span
from shop.reports.running import stream_rows, totals
from shop.storage.types import UtcDateTime

WORK = """
SELECT p.name_zh, s.kind, count(*), sum(s.count), sum(q.fen)
  FROM hub_steps s
  JOIN packing_places p ON p.id = s.packing_place_id
  JOIN journal_entries e ON e.reference = 'hub_step:' || s.id
  JOIN (SELECT entry_id, -sum(amount_fen) AS fen FROM postings WHERE account = 'hub_payable' GROUP BY entry_id) q
    ON q.entry_id = e.id
 WHERE s.undone_at IS NULL AND s.done_at >= :start AND s.done_at < :end
 GROUP BY p.name_zh, s.kind"""


@pytest.mark.parametrize("days", [60, 12])
def test_the_hubs_work_is_what_its_steps_and_the_books_say(demo_session, days):
    today = shanghai_date(utc_now())
    span = Span(today - timedelta(days=days), today)
    moments = {"start": shanghai_midnight(span.first), "end": shanghai_midnight(today + timedelta(days=1))}
    asked = sa.text(WORK).bindparams(*(sa.bindparam(name, type_=UtcDateTime) for name in moments))
    expected = {(row[0], row[1]): tuple(map(int, row[2:])) for row in demo_session.execute(asked, moments)}
    said: dict[tuple[str, str], tuple[int, ...]] = {}
    for _, place, kind, *figures in stream_rows(demo_session, find_report("hub-work"), span, "zh"):
        before = said.get((place, kind), (0, 0, 0))
        said[place, kind] = tuple(a + int(b) for a, b in zip(before, figures[:3], strict=True))
    assert said == expected
    assert {kind for _, kind in said} == {"receive", "assemble"}
    count, sums = totals(demo_session, find_report("hub-steps"), span, "zh")
    assert (count, sums["cost_fen"]) == (
        sum(row[0] for row in said.values()),
        sum(row[2] for row in said.values()),
    )
    assert [one for rule in hub.RULES for one in rule.violations(demo_session, utc_now())] == []
