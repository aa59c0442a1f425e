"""A campaign's end from two sides at once: its bill is decided once, and it is called off once or closed, never both."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import AuditEntry, OrganisationMember, User
from shop.accounts.organisation_models import Span, SpendingLimit
from shop.campaigns.approval_models import CampaignApproval
from shop.campaigns.approving import approve_bill, return_bill, withdraw_bill
from shop.campaigns.beginning import begin_closing
from shop.campaigns.choosing import Chooser, choose
from shop.campaigns.ending import call_off
from shop.campaigns.member_models import Choice, ChosenBy
from shop.campaigns.models import Campaign, CampaignSlot, CampaignState
from shop.kit.errors import ShopError
from tests.factories.campaigns import a_choice, member_ids, open_union_shop
from tests.factories.without_locks import goes_wrong, without_locks
from tests.integration.concurrency.test_campaign_races import all_at_once, nothing_is_broken

LATER = timedelta(days=1)
PRESSES = 4


@pytest.fixture
def union(session):
    """Its first two members have chosen."""
    union = open_union_shop(session)
    for one in member_ids(session, union)[:2]:
        choose(session, one, a_choice(union), Chooser(ChosenBy.LINK), now=union.now)
    session.commit()
    return union


@pytest.fixture
def approvers(session, union):
    people = [User(email=f"a{number}@shop.example", created_at=union.now) for number in range(PRESSES)]
    session.add_all(people)
    session.flush()
    session.add_all(
        OrganisationMember(organisation_id=union.organisation_id, user_id=one.id, role="approver")
        for one in people
    )
    session.add(SpendingLimit(organisation_id=union.organisation_id, span=Span.ORDER, limit_fen=100))
    ids = [one.id for one in people]
    session.commit()
    return ids


def ask(unit_of_work, engine, union):
    """The bill waits; its request's id."""
    begin = partial(
        begin_closing, campaign_id=union.campaign_id, actor_id=union.buyer_id, now=union.now + LATER
    )
    assert unit_of_work.run(begin) is CampaignState.WAITING
    return one_of(engine, sa.select(sa.func.max(CampaignApproval.id)))


def one_of(engine, statement):
    with Session(engine) as own:
        return own.scalar(statement)


def noted(engine, action):
    return one_of(engine, sa.select(sa.func.count(AuditEntry.id)).where(AuditEntry.action == action))


def deciding(union, work, approval_id, person, *words):
    def decide(session):
        return work(
            session, union.organisation_id, approval_id, *words, actor_id=person, now=union.now + LATER
        )

    return decide


def reckless(unit_of_work):
    """Without locks, and without what follows: the audit trail and the outbox have fences of their own."""
    unlocked = without_locks(unit_of_work)
    unlocked._reactions = {}
    return unlocked


def returned_by_all(unit_of_work, engine, union, approvers):
    approval_id = ask(unit_of_work, engine, union)
    found = all_at_once(
        unit_of_work, [deciding(union, return_bill, approval_id, one, "太多") for one in approvers]
    )
    assert sum(one is True for one in found) == 1
    assert one_of(engine, sa.select(Campaign.state)) is CampaignState.OPEN


@pytest.mark.race(twin="test_without_the_lock_a_bill_is_returned_by_several")
def test_a_bill_is_returned_once(unit_of_work, engine, union, approvers):
    for count in range(1, 3):
        returned_by_all(unit_of_work, engine, union, approvers)
        assert noted(engine, "campaign.returned") == count
    nothing_is_broken(engine, union)


def test_without_the_lock_a_bill_is_returned_by_several(unit_of_work, engine, union, approvers):
    assert goes_wrong(partial(returned_by_all, reckless(unit_of_work), engine, union, approvers))


@pytest.mark.race(fence="the campaign's row is locked, and what is decided is not decided again")
def test_a_bill_is_approved_returned_or_taken_back_and_only_one_of_these(
    unit_of_work, engine, union, approvers
):
    approval_id = ask(unit_of_work, engine, union)
    back = partial(
        withdraw_bill, campaign_id=union.campaign_id, actor_id=union.buyer_id, now=union.now + LATER
    )
    found = all_at_once(
        unit_of_work,
        [
            deciding(union, approve_bill, approval_id, approvers[0]),
            deciding(union, return_bill, approval_id, approvers[1], "太多"),
            deciding(union, approve_bill, approval_id, approvers[2]),
            back,
        ],
    )
    assert sum(one is True for one in found) == 1
    closes = one_of(engine, sa.select(Campaign.state)) is CampaignState.CLOSING
    assert closes is (found[0] is True or found[2] is True)
    assert noted(engine, "campaign.approved") == int(closes)
    nothing_is_broken(engine, union)


def calling_off(union):
    return partial(
        call_off, campaign_id=union.campaign_id, reason="县里停电", actor_id=union.buyer_id, now=union.now
    )


def called_off_by_all(unit_of_work, engine, union):
    found = all_at_once(unit_of_work, [calling_off(union)] * PRESSES)
    assert sorted(found) == [*[0] * (PRESSES - 1), 2]
    assert one_of(engine, sa.select(sa.func.sum(CampaignSlot.taken))) == 0


@pytest.mark.race(twin="test_without_the_lock_a_campaign_is_called_off_several_times")
def test_a_campaign_is_called_off_once(unit_of_work, engine, union):
    called_off_by_all(unit_of_work, engine, union)
    assert noted(engine, "campaign.called_off") == 1
    nothing_is_broken(engine, union)


def test_without_the_lock_a_campaign_is_called_off_several_times(unit_of_work, engine, union):
    """Its members' allowances would go back twice: there the table's own condition refuses, which is no orderly answer."""
    with pytest.raises((AssertionError, sa.exc.IntegrityError)):
        called_off_by_all(reckless(unit_of_work), engine, union)


@pytest.mark.race(fence="the campaign's row is locked, against everybody who chooses or decides")
def test_a_campaign_that_waits_is_approved_or_called_off_and_who_chooses_meanwhile_loses_nothing(
    session, unit_of_work, engine, union, approvers
):
    members = member_ids(session, union)
    session.rollback()
    approval_id = ask(unit_of_work, engine, union)
    late = partial(
        choose, member_id=members[-1], wish=a_choice(union), chooser=Chooser(ChosenBy.LINK), now=union.now
    )
    off, approved, _chosen = all_at_once(
        unit_of_work,
        [calling_off(union), deciding(union, approve_bill, approval_id, approvers[0]), late],
    )
    state = one_of(engine, sa.select(Campaign.state))
    if approved is True:
        assert (state, isinstance(off, ShopError)) == (CampaignState.CLOSING, True)
    else:
        assert state in {CampaignState.CALLED_OFF, CampaignState.WAITING}
    if state is CampaignState.CALLED_OFF:
        assert one_of(engine, sa.select(sa.func.count(Choice.member_id))) == 0
    nothing_is_broken(engine, union)
