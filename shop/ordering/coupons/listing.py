"""Campaigns, their codes and their uses, as the team sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from shop.accounts.models import Unit, User
from shop.accounts.proved_email import strangers_perhaps
from shop.catalogue.models import Category, Product, Seller, Village
from shop.kit.errors import NotFound
from shop.ordering.coupons.models import (
    CampaignState,
    CouponBatch,
    CouponCampaign,
    CouponCode,
    CouponInvited,
    CouponTarget,
    CouponUse,
    UseState,
)
from shop.ordering.models import Order
from shop.storage.paging import Page, read_page

MOST_SHOWN: Final = 200
OPEN = (CampaignState.PROPOSED, CampaignState.APPROVED, CampaignState.PAUSED)


def find_campaigns(
    session: Session, *, states: Sequence[CampaignState] = (), page: int, size: int
) -> Page[CouponCampaign]:
    """Those that wait or run first, then the newest. Two statements."""
    statement = sa.select(CouponCampaign)
    if states:
        statement = statement.where(CouponCampaign.state.in_(states))
    is_over = sa.case((CouponCampaign.state.in_(OPEN), 0), else_=1)
    ordered = statement.order_by(is_over, CouponCampaign.id.desc())
    return read_page(session, ordered, number=page, size=size, scalars=True)


@dataclass(frozen=True, slots=True)
class BatchRow:
    id: int
    label: str
    count: int
    used: int
    made_at: datetime
    made_by: str | None
    voided_at: datetime | None


@dataclass(frozen=True, slots=True)
class NamedAccount:
    """Its owner chose the name; the address is what the campaign named."""

    user_id: int
    name: str
    email: str | None
    doubtful: bool  # nobody has shown that the address is theirs


@dataclass(frozen=True, slots=True)
class CampaignPage:
    """`targets` and `units` are names in both languages."""

    campaign: CouponCampaign
    proposed_by: str | None
    approved_by: str | None
    words: Sequence[CouponCode]
    batches: Sequence[BatchRow]
    targets: Sequence[tuple[str, str]]
    units: Sequence[tuple[str, str]]
    accounts: Sequence[NamedAccount]


def read_campaign(session: Session, campaign_id: int) -> CampaignPage:
    """Raises NotFound. Seven statements."""
    campaign = session.scalar(
        sa.select(CouponCampaign)
        .where(CouponCampaign.id == campaign_id)
        .options(selectinload(CouponCampaign.targets))
    )
    if campaign is None:
        raise NotFound()
    words = session.scalars(
        sa.select(CouponCode)
        .where(CouponCode.campaign_id == campaign_id, CouponCode.word.is_not(None))
        .order_by(CouponCode.id)
    ).all()
    who = {campaign.proposed_by_id, campaign.approved_by_id} - {None}
    names: dict[int | None, str] = dict(
        session.execute(sa.select(User.id, _name()).where(User.id.in_(who))).all()
    )
    return CampaignPage(
        campaign,
        names.get(campaign.proposed_by_id),
        names.get(campaign.approved_by_id),
        words,
        _batches(session, campaign_id),
        _targets(session, campaign_id),
        _units(session, campaign_id),
        _accounts(session, campaign_id),
    )


@dataclass(frozen=True, slots=True)
class UseRow:
    at: datetime
    order_number: str
    buyer: str | None
    word: str | None
    batch: str | None
    serial: int
    off_fen: int
    total_fen: int
    state: UseState


def uses_of_campaign(session: Session, campaign_id: int, *, page: int, size: int) -> Page[UseRow]:
    """The newest first. Two statements."""
    statement = (
        sa.select(
            *(CouponUse.at, Order.number, _name(), CouponCode.word, CouponBatch.label, CouponCode.serial),
            *(CouponUse.off_fen, Order.total_fen, CouponUse.state),
        )
        .join(Order, Order.id == CouponUse.order_id)
        .join(CouponCode, CouponCode.id == CouponUse.code_id)
        .outerjoin(CouponBatch, CouponBatch.id == CouponCode.batch_id)
        .outerjoin(User, User.id == CouponUse.user_id)
        .where(CouponUse.campaign_id == campaign_id)
        .order_by(CouponUse.id.desc())
    )
    return read_page(session, statement, number=page, size=size).map(lambda row: UseRow(*row))


def _name() -> sa.ColumnElement[Any]:
    return sa.func.coalesce(sa.func.nullif(User.name, ""), User.email)


def _batches(session: Session, campaign_id: int) -> list[BatchRow]:
    used = (
        sa.select(sa.func.coalesce(sa.func.sum(CouponCode.used_count), 0))
        .where(CouponCode.batch_id == CouponBatch.id)
        .correlate(CouponBatch)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(
            *(CouponBatch.id, CouponBatch.label, CouponBatch.count, used, CouponBatch.made_at, _name()),
            CouponBatch.voided_at,
        )
        .outerjoin(User, User.id == CouponBatch.made_by_id)
        .where(CouponBatch.campaign_id == campaign_id)
        .order_by(CouponBatch.id.desc())
    )
    return [BatchRow(*row) for row in rows]


def _targets(session: Session, campaign_id: int) -> list[tuple[str, str]]:
    one = CouponTarget
    rows = session.execute(
        sa.select(
            sa.func.coalesce(Category.name_zh, Product.name_zh, Village.name_zh, Seller.name_zh),
            sa.func.coalesce(Category.name_en, Product.name_en, Village.name_en, Seller.name_zh),
        )
        .select_from(one)
        .outerjoin(Category, Category.id == one.category_id)
        .outerjoin(Product, Product.id == one.product_id)
        .outerjoin(Village, Village.id == one.village_id)
        .outerjoin(Seller, Seller.id == one.seller_id)
        .where(one.campaign_id == campaign_id)
        .order_by(one.id)
    )
    return [(zh, en) for zh, en in rows]


def _units(session: Session, campaign_id: int) -> list[tuple[str, str]]:
    rows = session.execute(
        sa.select(Unit.name_zh, Unit.name_en)
        .join(CouponInvited, CouponInvited.unit_id == Unit.id)
        .where(CouponInvited.campaign_id == campaign_id)
        .order_by(CouponInvited.id)
    )
    return [(zh, en) for zh, en in rows]


def _accounts(session: Session, campaign_id: int) -> list[NamedAccount]:
    """Those whose owner nobody knows first: they are what an approver has to see."""
    doubtful = strangers_perhaps()
    rows = session.execute(
        sa.select(User.id, User.name, User.email, doubtful)
        .join(CouponInvited, CouponInvited.user_id == User.id)
        .where(CouponInvited.campaign_id == campaign_id)
        .order_by(sa.case((doubtful, 0), else_=1), CouponInvited.id)
        .limit(MOST_SHOWN)
    )
    return [NamedAccount(*row) for row in rows]
