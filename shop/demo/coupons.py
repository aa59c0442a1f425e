"""Coupons in the demo: a word that everybody may know, codes for cards of which one was used, and a campaign to approve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName, User, UserRole
from shop.catalogue.models import Category, Product, ProductStatus, StockState, Variant
from shop.kit.errors import ShopError
from shop.kit.references import secret_token
from shop.ordering.basket import BasketOwner, add_item
from shop.ordering.checkout import place_order
from shop.ordering.coupons.batches import make_batch
from shop.ordering.coupons.campaign_wish import CampaignWish
from shop.ordering.coupons.campaigns import approve_campaign, propose_campaign
from shop.ordering.coupons.entering import enter_code
from shop.ordering.coupons.models import CouponBearer, CouponCampaign, CouponKind, CouponScope
from shop.ordering.wish import Courier, Recipient, Wish
from shop.payments.providers.base import Providers
from shop.payments.sandbox.till import Button, press
from shop.payments.starting import Pages, start_payment
from shop.payments.syncing import sync
from shop.storage.unit_of_work import UnitOfWork

WORD, CARDS = "WELCOME", 20
BUYER: Final = "buyer2@demo.example"
_SOMEWHERE: Final = Courier("陕西省", "西安市", "碑林区", "咸宁西路 28 号")
_PAGES: Final = Pages("http://localhost/paid", "http://localhost/pay")


@dataclass(frozen=True, slots=True)
class _Team:
    proposer: int
    approver: int


def add_coupons(unit_of_work: UnitOfWork, providers: Providers, *, now: datetime) -> None:
    """Nothing where the demo's people are missing, or coupons are there already."""
    codes = unit_of_work.run(partial(_campaigns, now=now))
    if not codes or "sandbox" not in providers:
        return
    try:
        order_id = unit_of_work.run(partial(_order, code=codes[0], now=now))
        attempt = start_payment(unit_of_work, providers, order_id, pages=_PAGES, now=now)
        unit_of_work.run(lambda s: press(s, attempt.provider_ref or "", Button.SUCCEED, now=now))
        sync(unit_of_work, providers, attempt.id, now=now)
    except ShopError:
        return  # sold out: the coupons are there all the same


def _campaigns(session: Session, now: datetime) -> Sequence[str]:
    team = _team(session)
    if team is None or session.scalar(sa.select(CouponCampaign.id).limit(1)) is not None:
        return ()
    propose = partial(propose_campaign, session, actor_id=team.proposer, now=now)
    welcome, cards = propose(_welcome(now)), propose(_cards(now))
    for campaign_id in (welcome, cards):
        approve_campaign(session, campaign_id, actor_id=team.approver, now=now)
    codes = make_batch(
        session, cards, CARDS, "迎新活动卡片", token=secret_token(), actor_id=team.proposer, now=now
    )
    category = session.scalar(sa.select(sa.func.min(Category.id)).where(Category.product_count > 0))
    if category is not None:
        propose(_tenth_off(category, now))
    return codes


def _welcome(now: datetime) -> CampaignWish:
    return CampaignWish(
        name_zh="新用户满 59 减 10 元", name_en="¥10 off from ¥59 on", kind=CouponKind.AMOUNT, amount_fen=1_000,
        minimum_fen=5_900, budget_fen=500_000, starts_at=now - timedelta(days=3), ends_at=now + timedelta(days=60),
        reason="秋季迎新", token=secret_token(), word=WORD, most_uses=500, with_freight=True,
    )  # fmt: skip


def _cards(now: datetime) -> CampaignWish:
    return CampaignWish(
        name_zh="工会慰问：减 20 元", name_en="¥20 off from the union", kind=CouponKind.AMOUNT, amount_fen=2_000,
        minimum_fen=2_100, budget_fen=40_000, starts_at=now - timedelta(days=3), ends_at=now + timedelta(days=90),
        reason="工会慰问职工", token=secret_token(), bearer=CouponBearer.FUND, fund_name="校工会", most_per_person=1,
    )  # fmt: skip


def _tenth_off(category_id: int, now: datetime) -> CampaignWish:
    return CampaignWish(
        name_zh="一类商品九折", name_en="A tenth off one category", kind=CouponKind.PERCENT, percent=10, most_fen=1_500,
        budget_fen=200_000, starts_at=now + timedelta(days=1), ends_at=now + timedelta(days=15), reason="年末促销",
        token=secret_token(), word="NIANMO", scope=CouponScope.CATEGORIES, targets=(category_id,),
    )  # fmt: skip


def _team(session: Session) -> _Team | None:
    finance = sa.select(UserRole.user_id).where(UserRole.role == RoleName.FINANCE).order_by(UserRole.user_id)
    people = session.scalars(finance.limit(2)).all()
    return _Team(*people) if len(people) == 2 else None


def _order(session: Session, code: str, now: datetime) -> int:
    """Somebody used a card, and paid. Raises ShopError when nothing can be ordered."""
    buyer = session.scalars(sa.select(User).where(User.email == BUYER)).one_or_none()
    sku = session.scalar(
        sa.select(Variant.sku)
        .join(Product, Product.id == Variant.product_id)
        .where(
            Product.status == ProductStatus.PUBLISHED,
            Product.return_exempt.is_(False),
            Variant.active,
            Variant.stock_state == StockState.AVAILABLE,
            Variant.price_fen >= 3_000,
        )
        .order_by(Variant.id)
    )
    if buyer is None or sku is None:
        raise ShopError()
    owner = BasketOwner(user_id=buyer.id)
    add_item(session, owner, sku, 1, now=now)
    enter_code(session, owner, code, now=now)
    wish = Wish(
        token=secret_token(),
        owner=owner,
        recipient=Recipient(buyer.name or "王老师", buyer.phone or "+8613900000000"),
        delivery=_SOMEWHERE,
        payment_method="sandbox",
        user_id=buyer.id,
        unit_id=buyer.unit_id,
    )
    return place_order(session, wish, now=now).order_id
