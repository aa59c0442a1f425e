"""For which department an organisation buys, and with whose money."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.editing.rows import Sheet, get_row, save_row
from shop.accounts.editing.rules import NOT_A_CHOICE, Values, Wrong, link
from shop.accounts.models import Organisation, OrganisationKind, Unit
from shop.kit.text import msg
from shop.purchases.models import CountedPurchase, Funding, PurchaseBuyer
from shop.storage.paging import Page, read_page

FUNDING_WORDS: Final = {
    Funding.UNION: msg("Union money"),
    Funding.CANTEEN: msg("Canteen money"),
    Funding.ADMINISTRATION: msg("Administration money"),
    Funding.PERSONAL: msg("Own money"),
    Funding.OTHER: msg("Other money"),
}
# Whose money an organisation spends, as long as nobody said otherwise.
FUNDING_BY_KIND: Final = {
    OrganisationKind.UNION: Funding.UNION,
    OrganisationKind.CANTEEN: Funding.CANTEEN,
    OrganisationKind.DEPARTMENT: Funding.ADMINISTRATION,
}
OF_ORGANISATIONS: Final = tuple(one for one in Funding if one is not Funding.PERSONAL)


def _of_organisation(value: Any) -> Funding:
    if value not in OF_ORGANISATIONS:
        raise Wrong(NOT_A_CHOICE)
    return Funding(value)


BUYER: Final = Sheet(
    "purchase_buyer",
    {"organisation_id": link(), "unit_id": link(needed=False), "funding": _of_organisation},
    unique=("organisation_id",),
    links={"organisation_id": Organisation, "unit_id": Unit},
)


def buyer_rules() -> sa.Subquery:
    """SQL: `organisation_id`, `unit_id` and `funding` of every organisation that somebody said something about."""
    return sa.select(PurchaseBuyer.organisation_id, PurchaseBuyer.unit_id, PurchaseBuyer.funding).subquery(
        "buyer_rules"
    )


def rule_of(session: Session, organisation_id: int) -> tuple[int | None, Funding]:
    """Its department, if it belongs to one, and whose money it spends. Until somebody says so, its kind does."""
    rules = buyer_rules()
    statement = (
        sa.select(Organisation.kind, rules.c.unit_id, rules.c.funding)
        .outerjoin(rules, rules.c.organisation_id == Organisation.id)
        .where(Organisation.id == organisation_id)
    )
    kind, unit_id, funding = session.execute(statement).one()
    return unit_id, funding or FUNDING_BY_KIND.get(kind, Funding.OTHER)


def find_buyers(session: Session, *, page: int = 1) -> Page[Any]:
    """With the names of organisation and department."""
    statement = (
        sa.select(
            PurchaseBuyer.id,
            PurchaseBuyer.funding,
            Organisation.name.label("organisation"),
            Unit.name_zh.label("unit_zh"),
            Unit.name_en.label("unit_en"),
        )
        .join(Organisation, Organisation.id == PurchaseBuyer.organisation_id)
        .outerjoin(Unit, Unit.id == PurchaseBuyer.unit_id)
        .order_by(Organisation.name, PurchaseBuyer.id)
    )
    return read_page(session, statement, number=page)


def get_buyer(session: Session, record_id: int) -> PurchaseBuyer:
    """Raises NotFound."""
    return get_row(session, PurchaseBuyer, record_id)


def save_buyer(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    """Holds for orders confirmed from now on. Raises NotFound, InvalidInput."""
    saved = save_row(session, PurchaseBuyer, BUYER, record_id, values, actor_id=actor_id, now=now)
    buyer: PurchaseBuyer = saved.row
    return buyer.id


def buying_organisations(session: Session, *, most: int = 300) -> list[tuple[int, str]]:
    """Id and name of organisations of which some order counts, by name."""
    counts = sa.exists().where(CountedPurchase.organisation_id == Organisation.id)
    ordered = sa.select(Organisation.id, Organisation.name).where(counts).order_by(Organisation.name)
    return [(row[0], row[1]) for row in session.execute(ordered.limit(most))]
