"""What nobody collected, by point and goods, and what became of it, as the team reads it."""

from __future__ import annotations

import sqlalchemy as sa

from shop.campaigns.day.leftovers import Ruling, decide_leftovers
from shop.campaigns.day.models import Decision
from shop.campaigns.models import Campaign
from shop.reports.definition import Span
from shop.reports.leftovers import CAMPAIGN_LEFTOVERS
from tests.factories.campaign_days import day_after_the_deadline, union_on_its_day
from tests.factories.campaigns import member_ids


def test_it_says_what_is_left_at_each_point_and_what_became_of_it(session, unit_of_work):
    union = union_on_its_day(session, unit_of_work)
    day = session.scalar(sa.select(Campaign.distribution_on))
    late = union.now + day_after_the_deadline(session, union)
    members = member_ids(session, union)
    ruling = Ruling(Decision.DONATED, "没有人来", given_to="食堂")
    decide_leftovers(session, union.campaign_id, members[:2], ruling, actor_id=union.buyer_id, now=late)
    session.commit()
    rows = session.execute(CAMPAIGN_LEFTOVERS.statement(Span(day, day), "zh")).all()
    assert {row[3] for row in rows} == {"图书馆北门"}
    by_goods = {row[4]: tuple(row[6:11]) for row in rows}
    assert by_goods == {"好tea": (6, 4, 0, 0, 2), "好eggs": (6, 4, 0, 0, 2)} or set(by_goods.values()) == {
        (6, 4, 0, 0, 2)
    }
    assert session.execute(CAMPAIGN_LEFTOVERS.statement(Span(late.date(), late.date()), "zh")).all() == []
