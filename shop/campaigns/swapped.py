"""What the rule for a short harvest did to a member's choice."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.own_models import CampaignSwap


def swaps_of(session: Session, member_id: int) -> Sequence[CampaignSwap]:
    """One statement; empty while the campaign is not closed."""
    wanted = sa.select(CampaignSwap).where(CampaignSwap.member_id == member_id)
    return session.scalars(wanted.order_by(CampaignSwap.variant_id)).all()
