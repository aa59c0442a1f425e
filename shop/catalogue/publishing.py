"""What may be sold: publishing a product, and taking it back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.catalogue.claims import claims_in
from shop.catalogue.errors import CannotPublish, NoSuchProduct
from shop.catalogue.index_models import DocumentKind, SearchDocument
from shop.catalogue.models import (
    Category,
    Certificate,
    ComplianceClass,
    ComplianceRequirement,
    Product,
    ProductPicture,
    ProductStatus,
    Variant,
    Village,
)
from shop.catalogue.refreshing import refresh_products
from shop.catalogue.stock_state import note_product_states
from shop.catalogue.validity import Span, begins_on, counts_on, ended_on
from shop.kit.clock import shanghai_date
from shop.kit.text import msg

NO_VARIANT = msg("It has no pack that can be bought.")
NO_SUMMARY = msg("It has no summary in Chinese.")
NOT_ONLINE = msg("Goods of the class “%(name)s” may not be sold online.")
MISSING = msg("The certificate “%(name)s” is missing.")
EXPIRED = msg("The certificate “%(name)s” expired on %(day)s.")
NOT_YET = msg("The certificate “%(name)s” is valid only from %(day)s.")
CLAIM = msg("It claims an effect: “%(name)s”.")


@dataclass(frozen=True)
class Reason:
    """One thing that stands in the way: a sentence with a place for `name`, which has two languages.

    `kind` is that of the certificate that is wanted.
    """

    message: str
    name_zh: str = ""
    name_en: str = ""
    day: date | None = None
    kind: str = ""


def publish(
    session: Session,
    product_id: int,
    *,
    kept_by: Collection[int] = (),
    actor_id: int | None,
    now: datetime,
) -> None:
    """Show a product in the shop. `kept_by` are the producers that keep lots of it: their certificates count.

    Raises CannotPublish with all reasons: certificates that are missing, expired or not valid yet, claims of effect, no pack.
    """
    product = _locked(session, product_id)
    reasons = reasons_against(session, product, kept_by=kept_by, today=shanghai_date(now))
    if reasons:
        raise CannotPublish(reasons)
    product.status = ProductStatus.PUBLISHED
    product.published_at = product.published_at or now
    product.changed_at = now
    product.version += 1
    session.flush()
    note_product_states(session, [product_id])
    refresh_products(session, [product_id])
    audit(session, actor_id, "product.published", "product", product_id, {"slug": product.slug}, now=now)


def withdraw(session: Session, product_id: int, *, actor_id: int | None, reason: str, now: datetime) -> None:
    """Take a product out of the shop at once, out of search too; orders that have it go on."""
    product = _locked(session, product_id)
    product.status = ProductStatus.WITHDRAWN
    product.changed_at = now
    product.version += 1
    session.flush()
    session.execute(
        sa.delete(SearchDocument).where(
            SearchDocument.kind == DocumentKind.PRODUCT, SearchDocument.target_id == product_id
        )
    )
    refresh_products(session, [product_id])
    facts = {"slug": product.slug, "reason": reason}
    audit(session, actor_id, "product.withdrawn", "product", product_id, facts, now=now)


def reasons_against(
    session: Session, product: Product, *, kept_by: Collection[int], today: date
) -> list[Reason]:
    """Everything that keeps a product from being published today."""
    return [
        *_lacks(session, product),
        *_certificates_against(session, product, kept_by, today),
        *(Reason(CLAIM, word, word) for word in claims_in(words_of(session, product))),
    ]


def reasons_against_keeper(
    session: Session, product: Product, producer_id: int, *, today: date
) -> list[Reason]:
    """What keeps one producer from bringing goods of this product: the same papers, its own among them."""
    return list(_certificates_against(session, product, (producer_id,), today))


def is_covered(producer_ids: Collection[int], today: date) -> sa.ColumnElement[bool]:
    """In SQL, as `reasons_against_keeper`: whether the product, its seller or one of these producers has the papers."""
    of_somebody = sa.or_(
        Certificate.product_id == Product.id,
        Certificate.seller_id == Product.seller_id,
        Certificate.producer_id.in_(producer_ids),
    )
    valid = sa.exists().where(
        Certificate.kind == ComplianceRequirement.certificate_kind,
        of_somebody,
        counts_on(Certificate, today),
    )
    lacking = sa.exists().where(
        ComplianceRequirement.compliance_class_id == Product.compliance_class_id,
        ~valid.correlate(Product, ComplianceRequirement),
    )
    online = sa.exists().where(
        ComplianceClass.id == Product.compliance_class_id, ComplianceClass.sellable_online.is_(True)
    )
    return sa.and_(online.correlate(Product), ~lacking.correlate(Product))


def words_of(session: Session, product: Product) -> list[str]:
    """All that a buyer reads about a product, its packs, photos, category and village, or finds it by."""
    own = [
        *(product.name_zh, product.name_en, product.summary_zh, product.summary_en),
        *(product.description_zh, product.description_en, product.storage_zh, product.storage_en),
        product.synonyms,
    ]
    around = (
        sa.select(Variant.name_zh, Variant.name_en).where(Variant.product_id == product.id),
        sa.select(ProductPicture.alt_zh, ProductPicture.alt_en).where(
            ProductPicture.product_id == product.id
        ),
        sa.select(Category.name_zh, Category.name_en).where(Category.id == product.category_id),
        sa.select(Village.name_zh, Village.name_en).where(Village.id == product.village_id),
        sa.select(Village.story_zh, Village.story_en).where(Village.id == product.village_id),
    )
    return own + [word for row in session.execute(sa.union_all(*around)) for word in row]


def _locked(session: Session, product_id: int) -> Product:
    product = session.scalar(sa.select(Product).where(Product.id == product_id).with_for_update())
    if product is None:
        raise NoSuchProduct()
    return product


def _lacks(session: Session, product: Product) -> Iterator[Reason]:
    packs = sa.select(sa.func.count()).where(Variant.product_id == product.id, Variant.active)
    if not session.scalar(packs):
        yield Reason(NO_VARIANT)
    if not product.summary_zh:
        yield Reason(NO_SUMMARY)


def _certificates_against(
    session: Session, product: Product, kept_by: Collection[int], today: date
) -> Iterator[Reason]:
    compliance_class = session.get_one(ComplianceClass, product.compliance_class_id)
    if not compliance_class.sellable_online:
        yield Reason(NOT_ONLINE, compliance_class.name_zh, compliance_class.name_en)
    demanded = session.scalars(
        sa.select(ComplianceRequirement)
        .where(ComplianceRequirement.compliance_class_id == compliance_class.id)
        .order_by(ComplianceRequirement.certificate_kind)
    ).all()
    held = _held(session, product, kept_by)
    for requirement in demanded:
        kind = requirement.certificate_kind
        spans, names = held[kind], (requirement.name_zh, requirement.name_en)
        if any(one.counts(today) for one in spans):
            continue
        if not spans:
            yield Reason(MISSING, *names, kind=kind)
        elif begins := begins_on(spans, today):
            yield Reason(NOT_YET, *names, begins, kind)
        else:
            yield Reason(EXPIRED, *names, ended_on(spans), kind)


def _held(session: Session, product: Product, kept_by: Collection[int]) -> dict[str, list[Span]]:
    """By kind, when each certificate counts that the product, its seller or one of these producers has."""
    found: dict[str, list[Span]] = defaultdict(list)
    held = sa.select(Certificate.kind, Certificate.issued_on, Certificate.expires_on).where(
        sa.or_(
            Certificate.product_id == product.id,
            Certificate.seller_id == product.seller_id,
            Certificate.producer_id.in_(kept_by),
        )
    )
    for kind, issued_on, expires_on in session.execute(held):
        found[kind].append(Span(issued_on, expires_on))
    return found
