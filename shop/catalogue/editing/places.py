"""Categories, villages, packing places and sellers."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.editing.rows import Saved, Sheet, get_row, save_row
from shop.accounts.editing.rules import (
    Values,
    bank_account,
    choice,
    flag,
    line,
    lines,
    link,
    number,
    phone,
    refuse_half,
    refuse_typed_once,
    slug,
    tax_number,
)
from shop.accounts.finance import demand_finance
from shop.catalogue.claims import refuse_claims
from shop.catalogue.editing.products import reindex_products_of, set_ready_hours
from shop.catalogue.models import (
    Category,
    PackingPlace,
    PackingPlaceKind,
    Product,
    ProductVillage,
    Seller,
    Village,
)
from shop.catalogue.version import bump_version

CATEGORY = Sheet(
    "category",
    {
        "slug": slug(),
        "name_zh": line(40, needed=True),
        "name_en": line(80, needed=True),
        "family": line(32, needed=True),
        "position": number(0, 9_999),
        "ready_hours": number(1, 720),
    },
)
PACKING_PLACE = Sheet(
    "packing_place",
    {
        "slug": slug(),
        "kind": choice(PackingPlaceKind),
        "name_zh": line(80, needed=True),
        "name_en": line(120, needed=True),
        "address": line(200),
        "phone": phone(),
    },
)
VILLAGE = Sheet(
    "village",
    {
        "slug": slug(),
        "name_zh": line(40, needed=True),
        "name_en": line(80, needed=True),
        "town_zh": line(40),
        "town_en": line(80),
        "county_zh": line(40),
        "county_en": line(80),
        "story_zh": lines(5_000),
        "story_en": lines(5_000),
        "packing_place_id": link(),
    },
    links={"packing_place_id": PackingPlace},
)
SELLER = Sheet(
    "seller",
    {
        "slug": slug(),
        "name_zh": line(80, needed=True),
        "name_en": line(120, needed=True),
        "legal_name": line(120, needed=True),
        "tax_number": tax_number(),
        "tax_regime": line(32, needed=True),
        "buys_from_households": flag(),
        "food_licence": line(40),
        "bank_name": line(80),
        "bank_account": bank_account(),
        "phone": phone(),
        "address": line(200),
    },
    unique=("slug", "tax_number"),
)
_ACCOUNT = ("bank_name", "bank_account")
_AGAIN = "bank_account_again"


def get_category(session: Session, record_id: int) -> Category:
    """Raises NotFound."""
    return get_row(session, Category, record_id)


def save_category(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    refuse_claims(values)
    given = {"position": 0, "ready_hours": 48, **values} if record_id is None else values
    saved = save_row(session, Category, CATEGORY, record_id, given, actor_id=actor_id, now=now)
    if _was_renamed(saved):
        reindex_products_of(session, Product.category_id == saved.row.id)
    if "ready_hours" in saved.changes:
        set_ready_hours(session, Product.category_id == saved.row.id)
    return _shown(session, saved)


def get_village(session: Session, record_id: int) -> Village:
    """Raises NotFound."""
    return get_row(session, Village, record_id)


def save_village(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    refuse_claims(values)
    saved = save_row(session, Village, VILLAGE, record_id, values, actor_id=actor_id, now=now)
    if _was_renamed(saved):
        in_village = sa.select(ProductVillage.product_id).where(ProductVillage.village_id == saved.row.id)
        reindex_products_of(session, Product.id.in_(in_village))
    return _shown(session, saved)


def get_packing_place(session: Session, record_id: int) -> PackingPlace:
    """Raises NotFound."""
    return get_row(session, PackingPlace, record_id)


def save_packing_place(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    refuse_claims(values)
    saved = save_row(session, PackingPlace, PACKING_PLACE, record_id, values, actor_id=actor_id, now=now)
    place_id: int = saved.row.id
    return place_id


def get_seller(session: Session, record_id: int) -> Seller:
    """Raises NotFound."""
    return get_row(session, Seller, record_id)


def save_seller(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    """`bank_account_again`, where it is given, has to be the account's number as well when that changes.

    Raises InvalidInput for half an account, and FinanceOnly for the account that buyers pay to, when somebody without
    that permission changes it.
    """
    refuse_claims(values)
    given = {name: value for name, value in values.items() if name != _AGAIN}
    if record_id is not None and given.get("bank_account") == get_seller(session, record_id).bank_account:
        del given["bank_account"]  # as it was written before numbers were judged
    saved = save_row(session, Seller, SELLER, record_id, given, actor_id=actor_id, now=now)
    if touched := [name for name in _ACCOUNT if any(saved.changes.get(name, ()))]:
        refuse_half({name: getattr(saved.row, name) for name in _ACCOUNT})
        demand_finance(session, actor_id, touched)
    if "bank_account" in saved.changes:
        refuse_typed_once("bank_account", saved.row.bank_account, values.get(_AGAIN))
    return _shown(session, saved)


def _was_renamed(saved: Saved) -> bool:
    return not saved.created and bool(saved.changes.keys() & {"name_zh", "name_en"})


def _shown(session: Session, saved: Saved) -> int:
    """Public pages show it."""
    if saved.changes:
        bump_version(session)
    row_id: int = saved.row.id
    return row_id
