"""Who represents a sub-union can be another person until the goods are handed out; its quota stands."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry, User
from shop.campaigns.access import desk_of
from shop.campaigns.errors import NotADraft
from shop.campaigns.member_models import CampaignUnit
from shop.campaigns.models import Campaign, CampaignState
from shop.campaigns.unit_keeping import DAY_IS_OVER, NOTHING_COMES, QUOTA_STANDS, save_unit
from tests.factories.campaign_days import DAY, close_now, somebody
from tests.factories.campaigns import open_union_shop


@pytest.fixture
def union(session, unit_of_work):
    """Closed; the sub-union may be of nine people and choose for 1,000 yuan."""
    union = open_union_shop(session)
    session.execute(sa.update(CampaignUnit).values(most_people=9, most_fen=100_000))
    session.commit()
    close_now(unit_of_work, union)
    session.rollback()
    return union


def unit_of(session):
    return session.scalars(sa.select(CampaignUnit).execution_options(populate_existing=True)).one()


@pytest.fixture
def save(session, unit_of_work, union):
    def save(*, organiser, people=9, fen=100_000, later=DAY):
        session.execute(sa.update(User).values(confirmed_at=union.now))
        typed = {"organiser": organiser, "most_people": people, "most_fen": fen}
        unit_id, at = unit_of(session).id, union.now + later
        session.commit()
        unit_of_work.run(
            lambda s: save_unit(s, union.campaign_id, unit_id, **typed, actor_id=union.buyer_id, now=at)
        )

    return save


def test_who_falls_ill_on_the_day_is_replaced(session, union, save):
    ill = somebody(session, "ill", at=union, role="viewer")
    well = somebody(session, "well", at=union, role="viewer")
    save(organiser="ill@shop.example")
    assert desk_of(session, union.campaign_id, ill).unit_ids == (unit_of(session).id,)
    save(organiser="well@shop.example")
    assert desk_of(session, union.campaign_id, well).unit_ids == (unit_of(session).id,)
    assert desk_of(session, union.campaign_id, ill).unit_ids is None  # reads as any member of the union
    noted = session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "campaign.unit_changed").order_by(AuditEntry.id)
    ).all()
    assert [one.facts["user_id"] for one in noted] == [ill, well]


def test_its_quota_stands_and_the_reason_says_so(session, union, save):
    somebody(session, "well", at=union, role="viewer")
    for changed in ({"people": 10}, {"fen": 200_000}, {"fen": None}):
        with pytest.raises(NotADraft) as refused:
            save(organiser="well@shop.example", **changed)
        assert refused.value.message == QUOTA_STANDS
        session.rollback()
    assert unit_of(session).organiser_id is None


def test_once_the_days_for_collecting_are_over_nobody_is_needed(session, union, save):
    somebody(session, "well", at=union, role="viewer")
    save(organiser="well@shop.example", later=DAY + timedelta(days=7))
    with pytest.raises(NotADraft) as refused:
        save(organiser="", later=DAY + timedelta(days=8))
    assert refused.value.message == DAY_IS_OVER


def test_of_a_campaign_that_was_called_off_nothing_is_changed(session, save):
    session.execute(sa.update(Campaign).values(state=CampaignState.CALLED_OFF))
    session.commit()
    with pytest.raises(NotADraft) as refused:
        save(organiser="")
    assert refused.value.message == NOTHING_COMES
