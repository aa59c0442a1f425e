"""Who took a member's goods home, and when: for the sheet that the union keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.day.models import Handout, Pile, PileMember


@dataclass(frozen=True, slots=True)
class TakenBy:
    """`by`: who came instead, or the representative with a pile; empty: the member. `with_code`: a code was shown."""

    at: datetime
    by: str
    with_code: bool
    in_pile: bool


def taken_in(session: Session, campaign_id: int) -> dict[int, TakenBy]:
    """By member, what stands. One handed out singly counts before a pile. Two statements."""
    piles = session.execute(
        sa.select(PileMember.member_id, Pile.taken_at, Pile.taken_by)
        .join(Pile, Pile.id == PileMember.pile_id)
        .where(Pile.campaign_id == campaign_id, PileMember.stands, Pile.undone_at.is_(None))
    )
    taken = {row.member_id: TakenBy(row.taken_at, row.taken_by, False, True) for row in piles}
    singly = session.execute(
        sa.select(Handout.member_id, Handout.handed_at, Handout.collected_by, Handout.with_code).where(
            Handout.campaign_id == campaign_id, Handout.undone_at.is_(None)
        )
    )
    for row in singly:
        taken[row.member_id] = TakenBy(row.handed_at, row.collected_by, row.with_code, False)
    return taken
