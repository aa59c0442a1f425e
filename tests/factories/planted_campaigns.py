"""For each side a union's campaign that is open, one that is a draft and one that is handed out, with everything that an address can name."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation
from shop.campaigns.enrolling import import_members
from shop.campaigns.links import link_key
from shop.campaigns.member_models import CampaignMember, CampaignUnit
from shop.campaigns.models import CampaignPackage, CampaignPaper, CampaignSlot, PaperKind
from shop.campaigns.offering import add_goods, save_package, save_slot
from shop.campaigns.opening import open_campaign
from shop.campaigns.planning import Plan
from shop.campaigns.setting_up import make_campaign
from shop.catalogue.models import Product, ProductStatus, Variant
from shop.delivery.models import PickupPoint
from shop.kit.clock import shanghai_date
from tests.factories.planted_campaign_days import plant_day

_SOLD = (
    sa.select(Variant.id)
    .join(Product, Product.id == Variant.product_id)
    .where(Variant.active, Product.status == ProductStatus.PUBLISHED)
    .order_by(Variant.price_fen, Variant.id)
    .limit(3)
)
_TABLE = "工号,姓名,分工会\nA001,王会员,茶学分会\nA002,李会员,茶学分会\n"
_DAY_TABLE = "工号,姓名,分工会\nA001,王会员,茶学分会\nA002,李会员,茶学分会\nA003,赵会员,茶学分会\nA004,孙会员,园艺分会\n"


def plant_campaigns(session: Session, world: Any, secret: str, now: datetime) -> dict[str, Any]:
    planted: dict[str, dict[str, Any]] = {}
    for buyer, slug in world.records["organisations"].items():
        organisation_id = session.scalar(sa.select(Organisation.id).where(Organisation.slug == slug))
        user_id = world.users[buyer]
        draft = _campaign(session, organisation_id, user_id, f"draft {slug}", now)
        opened = _campaign(session, organisation_id, user_id, f"open {slug}", now)
        open_campaign(session, opened, actor_id=user_id, now=now)
        session.add(
            CampaignPaper(
                campaign_id=opened,
                kind=PaperKind.MINUTES,
                name="会议纪要.pdf",
                file=f"campaigns/{slug}.pdf",
                sent_at=now,
            )
        )
        member = session.scalars(
            sa.select(CampaignMember).where(CampaignMember.campaign_id == opened).order_by(CampaignMember.id)
        ).first()
        assert member is not None
        member.user_id = user_id
        session.flush()
        on_its_day = _campaign(session, organisation_id, user_id, f"day {slug}", now, _DAY_TABLE)
        open_campaign(session, on_its_day, actor_id=user_id, now=now)
        planted[buyer] = plant_day(session, on_its_day, world.points["ab"[buyer == "buyer2"]], now)
        planted[buyer] |= {
            "slug": slug,
            "draft": draft,
            "order": "no-such-order",
            "open": opened,
            "member": member.id,
            "draft_member": _first(session, CampaignMember, draft),
            "unit": _first(session, CampaignUnit, opened),
            "slot": _first(session, CampaignSlot, draft),
            "package": _first(session, CampaignPackage, draft),
            "paper": _first(session, CampaignPaper, opened),
            "variant": session.scalar(_SOLD.limit(1)),
            "key": link_key(member, secret),
        }
    return {"campaigns": planted}


def _first(session: Session, entity: Any, campaign_id: int) -> int | None:
    return session.scalar(sa.select(sa.func.min(entity.id)).where(entity.campaign_id == campaign_id))


def _campaign(
    session: Session, organisation_id: Any, user_id: int, token: str, now: datetime, table: str = _TABLE
) -> int:
    day = shanghai_date(now) + timedelta(days=30)
    plan = Plan("春节福利", now, now + timedelta(days=7), day, 90_000, True, "周老师", "13800001234")
    campaign_id = make_campaign(session, organisation_id, plan, token=token, actor_id=user_id, now=now)
    variants = list(session.scalars(_SOLD))
    add_goods(session, campaign_id, variants, actor_id=user_id)
    save_package(session, campaign_id, None, "一份", {variants[0]: 1}, is_default=True, actor_id=user_id)
    point_id = session.scalar(sa.select(sa.func.min(PickupPoint.id)).where(PickupPoint.active))
    starts_at = now + timedelta(days=31)
    save_slot(
        session, campaign_id, point_id=point_id or 0, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1),
        capacity=50, actor_id=user_id,
    )  # fmt: skip
    import_members(session, campaign_id, table.encode(), whole=False, actor_id=user_id, now=now)
    return campaign_id
