"""Who chose what, a row for each member, for the organiser's own spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from shop.campaigns.access import Desk
from shop.campaigns.batches import in_batches
from shop.campaigns.member_models import CampaignMember, CampaignUnit, Choice
from shop.campaigns.reading import Offer


def members_with_choices(session: Session, desk: Desk) -> Iterator[tuple[CampaignMember, str]]:
    """Each member that the desk sees, with choice and lines, and the name of the unit."""
    seen = sa.select(CampaignMember.id).where(CampaignMember.campaign_id == desk.campaign.id)
    if desk.unit_ids is not None:
        seen = seen.where(CampaignMember.unit_id.in_(desk.unit_ids))
    ids = session.scalars(seen.order_by(CampaignMember.unit_id, CampaignMember.staff_number)).all()
    names = dict(
        session.execute(
            sa.select(CampaignUnit.id, CampaignUnit.name).where(CampaignUnit.campaign_id == desk.campaign.id)
        ).all()
    )
    for some in in_batches(ids):
        members = session.scalars(
            sa.select(CampaignMember)
            .where(CampaignMember.id.in_(some))
            .options(joinedload(CampaignMember.choice).selectinload(Choice.lines))
            .execution_options(populate_existing=True)
        )
        by_id = {member.id: member for member in members}
        for member_id in some:
            member = by_id[member_id]
            yield member, names.get(member.unit_id or 0, "")


def goods_said(offer: Offer, choice: Choice | None, *, chinese: bool) -> str:
    """`绿茶 125 克 × 1、土蜂蜜 500 克 × 1`."""
    said = []
    for line in choice.lines if choice is not None else ():
        variant = offer.goods[line.variant_id].variant
        product = variant.product
        name = f"{product.name_zh} {variant.name_zh}" if chinese else f"{product.name_en} {variant.name_en}"
        said.append(f"{name} × {line.quantity}")
    return ("、" if chinese else ", ").join(said)
