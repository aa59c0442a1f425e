"""Reports about raw goods and lots beside SQL that was written for this test alone."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from shop.demo.weighed import add_intakes
from shop.extensions import unit_of_work
from shop.inventory.intake.processing_models import Processing
from shop.inventory.intake.undoing import undo_processing
from shop.inventory.lots import close_expired_lots
from shop.inventory.models import Lot
from shop.kit.clock import shanghai_date, shanghai_midnight, utc_now
from shop.reports.all_reports import find_report
from shop.reports.definition import Span
from shop.reports.narrowing import within
from shop.reports.running import stream_rows, totals
from shop.storage.types import UtcDateTime

TODAY = shanghai_date(utc_now())
SPANS = (
    Span(TODAY - timedelta(days=60), TODAY),
    Span(TODAY - timedelta(days=3), TODAY - timedelta(days=1)),
    Span(date(2001, 1, 1), date(2001, 1, 31)),
)

INTAKE = """
SELECT w.name_zh, g.name_zh, r.name_zh, v.name_zh, h.alias_zh, count(*), sum(i.grams),
       sum((SELECT coalesce(sum(u.grams), 0) FROM processed_intakes u, processings p
             WHERE u.intake_id = i.id AND p.id = u.processing_id AND p.undone_at IS NULL)),
       sum(i.grams - (SELECT coalesce(sum(u.grams), 0) FROM processed_intakes u, processings p
             WHERE u.intake_id = i.id AND p.id = u.processing_id AND p.undone_at IS NULL))
  FROM intakes i, producers w, raw_grades r, raw_goods g, households h, villages v
 WHERE w.id = i.producer_id AND r.id = i.grade_id AND g.id = r.raw_good_id AND h.id = i.household_id
   AND v.id = h.village_id AND i.weighed_at >= :start AND i.weighed_at < :end AND i.reverses_id IS NULL
   AND NOT EXISTS (SELECT 1 FROM intakes c WHERE c.reverses_id = i.id)
 GROUP BY w.name_zh, g.name_zh, r.name_zh, v.name_zh, h.alias_zh"""

# Weights of what went in and out, from the slips and the packs themselves.
YIELDS = """
SELECT w.name_zh, g.name_zh, d.name_zh, v.name_zh, count(*), sum(p.units), sum(x.grams),
       sum(p.units * v.net_weight_g), sum(p.lost_g), sum(p.units * v.net_weight_g) * 10000 / sum(x.grams)
  FROM processings p
  JOIN (SELECT processing_id, sum(grams) AS grams FROM processed_intakes GROUP BY processing_id) x
    ON x.processing_id = p.id
  JOIN producers w ON w.id = p.producer_id
  JOIN raw_goods g ON g.id = p.raw_good_id
  JOIN lots l ON l.id = p.lot_id
  JOIN variants v ON v.id = l.variant_id
  JOIN products d ON d.id = v.product_id
 WHERE p.undone_at IS NULL AND p.made_at >= :start AND p.made_at < :end
 GROUP BY w.name_zh, g.name_zh, d.name_zh, v.name_zh"""

BALANCE = """
SELECT l.code, sum(l.declared) / count(*), sum(l.available) / count(*), sum(l.held) / count(*),
       sum(l.declared - l.available - l.held - l.withdrawn) / count(*),
       sum(l.withdrawn) / count(*) - coalesce(sum(CASE WHEN c.reason = 'past its best-before date' AND c.actor_id IS NULL
                                                  THEN c.withdrawn_change END), 0),
       coalesce(sum(CASE WHEN c.reason = 'past its best-before date' AND c.actor_id IS NULL
                    THEN c.withdrawn_change END), 0)
  FROM lots l LEFT JOIN lot_changes c ON c.lot_id = l.id
 WHERE l.created_at >= :start AND l.created_at < :end
 GROUP BY l.code"""


@pytest.fixture
def weighed(seeded_app):
    """The seeded shop after some days of weighing; one of two lots made was undone, and some lots spoiled."""
    with seeded_app.app_context():
        now = utc_now()
        assert add_intakes(unit_of_work(), now=now) == 16
        assert add_intakes(unit_of_work(), now=now) == 0
        unit_of_work().run(_undo_one)
        unit_of_work().run(
            lambda s: s.execute(
                sa.update(Lot)
                .where(Lot.id % 7 == 0, Lot.id.not_in(sa.select(Processing.lot_id)))
                .values(best_before=TODAY - timedelta(days=1))
            )
        )
        unit_of_work().run(lambda s: close_expired_lots(s, now=now))
        yield


def _undo_one(session):
    last = session.scalars(sa.select(Processing).order_by(Processing.id.desc())).first()
    villages = frozenset(range(1, 99))
    undo_processing(session, last.id, reason="打错", village_ids=villages, actor_id=None, now=utc_now())


def said(name, span, *, columns=None):
    def read(session):
        rows = [tuple(row) for row in stream_rows(session, find_report(name), span, "zh")]
        return Counter(tuple(row[place] for place in columns) if columns else row for row in rows)

    return unit_of_work().run(read)


def oracle(statement, span):
    moments = {
        "start": shanghai_midnight(span.first),
        "end": shanghai_midnight(span.last + timedelta(days=1)),
    }
    asked = sa.text(statement).bindparams(*(sa.bindparam(name, type_=UtcDateTime) for name in moments))
    rows = unit_of_work().run(lambda s: s.execute(asked, moments).all())
    return Counter(tuple(one if isinstance(one, str) else int(one) for one in row) for row in rows)


@pytest.mark.parametrize("span", SPANS)
def test_reports_say_what_the_slips_say(weighed, span):
    assert said("intake", span) == oracle(INTAKE, span)
    assert said("yield", span) == oracle(YIELDS, span)
    found = said("lot-balance", span, columns=(0, 6, 7, 8, 9, 11, 12))
    assert found == oracle(BALANCE, span)
    for row in found:
        assert row[1] == sum(row[2:])


def test_there_is_something_to_compare(weighed):
    assert sum(said("intake", SPANS[0]).values()) > 5
    assert sum(said("yield", SPANS[0]).values()) == 1
    balance = said("lot-balance", SPANS[0])
    assert sum(row[12] for row in balance) > 0


def test_a_report_within_villages_leaves_out_all_others(weighed):
    def read(session):
        chosen = find_report("intake")
        rows = list(session.execute(chosen.statement(SPANS[0], "zh")))
        own = {row[-1] for row in rows}
        assert len(own) == 2
        one = min(own)
        kept = [row for row in rows if row[-1] == one]
        narrow = within(chosen, "of_village_id", [one])
        assert len(list(stream_rows(session, narrow, SPANS[0], "zh"))) == len(kept)
        assert totals(session, narrow, SPANS[0], "zh")[1]["weighed_g"] == sum(row[6] for row in kept)
        assert list(stream_rows(session, within(chosen, "of_village_id", []), SPANS[0], "zh")) == []

    unit_of_work().run(read)
