"""The day of distribution: who gets what is handed out once, piles go to representatives, and leftovers are decided."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry, Organisation
from shop.campaigns.access import desk_of
from shop.campaigns.day.collecting import collecting_of, name_collector
from shop.campaigns.day.deadlines import collect_until, set_deadline
from shop.campaigns.day.errors import (
    BeforeDeadline,
    DayMissing,
    GivenElsewhere,
    HandedOutBefore,
    NameMissing,
    NothingToUndo,
    NotTheirCode,
    PileInUse,
    ReasonMissing,
    UnknownMemberCode,
    WithRepresentative,
)
from shop.campaigns.day.handing import hand_out, members_with_code, undo_handout
from shop.campaigns.day.hands import acting_hand
from shop.campaigns.day.leftovers import Ruling, decide_leftovers, leftover_units, take_decision_back
from shop.campaigns.day.lists import Asked, Where, added, all_entries, counts_of, day_page
from shop.campaigns.day.models import Decision, Handout, Leftover, Pile
from shop.campaigns.day.piles import take_pile, undo_pile
from shop.campaigns.day.reminding import remind_to_collect
from shop.campaigns.errors import RemindedToday
from shop.campaigns.member_models import CampaignMember
from shop.campaigns.models import Campaign
from shop.kit.errors import NotAllowed, NotFound
from shop.notifications.campaign_letters import tell_members
from shop.reimbursement.about import About
from shop.reimbursement.goods import Goods
from shop.reimbursement.models import PackKind
from shop.reimbursement.sign_off import _member_rows, sign_off_section
from shop.reimbursement.wording import Tongue
from shop.storage.outbox import OutboxMessage
from tests.factories.campaign_days import (
    DAY,
    a_keeper,
    a_representative,
    code_of,
    day_after_the_deadline,
    somebody,
    the_organiser,
    union_on_its_day,
    unit_id,
)
from tests.factories.campaigns import member_ids, open_union_shop
from tests.factories.counting import counted_statements


@pytest.fixture
def union(session, unit_of_work):
    return union_on_its_day(session, unit_of_work)


@pytest.fixture
def keeper(session, union):
    return a_keeper(session, union)


@pytest.fixture
def first(session, union):
    return member_ids(session, union)[0]


def by_code(session, union, member_id, by, **more):
    done = hand_out(session, member_id, code=code_of(session, member_id), by=by, now=union.now + DAY, **more)
    session.commit()
    return done


def where(session, union, member_id):
    entries = all_entries(session, the_organiser(union), union.campaign_id, Asked(), most=100)
    return next(one.where for one in entries if one.member_id == member_id)


def late(session, union):
    return union.now + day_after_the_deadline(session, union)


def decide(session, union, members, decision=Decision.SHOP, **more):
    ruling = Ruling(decision, more.pop("reason", "没人来领"), **more)
    count = decide_leftovers(
        session, union.campaign_id, members, ruling, actor_id=union.buyer_id, now=late(session, union)
    )
    session.commit()
    return count


def test_a_member_gets_theirs_by_code_once(session, union, keeper, first):
    assert by_code(session, union, first, keeper).is_new
    again = by_code(session, union, first, keeper)
    assert (again.is_new, again.at) == (False, union.now + DAY)
    assert session.scalar(sa.select(sa.func.count(Handout.id))) == 1
    assert where(session, union, first) is Where.COLLECTED


def test_a_code_leads_to_its_member_and_to_nobody_elsewhere(session, union, keeper, first):
    code = code_of(session, first)
    assert list(members_with_code(session, f" {code[:3]} {code[3:]}", by=keeper)) == [first]
    elsewhere = type(keeper)(keeper.user_id, keeper.way, frozenset({987}))
    with pytest.raises(UnknownMemberCode):
        members_with_code(session, code, by=elsewhere)
    with pytest.raises(NotFound):
        hand_out(session, first, code=code, by=elsewhere, now=union.now)


def test_the_wrong_code_hands_out_nothing(session, union, keeper, first):
    second = member_ids(session, union)[1]
    with pytest.raises(NotTheirCode):
        hand_out(session, first, code=code_of(session, second), by=keeper, now=union.now)
    with pytest.raises(NotFound):
        hand_out(session, first, code=None, by=keeper, now=union.now)
    assert session.scalar(sa.select(sa.func.count(Handout.id))) == 0


def test_who_collects_for_another_is_written_down(session, union, keeper, first):
    by_code(session, union, first, keeper, collected_by=" 李  同事 ")
    assert session.scalar(sa.select(Handout.collected_by)) == "李 同事"


def test_a_press_without_a_network_has_the_moment_of_its_press(session, union, keeper, first):
    pressed = union.now + DAY - timedelta(hours=2)
    assert by_code(session, union, first, keeper, pressed_at=pressed).at == pressed


def test_undoing_needs_a_reason_and_keeps_what_was(session, unit_of_work, union, keeper, first):
    by_code(session, union, first, keeper)
    with pytest.raises(ReasonMissing):
        undo_handout(session, first, "  ", by=keeper, now=union.now)
    session.rollback()
    unit_of_work.run(
        partial(undo_handout, member_id=first, reason="给错人了", by=keeper, now=union.now + DAY)
    )
    with pytest.raises(NothingToUndo):
        undo_handout(session, first, "给错人了", by=keeper, now=union.now + DAY)
    assert where(session, union, first) is Where.WAITING
    assert by_code(session, union, first, keeper).is_new
    assert session.scalar(sa.select(sa.func.count(Handout.id))) == 2
    assert session.scalar(sa.select(AuditEntry.id).where(AuditEntry.action == "campaign.handout_undone"))


def test_a_keeper_undoes_nothing_that_the_union_handed_out(session, union, keeper, first):
    by_code(session, union, first, the_organiser(union))
    with pytest.raises(NotFound):
        undo_handout(session, first, "x", by=keeper, now=union.now)


def test_a_representative_reaches_own_people_only(session, union, first):
    user_id = a_representative(session, union)
    hand = acting_hand(session, union.campaign_id, user_id)
    with pytest.raises(NotFound):
        hand_out(session, first, code=None, by=hand, now=union.now)
    *_, last = member_ids(session, union)
    assert hand_out(session, last, code=None, by=hand, now=union.now + DAY).is_new
    assert day_page(session, hand, union.campaign_id, Asked()).total == 2


def test_who_only_reads_hands_out_nothing(session, union):
    viewer = somebody(session, "viewer", at=union, role="viewer")
    with pytest.raises(NotAllowed):
        acting_hand(session, union.campaign_id, viewer)


def test_a_pile_goes_to_the_representative_and_then_to_each(session, union, keeper):
    unit, point = unit_id(session, union), union.shop.point_id
    *_, other, last = member_ids(session, union)
    take = partial(take_pile, session, union.campaign_id, unit, point, by=keeper, now=union.now + DAY)
    with pytest.raises(NameMissing):
        take(" ")
    pile = take("周代表")
    session.commit()
    assert (pile.people, pile.units) == (2, 4)
    assert take("周代表").id == pile.id
    assert where(session, union, last) is Where.REPRESENTATIVE
    with pytest.raises(WithRepresentative):
        by_code(session, union, last, keeper)
    hand = acting_hand(session, union.campaign_id, a_representative(session, union))
    hand_out(session, last, code=None, by=hand, now=union.now + DAY)
    session.commit()
    with pytest.raises(PileInUse):
        undo_pile(session, pile.id, "拿错了", by=keeper, now=union.now + DAY)
    session.rollback()
    undo_handout(session, last, "拿错了", by=hand, now=union.now + DAY)
    assert where(session, union, last) is Where.REPRESENTATIVE
    with pytest.raises(ReasonMissing):
        undo_pile(session, pile.id, "", by=keeper, now=union.now + DAY)
    undo_pile(session, pile.id, "拿错了", by=keeper, now=union.now + DAY)
    session.commit()
    assert where(session, union, other) is Where.WAITING
    assert session.scalar(sa.select(sa.func.count(Pile.id))) == 1


def test_only_what_was_not_collected_goes_into_a_pile(session, union, keeper):
    *_, last = member_ids(session, union)
    by_code(session, union, last, keeper)
    unit, point = unit_id(session, union), union.shop.point_id
    assert (
        take_pile(session, union.campaign_id, unit, point, "周", by=keeper, now=union.now + DAY).people == 1
    )


def test_lists_are_narrowed_searched_and_counted(session, union, keeper, first):
    by_code(session, union, first, keeper)
    organiser, campaign = the_organiser(union), union.campaign_id
    found = day_page(session, organiser, campaign, Asked(look="missing"))
    assert found.total == 5
    assert day_page(session, organiser, campaign, Asked(look="collected", text="会员1")).total == 1
    assert day_page(session, organiser, campaign, Asked(text="A00050")).items[0].tail == "0050"
    assert day_page(session, organiser, campaign, Asked(unit_id=unit_id(session, union))).total == 2
    assert day_page(session, organiser, campaign, Asked(slot_id=union.slots[1])).total == 0
    counts = counts_of(session, keeper, campaign)
    assert (added(counts).people, added(counts).collected, added(counts).missing) == (6, 1, 5)
    assert added(counts, unit_id=unit_id(session, union)).people == 2


def test_a_list_costs_three_statements_however_long_it_is(session, union, engine):
    with counted_statements(engine) as counted:
        day_page(session, the_organiser(union), union.campaign_id, Asked())
    assert len(counted) == 3


def test_reminders_go_to_who_has_nothing_once_a_day(session, unit_of_work, union, keeper, first):
    by_code(session, union, first, keeper)
    tell_members(unit_of_work, now=union.now + DAY)
    at = union.now + DAY
    assert remind_to_collect(session, union.campaign_id, actor_id=union.buyer_id, now=at) == 5
    session.commit()
    with pytest.raises(RemindedToday):
        remind_to_collect(session, union.campaign_id, actor_id=union.buyer_id, now=at)
    session.rollback()
    assert tell_members(unit_of_work, now=at) == 5
    keys = OutboxMessage.dedupe_key.like("campaign_uncollected:%")
    assert session.scalar(sa.select(sa.func.count(OutboxMessage.id)).where(keys)) == 5
    assert remind_to_collect(session, union.campaign_id, actor_id=union.buyer_id, now=at + timedelta(days=1))


def test_the_deadline_is_a_week_after_the_day_or_what_the_organiser_says(session, union):
    campaign = session.get_one(Campaign, union.campaign_id)
    assert collect_until(session, campaign) == campaign.distribution_on + timedelta(days=7)
    day = campaign.distribution_on + timedelta(days=2)
    set_deadline(session, union.campaign_id, day, actor_id=union.buyer_id, now=union.now)
    assert collect_until(session, campaign) == day
    for wrong in (None, campaign.distribution_on - timedelta(days=1)):
        with pytest.raises(DayMissing):
            set_deadline(session, union.campaign_id, wrong, actor_id=union.buyer_id, now=union.now)


def test_nothing_is_left_over_before_the_deadline(session, union, first):
    ruling = Ruling(Decision.SHOP, "没人来")
    with pytest.raises(BeforeDeadline):
        decide_leftovers(
            session, union.campaign_id, [first], ruling, actor_id=union.buyer_id, now=union.now + DAY
        )


def test_what_is_left_over_is_decided_and_given_to_nobody_else(session, union, keeper, first):
    assert decide(session, union, [first], Decision.DONATED, given_to="山区小学") == 1
    assert decide(session, union, [first], Decision.DONATED, given_to="山区小学") == 1
    assert session.scalar(sa.select(sa.func.count(Leftover.id))) == 1
    assert where(session, union, first) is Where.GONE
    with pytest.raises(GivenElsewhere):
        by_code(session, union, first, keeper)


def test_a_decision_is_corrected_by_another_one_or_taken_back(session, union, keeper, first):
    decide(session, union, [first])
    decide(session, union, [first], Decision.KEEP, keep_until=late(session, union).date() + timedelta(days=5))
    assert where(session, union, first) is Where.WAITING
    take_decision_back(session, union.campaign_id, first, actor_id=union.buyer_id, now=late(session, union))
    session.commit()
    assert by_code(session, union, first, keeper).is_new
    kept = session.scalars(sa.select(Leftover.corrected_at)).all()
    assert len(kept) == 2
    assert None not in kept
    with pytest.raises(NothingToUndo):
        take_decision_back(session, union.campaign_id, first, actor_id=union.buyer_id, now=union.now)


def test_all_that_is_left_is_decided_at_once_and_counted_by_good(session, union, keeper, first):
    by_code(session, union, first, keeper)
    second = member_ids(session, union)[1]
    decide(session, union, [second], Decision.COLLEAGUE, given_to="会员3")
    assert decide(session, union, None) == 4
    desk = desk_of(session, union.campaign_id, union.buyer_id)
    units = leftover_units(session, desk, union.buyer_id)
    ids = union.shop.variants
    assert units == {ids["tea"]: {"colleague": 1, "shop": 4}, ids["eggs"]: {"colleague": 1, "shop": 4}}


@pytest.mark.parametrize(
    ("decision", "more", "refused"),
    [
        (Decision.COLLEAGUE, {}, NameMissing),
        (Decision.DONATED, {"given_to": " "}, NameMissing),
        (Decision.KEEP, {}, DayMissing),
        (Decision.SHOP, {"reason": " "}, ReasonMissing),
    ],
)
def test_a_decision_says_why_and_to_whom(session, union, first, decision, more, refused):
    with pytest.raises(refused):
        decide(session, union, [first], decision, **more)


def test_only_the_organiser_decides_about_leftovers(session, union):
    user_id = a_representative(session, union)
    with pytest.raises(NotAllowed):
        decide_leftovers(
            session,
            union.campaign_id,
            None,
            Ruling(Decision.SHOP, "x"),
            actor_id=user_id,
            now=late(session, union),
        )


def test_a_member_names_who_may_collect(session, union, keeper, first):
    assert name_collector(session, first, " 李 同事 ", now=union.now) == "李 同事"
    name_collector(session, first, "王同事", now=union.now)
    session.commit()
    assert collecting_of(session, first, now=union.now).collector == "王同事"
    name_collector(session, first, "", now=union.now)
    session.commit()
    assert collecting_of(session, first, now=union.now).collector == ""
    by_code(session, union, first, keeper)
    with pytest.raises(HandedOutBefore):
        name_collector(session, first, "李同事", now=union.now)


def test_nothing_is_handed_out_while_members_still_choose(session):
    union = open_union_shop(session)
    (first, *_) = member_ids(session, union)
    with pytest.raises(NotFound):
        hand_out(session, first, code=None, by=the_organiser(union), now=union.now)


def test_the_sheet_for_the_papers_says_who_took_each_members_goods(session, union, keeper, first):
    second = member_ids(session, union)[1]
    by_code(session, union, first, keeper)
    by_code(session, union, second, keeper, collected_by="李同事")
    take_pile(
        session,
        union.campaign_id,
        unit_id(session, union),
        union.shop.point_id,
        "周代表",
        by=keeper,
        now=union.now + DAY,
    )
    session.commit()
    undo_handout(session, first, "拿错了", by=keeper, now=union.now + DAY)
    session.commit()
    organisation = session.get_one(Organisation, union.organisation_id)
    about = About(PackKind.CAMPAIGN, str(union.campaign_id), organisation, "", (), union.campaign_id)
    rows = _member_rows(session, about, Tongue(str, chinese=False))
    took = {row[1]: row[5] for row in rows}
    numbers = [session.get_one(CampaignMember, one).staff_number for one in (first, second)]
    assert [took[one] for one in numbers] == ["", "李同事, on their behalf"]
    assert list(took.values()).count("周代表, representative") == 2
    section = sign_off_section(session, about, Goods([], []), Tongue(str, chinese=False), to_write=False)
    assert "Handed out so far: 3, with day and who took it." in section.says
