"""A member has looked at the page for the first time."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.member_models import CampaignMember


def note_opened(session: Session, member_id: int, *, now: datetime) -> None:
    """Harmless to repeat."""
    session.execute(
        sa.update(CampaignMember)
        .where(CampaignMember.id == member_id, CampaignMember.opened_at.is_(None))
        .values(opened_at=now)
    )
