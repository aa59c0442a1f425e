"""Quotations as their organisation and the shop's team read them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from shop.accounts.models import Organisation
from shop.catalogue.models import Product, ProductStatus, Seller, Variant
from shop.kit.clock import shanghai_date
from shop.kit.errors import NotFound
from shop.kit.text import like_pattern, tidy
from shop.quotations.models import (
    Quotation,
    QuotationLine,
    QuotationState,
    QuotationVersion,
)
from shop.quotations.receipt_models import GoodsReceipt, ReceiptState
from shop.quotations.reopening import is_called_off
from shop.quotations.transitions import WAITS_FOR_SHOP
from shop.storage.paging import First, Page, read_first, read_page

EXPIRED: Final = "expired"  # as a state that is shown: the clock says so, no row does


@dataclass(frozen=True, slots=True)
class QuotationRow:
    """In a list; `total_fen` of the newest version that was sent, and until when it holds good."""

    number: str
    title: str
    organisation: str
    state: QuotationState
    since: datetime
    version: int | None
    total_fen: int | None
    valid_until: date | None
    called_off: bool

    def shown_state(self, now: datetime) -> str:
        return shown_state(self.state, self.valid_until, now, called_off=self.called_off)


def shown_state(
    state: QuotationState, valid_until: date | None, now: datetime, *, called_off: bool = False
) -> str:
    """An offer that nobody answered in time is over. `called_off`: its order was, so it waits for an answer again."""
    if called_off and state is QuotationState.ACCEPTED:
        state = QuotationState.QUOTED
    is_over = state is QuotationState.QUOTED and valid_until is not None and valid_until < shanghai_date(now)
    return EXPIRED if is_over else state.value


def newest_sent(session: Session, quotation_id: int) -> QuotationVersion | None:
    return session.scalar(
        sa.select(QuotationVersion)
        .where(QuotationVersion.quotation_id == quotation_id, QuotationVersion.sent_at.is_not(None))
        .order_by(QuotationVersion.number.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


def find_quotations(
    session: Session,
    *,
    organisation_id: int | None = None,
    states: Collection[QuotationState] = (),
    text: str = "",
    page: int = 1,
) -> Page[QuotationRow]:
    """The newest first."""
    statement = _rows().order_by(Quotation.id.desc())
    if organisation_id is not None:
        statement = statement.where(Quotation.organisation_id == organisation_id)
    if states:
        waits_again = sa.case((is_called_off(), QuotationState.QUOTED), else_=Quotation.state)
        statement = statement.where(waits_again.in_(states))
    if wanted := tidy(text):
        like = f"%{like_pattern(wanted)}%"
        named = (Quotation.number, Quotation.title, Organisation.name)
        statement = statement.where(sa.or_(*(one.ilike(like, escape="\\") for one in named)))
    return read_page(session, statement, number=page).map(lambda row: QuotationRow(*row))


def waiting_quotations(session: Session, *, most: int) -> First[QuotationRow]:
    """Those that wait for the shop, the longest wait first. One statement."""
    statement = _rows().where(Quotation.state.in_(WAITS_FOR_SHOP)).order_by(Quotation.waits_since)
    return read_first(session, statement, most=most).map(lambda row: QuotationRow(*row))


def short_receipts(session: Session, *, most: int) -> First[tuple[Any, ...]]:
    """What organisations say is missing, and the shop has not answered: number, organisation, since when."""
    statement = (
        sa.select(Quotation.number, Organisation.name, GoodsReceipt.written_at)
        .join(Quotation, Quotation.id == GoodsReceipt.quotation_id)
        .join(Organisation, Organisation.id == Quotation.organisation_id)
        .where(GoodsReceipt.state == ReceiptState.SHORT)
        .order_by(GoodsReceipt.id)
    )
    return read_first(session, statement, most=most)


def read_quotation(session: Session, number: str, organisation_id: int | None = None) -> Quotation:
    """With all that a page shows of it. Raises NotFound, also for one of another organisation."""
    lines = selectinload(Quotation.versions).selectinload(QuotationVersion.lines)
    statement = (
        sa.select(Quotation)
        .where(Quotation.number == number)
        .options(
            lines.selectinload(QuotationLine.price_tiers),
            selectinload(Quotation.items),
            selectinload(Quotation.contracts),
            joinedload(Quotation.agreement),
        )
        .execution_options(populate_existing=True)
    )
    if organisation_id is not None:
        statement = statement.where(Quotation.organisation_id == organisation_id)
    found = session.scalar(statement)
    if found is None:
        raise NotFound()
    return found


def version_of(quotation: Quotation, number: int | None, *, drafts: bool = False) -> QuotationVersion | None:
    """This version, or the newest; drafts are the shop's own. Raises NotFound for a number that there is not."""
    there = [one for one in quotation.versions if drafts or one.sent_at is not None]
    if number is None:
        return there[-1] if there else None
    found = next((one for one in there if one.number == number), None)
    if found is None:
        raise NotFound()
    return found


def variants_for_sale(session: Session) -> Sequence[Any]:
    """What can be asked for: id, names of the product and of the pack, today's price, who sells it. One statement."""
    statement = (
        sa.select(
            *(Variant.id, Variant.sku, Product.name_zh, Product.name_en),
            *(Variant.name_zh.label("pack_zh"), Variant.name_en.label("pack_en"), Variant.price_fen),
            *(Seller.name_zh.label("seller_zh"), Seller.name_en.label("seller_en")),
        )
        .join(Product, Product.id == Variant.product_id)
        .join(Seller, Seller.id == Product.seller_id)
        .where(Variant.active, Product.status == ProductStatus.PUBLISHED)
        .order_by(Product.category_id, Product.id, Variant.position, Variant.id)
    )
    return session.execute(statement).all()


def sellers_of(session: Session, version_id: int) -> set[int]:
    """Who sells the goods of a version."""
    statement = (
        sa.select(Product.seller_id)
        .join(Variant, Variant.product_id == Product.id)
        .join(QuotationLine, QuotationLine.variant_id == Variant.id)
        .where(QuotationLine.version_id == version_id)
    )
    return set(session.scalars(statement.distinct()))


def _newest() -> sa.ScalarSelect[int | None]:
    return (
        sa.select(sa.func.max(QuotationVersion.id))
        .where(QuotationVersion.quotation_id == Quotation.id, QuotationVersion.sent_at.is_not(None))
        .correlate(Quotation)
        .scalar_subquery()
    )


def _rows() -> sa.Select[*tuple[Any, ...]]:
    columns: tuple[Any, ...] = (
        *(Quotation.number, Quotation.title, Organisation.name, Quotation.state, Quotation.waits_since),
        *(QuotationVersion.number, _total(), QuotationVersion.valid_until, is_called_off()),
    )
    return (
        sa.select(*columns)
        .join(Organisation, Organisation.id == Quotation.organisation_id)
        .outerjoin(QuotationVersion, QuotationVersion.id == _newest())
    )


def _total() -> sa.ColumnElement[int]:
    return QuotationVersion.goods_fen - QuotationVersion.discount_fen + QuotationVersion.freight_fen
