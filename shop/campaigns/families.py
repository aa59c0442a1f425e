"""A union that moves into another family takes along what its members have chosen in its campaigns, by year."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.events import OrganisationMoved
from shop.accounts.families import below
from shop.campaigns.member_models import CampaignMember, Choice, YearOfAllowance
from shop.campaigns.models import Campaign
from shop.campaigns.spending import begin_years
from shop.storage.locks import LockRank, lock_rows


def move_years(session: Session, event: OrganisationMoved) -> None:
    """Nobody loses anything where both together are beyond the cap: there is nothing left to choose, that is all.

    Locks the campaigns, so that nobody chooses in them meanwhile.
    """
    moved = Campaign.organisation_id.in_(below(event.organisation_id))
    lock_rows(session, LockRank.CAMPAIGN, sa.select(Campaign).where(moved))
    rows = session.execute(
        sa.select(CampaignMember.staff_number, Campaign.year, sa.func.sum(Choice.allowance_fen))
        .join(Campaign, Campaign.id == CampaignMember.campaign_id)
        .join(Choice, Choice.member_id == CampaignMember.id)
        .where(moved)
        .group_by(CampaignMember.staff_number, Campaign.year)
        .order_by(CampaignMember.staff_number, Campaign.year)
    )
    spent = [(number, year, int(fen)) for number, year, fen in rows]
    if not spent:
        return
    begin_years(session, [(event.to_family, number, year) for number, year, _ in spent])
    _count(session, event.from_family, [(number, year, -fen) for number, year, fen in spent])
    _count(session, event.to_family, spent)


def _count(session: Session, family_id: int, spent: Iterable[tuple[str, int, int]]) -> None:
    counted = (
        sa.update(YearOfAllowance)
        .where(
            YearOfAllowance.organisation_id == family_id,
            YearOfAllowance.staff_number == sa.bindparam("number"),
            YearOfAllowance.year == sa.bindparam("of_year"),
        )
        .values(spent_fen=YearOfAllowance.spent_fen + sa.bindparam("fen"))
    )
    rows = [{"number": number, "of_year": year, "fen": fen} for number, year, fen in spent]
    session.connection().execute(counted, rows)
