"""Somebody gets what they chose: one press, which may be sent twice; undone with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.campaigns.day.beginning import demand_its_day
from shop.campaigns.day.errors import (
    GivenElsewhere,
    NothingToUndo,
    NotTheirCode,
    OwnCodeNeeded,
    ReasonMissing,
    UnknownMemberCode,
    WithRepresentative,
)
from shop.campaigns.day.hands import Hand
from shop.campaigns.day.models import FINAL, LONGEST_NAME, LONGEST_REASON, Handout, Leftover, Pile, Way
from shop.campaigns.day.standing import with_standing
from shop.campaigns.locking import lock_member, share_campaign
from shop.campaigns.member_models import CampaignMember, Choice
from shop.kit.errors import NotFound
from shop.kit.references import normalise_code
from shop.kit.text import normalise_digits, tidy

_LONGEST_CODE = 16


@dataclass(frozen=True, slots=True)
class HandedOut:
    """`is_new` is False where it was handed out before, at `at`."""

    name: str
    at: datetime
    is_new: bool


def members_with_code(session: Session, typed_code: str, *, by: Hand) -> Sequence[int]:
    """Whose code it is among those the hand reaches: mostly one, several where campaigns gave the same digits.

    Raises UnknownMemberCode.
    """
    found = session.scalars(
        with_standing(sa.select(CampaignMember.id))
        .where(*by.reaches(), Choice.pickup_code == plain_code(typed_code))
        .order_by(CampaignMember.id.desc())
        .limit(5)
    ).all()
    if not found:
        raise UnknownMemberCode(field="code")
    return found


def hand_out(
    session: Session,
    member_id: int,
    *,
    code: str | None,
    collected_by: str = "",
    by: Hand,
    pressed_at: datetime | None = None,
    now: datetime,
) -> HandedOut:
    """`code`: what was said; None where the union's own people know who stands before them, other than themselves.

    Sent twice it is one. Shares the campaign's lock and holds the member's. Raises NotFound, NotTheirCode, OwnCodeNeeded,
    NotTheDay, WithRepresentative at a point whose pile is gone, GivenElsewhere.
    """
    member, choice, handout, pile, leftover = _locked(session, member_id, by)
    if code is None and by.is_point:
        raise NotFound()
    if code is not None and plain_code(code) != choice.pickup_code:
        raise NotTheirCode(field="code", name=member.name)
    if handout is not None:
        return HandedOut(member.name, handout.handed_at, is_new=False)
    if code is None and member.user_id == by.user_id:
        raise OwnCodeNeeded()
    at = min(pressed_at or now, now)
    demand_its_day(session, member.campaign_id, choice.pickup_point_id, choice.slot_id, at=at)
    if leftover is not None and leftover.decision in FINAL:
        raise GivenElsewhere(name=member.name)
    if pile is not None and by.is_point:
        raise WithRepresentative(name=member.name, taken_by=pile.taken_by, when=pile.taken_at)
    session.add(
        Handout(
            campaign_id=member.campaign_id,
            member_id=member_id,
            pickup_point_id=choice.pickup_point_id,
            way=by.way,
            with_code=code is not None,
            collected_by=tidy(collected_by)[:LONGEST_NAME],
            handed_at=at,
            handed_by_id=by.user_id,
        )
    )
    session.flush()
    return HandedOut(member.name, at, is_new=True)


def undo_handout(session: Session, member_id: int, reason: str, *, by: Hand, now: datetime) -> str:
    """The goods are where they were before; returns the name. A keeper undoes only what was handed out at a point.

    Raises NotFound, ReasonMissing, NothingToUndo.
    """
    member, _choice, handout, _pile, _leftover = _locked(session, member_id, by)
    words = tidy(reason)[:LONGEST_REASON]
    if not words:
        raise ReasonMissing(field="reason")
    if handout is None:
        raise NothingToUndo()
    if by.is_point and handout.way is not Way.POINT:
        raise NotFound()
    handout.undone_at, handout.undone_by_id, handout.undone_reason = now, by.user_id, words
    session.flush()
    facts = {"member_id": member_id, "reason": words}
    audit(session, by.user_id, "campaign.handout_undone", "campaign", member.campaign_id, facts, now=now)
    name: str = member.name
    return name


def note_unused(session: Session, member_id: int, *, by: Hand, made_at: datetime, now: datetime) -> None:
    """What was pressed without a network about somebody of own points did not stand."""
    campaign_id = session.scalar(
        with_standing(sa.select(CampaignMember.campaign_id)).where(
            *by.reaches(), CampaignMember.id == member_id
        )
    )
    if campaign_id is not None:
        facts = {"member_id": member_id, "made_at": made_at.isoformat(timespec="seconds")}
        audit(session, by.user_id, "campaign.press_unused", "campaign", campaign_id, facts, now=now)


def plain_code(typed: str) -> str:
    return normalise_code(normalise_digits(typed))[:_LONGEST_CODE]


def _locked(session: Session, member_id: int, by: Hand) -> Any:
    """(member, choice, what stands of handout, pile, leftover) behind the locks. Raises NotFound out of reach."""
    reached = with_standing(sa.select(CampaignMember.campaign_id)).where(
        *by.reaches(), CampaignMember.id == member_id
    )
    campaign_id = session.scalar(reached)
    if campaign_id is None:
        raise NotFound()
    share_campaign(session, campaign_id)
    lock_member(session, member_id)
    row = session.execute(
        with_standing(sa.select(CampaignMember, Choice, Handout, Pile, Leftover))
        .where(*by.reaches(), CampaignMember.id == member_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound()
    return row
