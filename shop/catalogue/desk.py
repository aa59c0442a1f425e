"""The lists of the back office: all that there is, also what is not on sale."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import (
    Category,
    Certificate,
    ComplianceClass,
    ComplianceRequirement,
    Household,
    PackingPlace,
    Producer,
    ProducerKind,
    Product,
    Seller,
    Variant,
    Village,
)
from shop.kit.text import like_pattern
from shop.storage.paging import Page, read_page


def variants_of(session: Session, product_id: int) -> list[Variant]:
    """All packs of a product, inactive ones too."""
    of_product = sa.select(Variant).where(Variant.product_id == product_id)
    return list(session.scalars(of_product.order_by(Variant.position, Variant.id)))


def find_households(
    session: Session, *, q: str = "", village_id: int | None = None, page: int = 1
) -> Page[Any]:
    """Rows of (Household, village_zh, village_en)."""
    found = (
        sa.select(Household, Village.name_zh.label("village_zh"), Village.name_en.label("village_en"))
        .join(Village, Village.id == Household.village_id)
        .order_by(Village.id, Household.id)
    )
    return read_page(
        session,
        found.where(Household.id.in_(matching_households(q=q, village_id=village_id))),
        number=page,
    )


def matching_households(*, q: str = "", village_id: int | None = None) -> sa.Select[int]:
    """Their ids."""
    found = sa.select(Household.id)
    if q:
        found = found.where(any_like(q, Household.alias_zh, Household.alias_en, Household.slug))
    if village_id is not None:
        found = found.where(Household.village_id == village_id)
    return found


def find_workshops(session: Session, *, page: int = 1) -> Page[Any]:
    """Rows of (Producer, village_zh, village_en)."""
    found = (
        sa.select(Producer, Village.name_zh.label("village_zh"), Village.name_en.label("village_en"))
        .join(Village, Village.id == Producer.village_id)
        .where(Producer.kind == ProducerKind.WORKSHOP)
        .order_by(Village.id, Producer.id)
    )
    return read_page(session, found, number=page)


def find_certificates(session: Session, *, q: str = "", page: int = 1) -> Page[Any]:
    """Rows of (Certificate, holder_zh, holder_en), those that expire first, first."""
    found = (
        sa.select(
            Certificate,
            sa.func.coalesce(Product.name_zh, Producer.name_zh, Seller.name_zh).label("holder_zh"),
            sa.func.coalesce(Product.name_en, Producer.name_en, Seller.name_en).label("holder_en"),
        )
        .outerjoin(Seller, Seller.id == Certificate.seller_id)
        .outerjoin(Producer, Producer.id == Certificate.producer_id)
        .outerjoin(Product, Product.id == Certificate.product_id)
        .order_by(Certificate.expires_on.is_(None), Certificate.expires_on, Certificate.id)
    )
    if q:
        called = sa.select(ComplianceRequirement.certificate_kind).where(
            any_like(q, ComplianceRequirement.name_zh, ComplianceRequirement.name_en)
        )
        found = found.where(
            sa.or_(any_like(q, Certificate.number, Certificate.kind), Certificate.kind.in_(called))
        )
    return read_page(session, found, number=page)


def certificates_of(session: Session, product: Product, kept_by: Collection[int]) -> list[Certificate]:
    """The papers that let a product be sold: its own, its seller's, and those of who keeps lots of it."""
    held = sa.select(Certificate).where(
        sa.or_(
            Certificate.product_id == product.id,
            Certificate.seller_id == product.seller_id,
            Certificate.producer_id.in_(kept_by),
        )
    )
    return list(session.scalars(held.order_by(Certificate.expires_on.is_(None), Certificate.expires_on)))


def all_of(
    session: Session,
    entity: type[Category | Village | Seller | PackingPlace | ComplianceClass | Producer | Product],
) -> list[Any]:
    """All rows of a short table, by id: for lists and for choices in forms."""
    rows: list[Any] = list(session.scalars(sa.select(entity).order_by(entity.id)))
    return rows


def any_like(q: str, *columns: Any) -> sa.ColumnElement[bool]:
    pattern = f"%{like_pattern(q)}%"
    return sa.or_(*(column.ilike(pattern, escape="\\") for column in columns))
