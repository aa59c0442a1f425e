"""Buyers for tests: a basket and a checkout form in one call."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.kit.references import secret_token, token_digest
from shop.ordering.basket import BasketOwner, add_item
from shop.ordering.checkout import Placed, place_order
from shop.ordering.wish import Courier, Pickup, Recipient, Wish
from tests.factories.small_shop import SmallShop

SOMEWHERE = Courier("陕西省", "西安市", "碑林区", "咸宁西路 28 号")


def a_guest() -> BasketOwner:
    return BasketOwner(token_hash=token_digest(secret_token()))


def somebody(number: int) -> Recipient:
    """One of many buyers, each with a telephone of their own: it may have few unpaid orders."""
    return Recipient("林老师", f"+86139{number:08d}")


def an_account(session: Session, *, now: datetime) -> BasketOwner:
    """Somebody signed in, as a bank transfer demands."""
    user = User(email=f"{secret_token()[:12].lower()}@example.com", created_at=now)
    session.add(user)
    session.flush()
    return BasketOwner(user_id=user.id)


def fill_basket(session: Session, owner: BasketOwner, goods: dict[str, int], *, now: datetime) -> None:
    for sku, quantity in goods.items():
        add_item(session, owner, sku, quantity, now=now)


def a_wish(shop: SmallShop, owner: BasketOwner, *, courier: bool = False, **changes: object) -> Wish:
    wish = Wish(
        token=secret_token(),
        owner=owner,
        user_id=owner.user_id,
        recipient=Recipient("林老师", "+8613800000000"),
        delivery=SOMEWHERE if courier else Pickup(shop.point_id, shop.run_id),
        payment_method="sandbox",
        confirmed_skus=frozenset({"eggs"}),
        privacy_version="1",
    )
    return replace(wish, **changes)


def buy(
    session: Session,
    shop: SmallShop,
    goods: dict[str, int],
    *,
    courier: bool = False,
    by: BasketOwner | None = None,
    **changes: object,
) -> Placed:
    """A guest fills a basket and buys, or somebody with an account who pays by transfer; both are committed."""
    by_transfer = changes.get("payment_method") == "bank_transfer"
    owner = by or (an_account(session, now=shop.now) if by_transfer else a_guest())
    fill_basket(session, owner, goods, now=shop.now)
    session.commit()
    placed = place_order(session, a_wish(shop, owner, courier=courier, **changes), now=shop.now)
    session.commit()
    return placed
