"""A canteen that buys on terms from the small shop, with tea and eggs on its sheet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, OrganisationKind, OrganisationMember, User
from shop.canteens.goods import set_good
from shop.canteens.rhythm import Rhythm
from shop.canteens.sheet import SheetWish
from shop.canteens.standing_wish import StandingWish, ToPoint
from shop.delivery.models import Run
from shop.kit.clock import shanghai_date
from shop.kit.price_tiers import Tier
from shop.kit.references import secret_token
from shop.ordering.wish import Pickup, Recipient
from shop.quotations.standing_prices import set_standing
from tests.factories.quotations import a_member
from tests.factories.small_shop import SmallShop

CASE = 5
TEA = (Tier(1, 6_500), Tier(10, 6_000))  # from the second case on it is cheaper


@dataclass(frozen=True)
class Canteen:
    """Its people are members of the trade's organisation, which is a canteen now."""

    slug: str
    organisation_id: int
    buyer_id: int
    approver_id: int
    viewer_id: int


def a_canteen(
    session: Session, shop: SmallShop, organisation_id: int, *, admin_id: int, now: datetime
) -> Canteen:
    own = session.get_one(Organisation, organisation_id)
    own.kind = OrganisationKind.CANTEEN
    people = [a_member(session, own.id, role, now=now).user_id for role in ("buyer", "approver", "viewer")]
    set_good(session, shop.variants["tea"], CASE, by_weight=False, actor_id=admin_id, now=now)
    set_good(session, shop.variants["eggs"], 2, by_weight=False, actor_id=admin_id, now=now)
    set_standing(session, own.id, shop.variants["tea"], TEA, actor_id=admin_id, now=now)
    return Canteen(own.slug, own.id, *people)


def a_sheet(shop: SmallShop, cases: dict[str, int], day: date, **changes: object) -> SheetWish:
    wish = SheetWish(
        token=secret_token(),
        cases={shop.variants[sku]: count for sku, count in cases.items()},
        delivery=Pickup(shop.point_id, shop.run_id),
        deliver_on=day,
        recipient=Recipient("冯师傅", "+8613900000000"),
    )
    return replace(wish, **changes)


def truck_day(session: Session, shop: SmallShop) -> date:
    return shanghai_date(session.scalars(sa.select(Run.arrives_at).where(Run.id == shop.run_id)).one())


def a_standing(shop: SmallShop, first_on: date, **changes: object) -> StandingWish:
    """A case of eggs every week on the weekday of the first day, ordered three days before."""
    wish = StandingWish(
        token=secret_token(),
        name="每周的蛋",
        rhythm=Rhythm(first_on, 1, frozenset({first_on.weekday()})),
        days_before=3,
        cases={shop.variants["eggs"]: 1},
        delivery=ToPoint(shop.point_id),
        recipient="冯师傅",
        phone="139 0000 0000",
    )
    return replace(wish, **changes)


def another_user(session: Session, now: datetime) -> int:
    """Of no organisation."""
    user = User(email=f"{secret_token()[:12].lower()}@shop.example", created_at=now)
    session.add(user)
    session.flush()
    return user.id


def leave(session: Session, user_id: int) -> None:
    session.execute(sa.delete(OrganisationMember).where(OrganisationMember.user_id == user_id))
