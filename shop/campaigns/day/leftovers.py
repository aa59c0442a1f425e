"""Goods that nobody collected by the deadline: what becomes of them, by a person's word, and corrected by a person's word.

No decision moves money: what a member did not collect is never paid out to anybody.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.campaigns.access import Desk, managed_desk
from shop.campaigns.batches import in_batches
from shop.campaigns.day.deadlines import collect_until
from shop.campaigns.day.errors import (
    BeforeDeadline,
    DayMissing,
    NameMissing,
    NobodyMarked,
    NothingToUndo,
    ReasonMissing,
)
from shop.campaigns.day.hands import Hand, hand_of
from shop.campaigns.day.models import FINAL, LONGEST_NAME, LONGEST_REASON, Decision, Handout, Leftover
from shop.campaigns.day.standing import IS_GONE, IS_WAITING, with_standing
from shop.campaigns.locking import lock_campaign
from shop.campaigns.member_models import CampaignMember, ChoiceLine
from shop.kit.clock import shanghai_date
from shop.kit.text import tidy

NAMED: Final = frozenset({Decision.COLLEAGUE, Decision.DONATED})  # to whom is said
_BULK: Final = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one form decides."""

    decision: Decision
    reason: str
    keep_until: date | None = None
    given_to: str = ""


def decide_leftovers(
    session: Session,
    campaign_id: int,
    member_ids: Collection[int] | None,
    ruling: Ruling,
    *,
    actor_id: int,
    now: datetime,
) -> int:
    """For those named, or with None for all about whom nothing final is decided; returns for how many. What stood is corrected.

    Locks the campaign, against everybody who hands out. Raises NotFound, NotAllowed, BeforeDeadline, ReasonMissing,
    NameMissing, DayMissing, NobodyMarked where nobody named is still without goods.
    """
    campaign = lock_campaign(session, campaign_id)
    desk = managed_desk(session, campaign_id, actor_id)
    last_day = collect_until(session, campaign)
    if shanghai_date(now) <= last_day:
        raise BeforeDeadline(day=last_day)
    ruling = _judged(ruling, shanghai_date(now))
    members = _concerned(session, hand_of(desk, actor_id), member_ids)
    said = _said_before(session, campaign_id, ruling)
    fresh = [one for one in members if one not in said]
    for some in in_batches(fresh):
        _end(session, some, actor_id, now)
        session.add_all(
            Leftover(
                campaign_id=campaign_id,
                member_id=one,
                decision=ruling.decision,
                keep_until=ruling.keep_until,
                given_to=ruling.given_to,
                reason=ruling.reason,
                decided_at=now,
                decided_by_id=actor_id,
            )
            for one in some
        )
        session.flush()
    if fresh:
        facts = {"decision": ruling.decision.value, "people": len(fresh), "reason": ruling.reason}
        audit(session, actor_id, "campaign.leftovers_decided", "campaign", campaign_id, facts, now=now)
    return len(members)


def take_decision_back(
    session: Session, campaign_id: int, member_id: int, *, actor_id: int, now: datetime
) -> None:
    """As if nothing had been decided; the row says who took it back. Raises NotFound, NotAllowed, NothingToUndo."""
    lock_campaign(session, campaign_id)
    desk = managed_desk(session, campaign_id, actor_id)
    found = session.scalar(
        with_standing(sa.select(Leftover.id)).where(
            *hand_of(desk, actor_id).reaches(), CampaignMember.id == member_id, Leftover.id.is_not(None)
        )
    )
    if found is None:
        raise NothingToUndo()
    _end(session, [member_id], actor_id, now)
    facts = {"member_id": member_id}
    audit(session, actor_id, "campaign.leftover_corrected", "campaign", campaign_id, facts, now=now)


def leftover_units(session: Session, desk: Desk, user_id: int) -> dict[int, dict[str, int]]:
    """By variant and by decision (`waiting` where none is final) the units that nobody has collected. One statement."""
    decided = sa.case((Leftover.decision.in_(FINAL), sa.cast(Leftover.decision, sa.String)), else_="waiting")
    rows = session.execute(
        with_standing(sa.select(ChoiceLine.variant_id, decided, sa.func.sum(ChoiceLine.quantity)))
        .join(ChoiceLine, ChoiceLine.member_id == CampaignMember.id)
        .where(*hand_of(desk, user_id).reaches(), Handout.id.is_(None))
        .group_by(ChoiceLine.variant_id, decided)
    )
    found: dict[int, dict[str, int]] = {}
    for variant_id, decision, units in rows:
        found.setdefault(variant_id, {})[decision] = int(units)
    return found


def _judged(ruling: Ruling, today: date) -> Ruling:
    """Tidied. Raises what is missing."""
    reason, given_to = tidy(ruling.reason)[:LONGEST_REASON], tidy(ruling.given_to)[:LONGEST_NAME]
    if ruling.decision in NAMED and not given_to:
        raise NameMissing(field="given_to")
    is_kept = ruling.decision is Decision.KEEP
    if is_kept and (ruling.keep_until is None or ruling.keep_until < today):
        raise DayMissing(field="keep_until")
    if not reason:
        raise ReasonMissing(field="reason")
    return Ruling(
        ruling.decision,
        reason,
        ruling.keep_until if is_kept else None,
        given_to if ruling.decision in NAMED else "",
    )


def _concerned(session: Session, by: Hand, member_ids: Collection[int] | None) -> Sequence[int]:
    statement = with_standing(sa.select(CampaignMember.id)).where(*by.reaches())
    if member_ids is None:
        statement = statement.where(IS_WAITING)
    else:
        statement = statement.where(sa.or_(IS_WAITING, IS_GONE), CampaignMember.id.in_(member_ids))
    found = session.scalars(statement.order_by(CampaignMember.id)).all()
    if not found:
        raise NobodyMarked(field="member")
    return found


def _said_before(session: Session, campaign_id: int, ruling: Ruling) -> set[int]:
    """Of whom just this stands already: the same form sent again."""
    return set(
        session.scalars(
            sa.select(Leftover.member_id).where(
                Leftover.campaign_id == campaign_id,
                Leftover.corrected_at.is_(None),
                Leftover.decision == ruling.decision,
                Leftover.keep_until.is_not_distinct_from(ruling.keep_until),
                Leftover.given_to == ruling.given_to,
                Leftover.reason == ruling.reason,
            )
        )
    )


def _end(session: Session, member_ids: Sequence[int], actor_id: int, now: datetime) -> None:
    session.execute(
        sa.update(Leftover)
        .where(Leftover.member_id.in_(member_ids), Leftover.corrected_at.is_(None))
        .values(corrected_at=now, corrected_by_id=actor_id),
        execution_options=_BULK,
    )
    session.flush()
