"""Campaigns of coupons for tests, begun by a second person, and baskets with a code in them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.kit.references import secret_token
from shop.ordering.basket import BasketOwner
from shop.ordering.coupons.batches import make_batch
from shop.ordering.coupons.campaign_wish import CampaignWish
from shop.ordering.coupons.campaigns import approve_campaign, propose_campaign
from shop.ordering.coupons.entering import enter_code
from shop.ordering.coupons.models import CouponKind
from tests.factories.buying import an_account, fill_basket


def a_person(session: Session, *, now: datetime) -> int:
    user = User(email=f"{secret_token()[:12].lower()}@shop.example", created_at=now)
    session.add(user)
    session.flush()
    return user.id


def a_campaign_wish(now: datetime, **changes: object) -> CampaignWish:
    said = {
        "name_zh": "新人优惠", "name_en": "Welcome", "kind": CouponKind.AMOUNT, "amount_fen": 1_000,
        "budget_fen": 1_000_000, "starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(days=30),
        "reason": "autumn", "token": secret_token(), "word": "WELCOME",
    }  # fmt: skip
    return CampaignWish(**(said | changes))


def add_campaign(session: Session, *, now: datetime, **changes: object) -> int:
    """A campaign that runs; returns its id. Committed."""
    proposer, approver = a_person(session, now=now), a_person(session, now=now)
    campaign_id = propose_campaign(session, a_campaign_wish(now, **changes), actor_id=proposer, now=now)
    approve_campaign(session, campaign_id, actor_id=approver, now=now)
    session.commit()
    return campaign_id


def add_codes(session: Session, campaign_id: int, count: int, *, now: datetime) -> list[str]:
    codes = make_batch(session, campaign_id, count, "cards", token=secret_token(), actor_id=None, now=now)
    session.commit()
    return codes


def a_basket_with(
    session: Session, goods: dict[str, int], *codes: str, now: datetime, owner: BasketOwner | None = None
) -> BasketOwner:
    """Somebody signed in, with goods and codes in the basket. Committed."""
    owner = owner or an_account(session, now=now)
    fill_basket(session, owner, goods, now=now)
    for code in codes:
        enter_code(session, owner, code, now=now)
    session.commit()
    return owner
