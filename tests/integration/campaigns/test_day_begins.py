"""Goods are handed out from their day on, or once they have arrived; nobody hands out to themselves without a code."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.campaigns.day.beginning import begins_on
from shop.campaigns.day.errors import NotTheDay, OwnCodeNeeded
from shop.campaigns.day.handing import hand_out
from shop.campaigns.day.hands import acting_hand
from shop.campaigns.day.models import Handout
from shop.campaigns.day.piles import take_pile
from shop.campaigns.member_models import CampaignMember
from shop.campaigns.models import Campaign
from shop.delivery.models import Run
from tests.factories.campaign_days import (
    DAY,
    a_keeper,
    a_representative,
    code_of,
    the_organiser,
    union_on_its_day,
    unit_id,
)
from tests.factories.campaigns import member_ids

LONG_BEFORE = timedelta(days=2)


@pytest.fixture
def union(session, unit_of_work):
    return union_on_its_day(session, unit_of_work)


@pytest.fixture
def first(session, union):
    return member_ids(session, union)[0]


def give(session, union, member_id, at, by=None, code=None):
    done = hand_out(session, member_id, code=code, by=by or the_organiser(union), now=union.now + at)
    session.commit()
    return done


def test_before_the_day_nothing_is_handed_out_and_no_pile_is_taken(session, union, first):
    keeper = a_keeper(session, union)
    for by, code in ((keeper, code_of(session, first)), (None, None)):
        with pytest.raises(NotTheDay) as refused:
            give(session, union, first, LONG_BEFORE, by, code)
        assert refused.value.facts["day"] == session.get_one(Campaign, union.campaign_id).distribution_on
        session.rollback()
    with pytest.raises(NotTheDay):
        take_pile(
            session, union.campaign_id, unit_id(session, union), union.shop.point_id, "周代表", by=keeper,
            now=union.now + LONG_BEFORE,
        )  # fmt: skip
    session.rollback()
    assert session.scalar(sa.select(sa.func.count(Handout.id))) == 0
    assert begins_on(session, union.campaign_id, now=union.now) is not None


def test_on_the_day_before_the_hour_of_its_time_it_is(session, union, first):
    assert give(session, union, first, DAY - timedelta(hours=4)).is_new
    assert begins_on(session, union.campaign_id, now=union.now + DAY) is None


def test_once_the_goods_have_arrived_it_may_be_earlier(session, union, first):
    session.execute(sa.update(Run).values(arrived_at=union.now + LONG_BEFORE))
    session.commit()
    assert give(session, union, first, LONG_BEFORE).is_new


def test_a_representative_hands_nothing_to_themselves_without_the_code(session, union):
    user_id = a_representative(session, union)
    *_, last = member_ids(session, union)
    session.get_one(CampaignMember, last).user_id = user_id
    session.commit()
    by = acting_hand(session, union.campaign_id, user_id)
    with pytest.raises(OwnCodeNeeded):
        give(session, union, last, DAY, by)
    session.rollback()
    assert give(session, union, last, DAY, by, code_of(session, last)).is_new
