"""An organisation that asks for quotations, and a team that writes them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, OrganisationMember, User
from shop.kit.clock import shanghai_date
from shop.kit.price_tiers import Tier
from shop.kit.references import secret_token
from shop.ordering.wish import Pickup
from shop.quotations.access import Member
from shop.quotations.requesting import RequestWish, request_quotation
from shop.quotations.version_wish import LineWish, VersionWish
from shop.quotations.versions import save_draft, send_version
from tests.factories.small_shop import SmallShop


def a_member(session: Session, organisation_id: int, role: str = "buyer", *, now: datetime) -> Member:
    """Somebody more in this organisation."""
    user = User(email=f"{secret_token()[:12].lower()}@shop.example", name=role, created_at=now)
    session.add(user)
    session.flush()
    session.add(OrganisationMember(organisation_id=organisation_id, user_id=user.id, role=role))
    session.flush()
    own = session.get_one(Organisation, organisation_id)
    return Member(user.id, own.id, own.slug, own.name, role)


def a_request(shop: SmallShop, **changes: object) -> RequestWish:
    wish = RequestWish(
        token=secret_token(),
        title="冬春菌菇和蛋",
        contact="何老师",
        phone="13900000000",
        items={shop.variants["tea"]: 8, shop.variants["eggs"]: 3},
        wanted="12 月 4 日起",
        place="第一食堂后门",
        words="请报含税价",
    )
    return replace(wish, **changes)


def an_offer(shop: SmallShop, *, now: datetime, **changes: object) -> VersionWish:
    """8 of tea in its second tier and 3 of eggs: 8 × 60.00 + 3 × 59.00, 15.00 freight, 7.01 off: 664.99."""
    tea = LineWish(shop.variants["tea"], 8, (Tier(1, 6_500), Tier(5, 6_000), Tier(50, 5_500)))
    eggs = LineWish(shop.variants["eggs"], 3, (Tier(1, 5_900),))
    wish = VersionWish(
        lines=(tea, eggs),
        delivery=Pickup(shop.point_id, shop.run_id),
        valid_until=shanghai_date(now) + timedelta(days=7),
        freight_fen=1_500,
        discount_fen=701,
        discount_words="供满再减",
        terms="到货当面验收。",
    )
    return replace(wish, **changes)


def send_offer(
    session: Session, shop: SmallShop, number: str, *, actor_id: int, now: datetime, **changes: object
) -> int:
    """The next version, written and sent; its number."""
    version = save_draft(session, number, an_offer(shop, now=now, **changes), actor_id=actor_id, now=now)
    send_version(session, number, version, seen_at=now.isoformat(), actor_id=actor_id, now=now)
    return version


def a_quotation(
    session: Session, shop: SmallShop, member: Member, *, actor_id: int, now: datetime, **asked: object
) -> str:
    """Asked for, and answered with a first version; its number."""
    number = request_quotation(session, member, a_request(shop, **asked), now=now)
    send_offer(session, shop, number, actor_id=actor_id, now=now)
    return number
