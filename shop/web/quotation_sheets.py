"""A version of a quotation as it is shown and printed, for its organisation and for the team."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation
from shop.catalogue.models import Product, Seller, SplitRule, Variant
from shop.catalogue.split import NOTHING, Parts, split_price
from shop.delivery.models import PickupPoint, Run
from shop.kit.amount_words import amount_in_words
from shop.kit.price_tiers import Step, steps
from shop.quotations.comparing import Difference, differences
from shop.quotations.models import Quotation, QuotationLine, QuotationVersion


@dataclass(frozen=True)
class TierTable:
    """Products whose prices fall at the same quantities."""

    heads: Sequence[Step]
    rows: Sequence[tuple[QuotationLine, Sequence[Step]]]


@dataclass(frozen=True)
class Sheet:
    """`parts`: where the price of the goods goes, before anything goes off; that the shop gives."""

    quotation: Quotation
    version: QuotationVersion
    organisation: Organisation
    sellers: Sequence[Seller]
    seller_of: Mapping[int, Seller]  # by variant
    point: PickupPoint | None
    run: Run | None
    tiers: Sequence[TierTable]
    parts: Parts
    words: str

    @property
    def is_draft(self) -> bool:
        return self.version.sent_at is None


@dataclass(frozen=True)
class HistoryVersion:
    version: QuotationVersion
    changes: Sequence[Difference]


def sheet_of(session: Session, quotation: Quotation, version: QuotationVersion) -> Sheet:
    """A fixed number of statements, however long it is."""
    variants = [line.variant_id for line in version.lines]
    rows = session.execute(
        sa.select(Variant.id, Seller)
        .join(Product, Product.id == Variant.product_id)
        .join(Seller, Seller.id == Product.seller_id)
        .where(Variant.id.in_(variants))
        .order_by(Seller.id)
    )
    seller_of = dict(rows.all())
    return Sheet(
        quotation,
        version,
        session.get_one(Organisation, quotation.organisation_id),
        list(dict.fromkeys(seller_of.values())),
        seller_of,
        session.get(PickupPoint, version.pickup_point_id) if version.pickup_point_id else None,
        session.get(Run, version.run_id) if version.run_id else None,
        tier_tables(version.lines),
        _parts(session, version),
        amount_in_words(version.total_fen),
    )


def tier_tables(lines: Sequence[QuotationLine]) -> list[TierTable]:
    """Pure: of those lines whose price depends on the quantity."""
    tables: dict[tuple[int, ...], list[tuple[QuotationLine, Sequence[Step]]]] = {}
    for line in lines:
        if len(line.price_tiers) > 1:
            shown = steps(line.tiers, line.quantity)
            tables.setdefault(tuple(one.first for one in shown), []).append((line, shown))
    return [TierTable(rows[0][1], rows) for rows in tables.values()]


def history_of(quotation: Quotation, *, drafts: bool = False) -> list[HistoryVersion]:
    """The newest first, each with what is different from the one before it."""
    there = [one for one in quotation.versions if drafts or one.sent_at is not None]
    found = [
        HistoryVersion(one, differences(there[place - 1], one) if place else ())
        for place, one in enumerate(there)
    ]
    return found[::-1]


def _parts(session: Session, version: QuotationVersion) -> Parts:
    rule = session.get_one(SplitRule, version.split_version)
    of_goods = sum((split_price(rule, line.line_fen) for line in version.lines), NOTHING)
    return of_goods + Parts(0, 0, version.freight_fen, 0, 0, 0)
