"""The organiser's dashboard: campaigns beside each other, each as far as its reader may see."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import Organisation, OrganisationMember, User
from shop.accounts.passwords import hash_password
from shop.campaigns.access import desk_of
from shop.campaigns.figures import CampaignFigures, beside, campaigns_in_figures
from shop.campaigns.member_models import CampaignUnit
from shop.campaigns.models import Campaign, CampaignState
from shop.campaigns.progress import Progress, progress_of
from shop.kit.clock import utc_now
from tests.factories.campaigns import a_choice, choose_by_link, enrol, member_ids, open_union_shop
from tests.factories.counting import counted_statements
from tests.factories.people import PASSWORD, make_person, sign_in

NONE = Progress(0, 0, 0, 0, 0)


@pytest.fixture
def union(session):
    """Four members of one sub-union and three of another; one has chosen."""
    made = open_union_shop(session, members=4)
    enrol(session, made, 3, unit="图书馆分会", first=10)
    choose_by_link(session, made, member_ids(session, made)[0], a_choice(made))
    session.commit()
    return made


@pytest.fixture
def organisation_id(session, union):
    found = session.scalar(sa.select(Campaign.organisation_id).where(Campaign.id == union.campaign_id))
    session.commit()
    return found


def test_the_figures_are_those_of_the_campaigns_own_page(session, union, organisation_id):
    [one] = campaigns_in_figures(session, organisation_id, user_id=union.buyer_id, role="owner")
    assert one.progress == progress_of(session, desk_of(session, union.campaign_id, union.buyer_id))
    assert (one.progress.members, one.progress.chosen, one.progress.waiting) == (7, 1, 6)
    assert one.budget_fen == 7 * 20_000
    assert not one.of_units


def test_who_organises_a_sub_union_sees_it_alone(session, unit_of_work, union, organisation_id):
    person = make_person(unit_of_work, "library@example.com")

    def organises(inner):
        inner.add(OrganisationMember(organisation_id=organisation_id, user_id=person.id, role="viewer"))
        unit = sa.update(CampaignUnit).where(CampaignUnit.name == "图书馆分会")
        inner.execute(unit.values(organiser_id=person.id))

    unit_of_work.run(organises)
    [one] = campaigns_in_figures(session, organisation_id, user_id=person.id, role="viewer")
    assert one.of_units
    assert (one.progress.members, one.progress.chosen) == (3, 0)
    assert one.progress == progress_of(session, desk_of(session, union.campaign_id, person.id))


def test_drafts_and_what_was_called_off_have_no_figures(session, union, organisation_id):
    for state in (CampaignState.DRAFT, CampaignState.DROPPED, CampaignState.CALLED_OFF):
        session.execute(sa.update(Campaign).values(state=state))
        assert campaigns_in_figures(session, organisation_id, user_id=union.buyer_id, role="owner") == []
    session.rollback()


def test_another_organisations_campaigns_are_not_there(session, union):
    other = Organisation(slug="other", name="别家", invoice_title="别家", tax_number="")
    session.add(other)
    session.flush()
    assert campaigns_in_figures(session, other.id, user_id=union.buyer_id, role="owner") == []
    session.rollback()


def test_no_more_statements_are_needed_for_more_campaigns(session, engine, union, organisation_id):
    def count() -> int:
        with counted_statements(engine) as statements:
            campaigns_in_figures(session, organisation_id, user_id=union.buyer_id, role="viewer")
        session.rollback()
        return len(statements)

    one = count()
    mapper = sa.inspect(Campaign)
    row = session.get_one(Campaign, union.campaign_id)
    same = {
        column.key: getattr(row, column.key)
        for column in mapper.column_attrs
        if column.key not in {"id", "token"}
    }
    session.add_all(Campaign(**same, token=f"copy {number}") for number in range(5))
    session.commit()
    assert count() == one == 3


def a_campaign(number: int, on: date) -> CampaignFigures:
    return CampaignFigures(number, str(number), CampaignState.CLOSED, on, utc_now(), False, 0, False, NONE)


def test_the_campaign_of_a_year_ago_is_the_same_feast():
    """The spring festival moves by some weeks; the autumn's campaign is none of a year ago."""
    now = a_campaign(5, date(2027, 2, 1))
    autumn, spring, summer = (
        a_campaign(4, date(2026, 9, 20)),
        a_campaign(3, date(2026, 2, 10)),
        a_campaign(2, date(2025, 12, 28)),
    )
    found = beside([now, autumn, spring, summer])
    assert (found.now, found.before, found.year_ago) == (now, autumn, spring)
    assert beside([now]).before is None
    assert beside([now, autumn]).year_ago is None
    assert beside([]).now is None


def test_the_page_leads_to_who_has_not_chosen(app, session, union, client, organisation_id):
    buyer = session.get_one(User, union.buyer_id)
    buyer.password_hash, buyer.confirmed_at = hash_password(PASSWORD), utc_now()
    session.execute(sa.update(Campaign).values(closes_at=utc_now() + timedelta(days=1)))
    slug = session.get_one(Organisation, organisation_id).slug
    session.commit()
    sign_in(client, buyer.email)
    page = client.get(f"/org/{slug}/campaigns/figures").text
    link = f"/org/{slug}/campaigns/{union.campaign_id}/members?look=waiting"
    assert link in page
    assert client.get(link).status_code == 200
    ended = sa.update(Campaign).values(closes_at=utc_now() - timedelta(minutes=1))
    session.execute(ended)
    session.commit()
    assert link not in client.get(f"/org/{slug}/campaigns/figures").text
    assert client.get("/org/nobody/campaigns/figures").status_code == 404
