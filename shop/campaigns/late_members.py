"""One member by hand: who came late is added, and a number that is somebody's already is corrected only on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.campus.roster_table import same_name
from shop.campaigns.enrolling import (
    correct,
    corrected,
    is_somebody_else,
    members_of,
    new_member,
    open_list,
    refuse_full,
    unit_ids,
)
from shop.campaigns.errors import NumberTaken
from shop.campaigns.locking import lock_member
from shop.campaigns.matching import match_accounts
from shop.campaigns.member_models import CampaignMember, CampaignUnit, Choice, Standing
from shop.campaigns.member_table import Entry
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg


@dataclass(frozen=True, slots=True)
class Correction:
    """What would change about a member: (field, as it is, as it would be). `somebody_else`: account and link end."""

    member: CampaignMember
    changes: Sequence[tuple[str, str, str]]
    somebody_else: bool
    has_chosen: bool


def enrol_one(session: Session, campaign_id: int, entry: Entry, *, actor_id: int, now: datetime) -> int:
    """A late member, or one who comes back; the same form again changes nothing.

    Raises NotFound, NotAllowed, NotADraft, NumberTaken where it would change who has the number, Conflict for a full unit.
    """
    campaign = open_list(session, campaign_id, actor_id)
    member = session.scalar(members_of(campaign_id).where(CampaignMember.staff_number == entry.number))
    if member is not None:
        is_new = not same_name(member.name, entry.name) or bool(_changes(session, member, entry))
        if is_new:
            raise NumberTaken(number=entry.number, name=member.name, member_id=member.id)
        if member.standing is Standing.ENROLLED:
            return member.id
        refuse_full(session, member.unit_id)
        member.standing, member.left_at = Standing.ENROLLED, None
    else:
        units = unit_ids(session, campaign_id, [entry.unit] if entry.unit else [])
        refuse_full(session, units.get(entry.unit))
        member = new_member(session, campaign, entry, units, now)
        session.add(member)
    session.flush()
    match_accounts(session, [member])
    personal = {"name": entry.name, "number": entry.number}
    audit(session, actor_id, "campaign.member_added", "campaign", campaign_id, {}, now=now, personal=personal)
    return member.id


def plan_correction(session: Session, campaign_id: int, member_id: int, entry: Entry) -> Correction:
    """Nothing is written. Raises NotFound, InvalidInput for a number that is not theirs."""
    member = session.get(CampaignMember, member_id)
    if member is None or member.campaign_id != campaign_id:
        raise NotFound()
    if member.staff_number != entry.number:
        raise InvalidInput(
            msg("%(name)s has the staff number %(number)s."),
            field="number",
            name=member.name,
            number=member.staff_number,
        )
    return Correction(
        member,
        _changes(session, member, entry),
        is_somebody_else(member, entry),
        session.get(Choice, member_id) is not None,
    )


def correct_member(
    session: Session, campaign_id: int, member_id: int, entry: Entry, *, actor_id: int, now: datetime
) -> None:
    """What was shown and confirmed. What was chosen stays with the number. Harmless to repeat.

    Locks the campaign and the member. Raises NotFound, NotAllowed, NotADraft, Conflict for a full unit, OverQuota.
    """
    open_list(session, campaign_id, actor_id)
    member = lock_member(session, member_id)
    plan = plan_correction(session, campaign_id, member_id, entry)
    comes_back = member.standing is not Standing.ENROLLED
    if not plan.changes and not comes_back:
        return
    units = unit_ids(session, campaign_id, [entry.unit] if entry.unit else [])
    unit_id = units[entry.unit] if entry.unit else member.unit_id
    if unit_id != member.unit_id or comes_back:
        refuse_full(session, unit_id)
    correct(session, member, entry, units)
    member.standing, member.left_at = Standing.ENROLLED, None
    session.flush()
    match_accounts(session, [member])
    personal = {"name": entry.name, "number": entry.number}
    facts = {"member_id": member_id, "changed": [name for name, _old, _new in plan.changes]}
    audit(
        session,
        actor_id,
        "campaign.member_corrected",
        "campaign",
        campaign_id,
        facts,
        now=now,
        personal=personal,
    )


def _changes(session: Session, member: CampaignMember, entry: Entry) -> list[tuple[str, str, str]]:
    unit = _unit_name(session, member)
    name, phone, email = corrected(member, entry)
    found = [
        ("name", member.name, name),
        ("unit", unit, entry.unit or unit),
        ("phone", member.phone or "", phone or ""),
        ("email", member.email or "", email or ""),
    ]
    return [(field, old, new) for field, old, new in found if old != new]


def _unit_name(session: Session, member: CampaignMember) -> str:
    name = sa.select(CampaignUnit.name).where(CampaignUnit.id == member.unit_id)
    return session.scalar(name) or "" if member.unit_id is not None else ""
