"""Members choose within their allowance, until the close, for nobody but themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import OrganisationMember
from shop.campaigns.access import desk_of
from shop.campaigns.choosing import Chooser, choose, usable_of
from shop.campaigns.deciding import choose_for, member_leaves
from shop.campaigns.errors import (
    AllTaken,
    NotChoosing,
    NothingChosen,
    NotOffered,
    OverAllowance,
    OverQuota,
    OverYearlyCap,
    SlotFull,
    TooManyEach,
)
from shop.campaigns.member_models import (
    CampaignMember,
    CampaignUnit,
    Choice,
    ChoiceLine,
    ChosenBy,
    YearOfAllowance,
)
from shop.campaigns.models import Campaign, CampaignGood, CampaignSlot
from shop.campaigns.opening import open_campaign
from shop.catalogue.models import Variant
from shop.kit.errors import NotAllowed, NotFound
from tests.factories.campaigns import (
    a_choice,
    add_campaign,
    an_account_of,
    choose_by_link,
    enrol,
    member_ids,
    open_union_shop,
    set_cap,
)
from tests.factories.organisations import add_union


@pytest.fixture
def union(session):
    return open_union_shop(session)


@pytest.fixture
def members(session, union):
    return member_ids(session, union)


def taken(session, union):
    statement = sa.select(CampaignSlot.taken).where(CampaignSlot.campaign_id == union.campaign_id)
    return list(session.scalars(statement.order_by(CampaignSlot.starts_at)))


def units_taken(session, union):
    rows = session.execute(sa.select(CampaignGood.variant_id, CampaignGood.taken_units))
    by_id = dict(rows.all())
    return {sku: by_id[union.shop.variants[sku]] for sku in ("tea", "eggs", "honey")}


def spent(session):
    return session.scalar(sa.select(sa.func.sum(YearOfAllowance.spent_fen))) or 0


def test_a_package_costs_what_its_goods_cost_when_the_campaign_opened(session, union, members):
    session.get_one(Variant, union.shop.variants["honey"]).price_fen = 9900
    session.flush()
    choice = choose_by_link(session, union, members[0], a_choice(union))
    assert (choice.total_fen, choice.allowance_fen, choice.own_fen) == (8800 + 5900, 8800 + 5900, 0)
    assert taken(session, union) == [1, 0]
    assert units_taken(session, union) == {"tea": 0, "eggs": 1, "honey": 1}
    assert spent(session) == 14_700


def test_changing_the_choice_frees_what_was_chosen_before(session, union, members):
    choose_by_link(session, union, members[0], a_choice(union))
    choice = choose_by_link(session, union, members[0], a_choice(union, {"tea": 2}, slot=1))
    assert choice.package_id is None
    assert (choice.total_fen, spent(session)) == (13_600, 13_600)
    assert taken(session, union) == [0, 1]
    assert units_taken(session, union) == {"tea": 2, "eggs": 0, "honey": 0}
    lines = session.scalars(sa.select(ChoiceLine.variant_id).where(ChoiceLine.member_id == members[0]))
    assert list(lines) == [union.shop.variants["tea"]]


def test_the_same_form_sent_twice_is_one_choice(session, union, members):
    wish = a_choice(union)
    for _ in range(2):
        choose_by_link(session, union, members[0], wish)
    assert taken(session, union) == [1, 0]
    assert spent(session) == 14_700


def test_nothing_beyond_the_allowance_can_be_chosen(session, union, members):
    with pytest.raises(OverAllowance, match=r"¥64\.00 more"):
        choose_by_link(session, union, members[0], a_choice(union, {"honey": 3}))
    session.rollback()
    assert taken(session, union) == [0, 0]
    assert session.get(Choice, members[0]) is None


@pytest.mark.parametrize(
    ("goods", "refusal"),
    [({}, NothingChosen), ({"tea": 0}, NothingChosen), ({"tea": 100}, TooManyEach)],
)
def test_an_empty_or_senseless_choice_is_refused(session, union, members, goods, refusal):
    with pytest.raises(refusal):
        choose_by_link(session, union, members[0], a_choice(union, goods))


def test_goods_that_are_not_on_the_free_list_cannot_be_chosen_singly(session, union, members):
    good = session.scalar(
        sa.select(CampaignGood).where(CampaignGood.variant_id == union.shop.variants["honey"])
    )
    good.is_free_choice = False
    session.flush()
    with pytest.raises(NotOffered):
        choose_by_link(session, union, members[0], a_choice(union, {"honey": 1}))


def test_the_last_place_of_a_time_is_given_once(session):
    union = open_union_shop(session, places=2)
    first, second, third, _ = member_ids(session, union)
    for member_id in (first, second):
        choose_by_link(session, union, member_id, a_choice(union))
    with pytest.raises(SlotFull):
        choose_by_link(session, union, third, a_choice(union))


def test_who_comes_first_has_the_last_of_limited_goods(session, union, members):
    session.execute(
        sa.update(CampaignGood)
        .where(CampaignGood.variant_id == union.shop.variants["honey"])
        .values(most_units=1)
    )
    choose_by_link(session, union, members[0], a_choice(union))
    with pytest.raises(AllTaken):
        choose_by_link(session, union, members[1], a_choice(union))


@pytest.mark.parametrize("shift", [timedelta(seconds=-1), timedelta(days=1)])
def test_nobody_chooses_before_it_opens_or_once_it_is_over(session, union, members, shift):
    with pytest.raises(NotChoosing):
        choose(session, members[0], a_choice(union), Chooser(ChosenBy.LINK), now=union.now + shift)


def test_all_campaigns_of_a_year_share_one_cap(session, union, members):
    set_cap(session, 300, now=union.now)
    other = add_campaign(session, union.shop, union.buyer_id, union.organisation_id, title="端午")
    enrol(session, other, 1)
    open_campaign(session, other.campaign_id, actor_id=union.buyer_id, now=union.now)
    choose_by_link(session, union, members[0], a_choice(union))
    (again,) = member_ids(session, other)
    with pytest.raises(OverYearlyCap, match=r"¥153\.00 are left"):
        choose_by_link(session, other, again, a_choice(other, {"honey": 2}))
    session.rollback()


def test_the_quota_of_a_sub_union_in_yuan_is_kept(session, union, members):
    session.execute(sa.update(CampaignUnit).values(most_fen=20_000))
    choose_by_link(session, union, members[0], a_choice(union))
    with pytest.raises(OverQuota):
        choose_by_link(session, union, members[1], a_choice(union))


def test_a_representative_chooses_for_members_of_their_own_unit_and_is_named(session, union, members):
    friend = an_account_of(session, union, "zhou")
    unit = session.scalar(sa.select(CampaignUnit))
    with pytest.raises(NotFound):
        choose_for(session, union.campaign_id, members[0], a_choice(union), actor_id=friend, now=union.now)
    join(session, union, friend, "viewer")
    with pytest.raises(NotAllowed):
        choose_for(session, union.campaign_id, members[0], a_choice(union), actor_id=friend, now=union.now)
    unit.organiser_id = friend
    session.flush()
    choice = choose_for(
        session, union.campaign_id, members[0], a_choice(union), actor_id=friend, now=union.now
    )
    assert (choice.chosen_by, choice.actor_id) == (ChosenBy.PROXY, friend)
    session.get_one(CampaignMember, members[1]).unit_id = None
    session.flush()
    with pytest.raises(NotFound):
        choose_for(session, union.campaign_id, members[1], a_choice(union), actor_id=friend, now=union.now)
    assert desk_of(session, union.campaign_id, friend).unit_ids == (unit.id,)


@pytest.mark.parametrize(("keeps", "left_fen", "places"), [(True, 14_700, [1, 0]), (False, 0, [0, 0])])
def test_who_leaves_keeps_what_was_chosen_or_gives_it_all_back(
    session, union, members, keeps, left_fen, places
):
    choose_by_link(session, union, members[0], a_choice(union))
    member_leaves(session, union.campaign_id, members[0], keeps=keeps, actor_id=union.buyer_id, now=union.now)
    assert spent(session) == left_fen
    assert taken(session, union) == places
    with pytest.raises(NotChoosing):
        choose_by_link(session, union, members[0], a_choice(union))


def test_the_usable_allowance_never_falls_below_nothing(session, union, members):
    set_cap(session, 100, now=union.now)
    campaign = session.get_one(Campaign, union.campaign_id)
    member = session.get_one(CampaignMember, members[0])
    session.add(
        YearOfAllowance(
            organisation_id=union.organisation_id,
            staff_number=member.staff_number,
            year=campaign.year,
            spent_fen=12_000,
        )
    )
    session.flush()
    assert usable_of(session, campaign, member, None) == 0


def test_another_union_cannot_see_a_campaign(session, union):
    other, _ = add_union(session, now=union.now, slug="other")
    with pytest.raises(NotFound):
        desk_of(session, union.campaign_id, other)


def join(session, union, user_id, role):
    session.add(OrganisationMember(organisation_id=union.organisation_id, user_id=user_id, role=role))
    session.flush()
