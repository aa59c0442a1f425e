"""The campaigns of one organisation beside each other, as far as their reader may see: for the organiser's dashboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.access import MANAGERS
from shop.campaigns.member_models import CampaignMember, CampaignUnit
from shop.campaigns.models import Campaign, CampaignState
from shop.campaigns.progress import Progress, progress_by_campaign

MOST: Final = 12
A_YEAR: Final = (300, 430)  # days between a feast and the same feast of the year before
_NOT_BEGUN: Final = (CampaignState.DRAFT, CampaignState.DROPPED)


@dataclass(frozen=True, slots=True)
class CampaignFigures:
    """`of_units`: its reader sees some sub-unions of it alone."""

    id: int
    title: str
    state: CampaignState
    distribution_on: date
    closes_at: datetime
    is_refused: bool  # the last try to close it ordered nothing
    budget_fen: int  # what all of its members may spend
    of_units: bool
    progress: Progress


@dataclass(frozen=True, slots=True)
class Beside:
    """The newest campaign, the one before it, and the one of about a year before; none where there was none."""

    now: CampaignFigures | None
    before: CampaignFigures | None
    year_ago: CampaignFigures | None


def campaigns_in_figures(
    session: Session, organisation_id: int, *, user_id: int, role: str
) -> list[CampaignFigures]:
    """The last ones that were opened and not called off, the newest first. Three statements.

    Who manages sees all; who organises sub-unions of a campaign sees these of it, as on the campaign's own page.
    """
    found = session.scalars(
        sa.select(Campaign)
        .where(
            Campaign.organisation_id == organisation_id,
            Campaign.state.not_in((*_NOT_BEGUN, CampaignState.CALLED_OFF)),
        )
        .order_by(Campaign.distribution_on.desc(), Campaign.id.desc())
        .limit(MOST)
    ).all()
    ids = [one.id for one in found]
    own = {} if role in MANAGERS else _organised(session, ids, user_id)
    progress = progress_by_campaign(session, ids, seen=_seen(own))
    none = Progress(0, 0, 0, 0, 0)
    return [
        CampaignFigures(
            one.id,
            one.title,
            one.state,
            one.distribution_on,
            one.closes_at,
            bool(one.refusal),
            progress.get(one.id, none).members * one.allowance_fen,
            one.id in own,
            progress.get(one.id, none),
        )
        for one in found
    ]


def beside(campaigns: Sequence[CampaignFigures]) -> Beside:
    """Pure."""
    if not campaigns:
        return Beside(None, None, None)
    now, *earlier = campaigns
    least, most = A_YEAR
    year_ago = [one for one in earlier if least <= (now.distribution_on - one.distribution_on).days <= most]
    nearest = min(
        year_ago, key=lambda one: abs((now.distribution_on - one.distribution_on).days - 365), default=None
    )
    return Beside(now, earlier[0] if earlier else None, nearest)


def _organised(session: Session, campaign_ids: Sequence[int], user_id: int) -> dict[int, list[int]]:
    """Campaign → the sub-unions of it that they organise, where they do any."""
    rows = session.execute(
        sa.select(CampaignUnit.campaign_id, CampaignUnit.id).where(
            CampaignUnit.campaign_id.in_(campaign_ids), CampaignUnit.organiser_id == user_id
        )
    )
    found: dict[int, list[int]] = {}
    for campaign_id, unit_id in rows:
        found.setdefault(campaign_id, []).append(unit_id)
    return found


def _seen(own: dict[int, list[int]]) -> sa.ColumnElement[bool]:
    """SQL on members: all of a campaign of which they organise nothing, else those of their sub-unions."""
    units = [unit_id for of_campaign in own.values() for unit_id in of_campaign]
    return sa.or_(CampaignMember.campaign_id.not_in(list(own)), CampaignMember.unit_id.in_(units))
