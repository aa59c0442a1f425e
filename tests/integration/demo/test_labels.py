"""What the demo shows of labels, pledges and recalls."""

from __future__ import annotations

import sqlalchemy as sa

from shop.catalogue.models import ComplianceClass
from shop.check import trace
from shop.demo.labels import label_lots
from shop.inventory.models import Lot
from shop.inventory.trace_models import LotPledge, LotRecall, RecallState
from shop.kit.clock import utc_now
from tests.factories.villages import NOW, build_county


def test_lots_have_pledges_and_labels_and_one_recall_is_proposed_once(unit_of_work):
    unit_of_work.run(build_county)
    unit_of_work.run(lambda s: s.execute(sa.update(ComplianceClass).values(slug="farm_produce")))
    unit_of_work.run(lambda s: s.execute(sa.update(Lot).where(Lot.id == 1).values(shipped=5, declared=25)))
    for _ in range(2):
        label_lots(unit_of_work, now=NOW)

    def look(session):
        broken = [one for rule in trace.RULES for one in rule.violations(session, utc_now())]
        printed = session.scalars(sa.select(Lot.bags_printed).order_by(Lot.id)).all()
        pledges = session.scalar(sa.select(sa.func.count(LotPledge.id)))
        return broken, printed, pledges, session.scalars(sa.select(LotRecall.state)).all()

    broken, printed, pledges, recalls = unit_of_work.run(look)
    assert broken == []
    assert printed[0] == 25
    assert pledges == len(printed)
    assert recalls == [RecallState.PROPOSED]
