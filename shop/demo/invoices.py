"""What the demo's year sold by rate, and the invoices that some of its buyers asked for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.demo.life import Fate
from shop.demo.made import Made, broken_at, is_refunded
from shop.demo.rows import Rows
from shop.demo.sources import Goods
from shop.demo.world import World
from shop.invoicing.models import (
    DocumentKind,
    Invoice,
    InvoiceOrder,
    InvoicePart,
    InvoiceStatus,
    NumberSeries,
    RedLetter,
    RedLetterCause,
    Series,
    TaxDocument,
    TaxEntry,
)
from shop.invoicing.number_series import number_text
from shop.invoicing.tax_parts import Taxed, TaxKey, sale_parts
from shop.kit.clock import shanghai_date
from shop.ordering.models import InvoiceKind
from shop.ordering.wish import InvoiceWish

TITLE, NUMBER = "秦南大学工会委员会", "12610000MC7777772P"
EVERY: Final = 11  # so often a buyer wants an invoice
ISSUED_AFTER: Final = timedelta(days=2)


def invoice_wish(made: Made) -> InvoiceWish:
    """Of paid orders that were not called off, every so many."""
    if made.life.fate is not Fate.FULFILLED or made.id % EVERY:
        return InvoiceWish()
    if made.id % (2 * EVERY):
        return InvoiceWish(InvoiceKind.PERSONAL, made.wish.buyer.name)
    return InvoiceWish(InvoiceKind.ORGANISATION, TITLE, NUMBER)


class TaxBook:
    """Writes what `invoicing` would write, many orders at a time; numbers go on where they ended."""

    def __init__(self, session: Session, world: World, rows: Rows) -> None:
        self._world, self._rows = world, rows
        wanted = sa.select(NumberSeries.seller_id, NumberSeries.last).where(
            NumberSeries.series == Series.REQUEST
        )
        self._before: dict[int, int] = dict(session.execute(wanted).all())
        self._last = dict(self._before)

    def add(self, made: Made, refund_id: int | None) -> None:
        """`refund_id` is of a refund in full."""
        if made.life.fate not in {Fate.FULFILLED, Fate.CALLED_OFF}:
            return
        sold = sale_parts([(_key(line.goods), line.fen) for line in made.lines], made.freight_fen)
        self._enter(made, sold, made.life.confirmed, None)
        if refund_id is not None and is_refunded(made):
            at = broken_at(made) or made.life.ended
            self._enter(made, {key: -fen for key, fen in sold.items()}, at, refund_id)
        wish = invoice_wish(made)
        if wish.kind is not InvoiceKind.NONE:
            for seller_id in sorted({key.seller_id for key in sold}):
                of_seller = {key: fen for key, fen in sold.items() if key.seller_id == seller_id}
                self._invoice(made, wish, seller_id, of_seller)

    def settle(self, session: Session) -> None:
        """Write how far each seller has counted."""
        for seller_id, last in self._last.items():
            row = session.get(NumberSeries, (seller_id, Series.REQUEST))
            if row is None:
                row = NumberSeries(seller_id=seller_id, series=Series.REQUEST)
                session.add(row)
            row.last = last
        session.flush()

    def _enter(self, made: Made, parts: Taxed, at: datetime, refund_id: int | None) -> None:
        for key, fen in parts.items():
            self._rows.add(
                TaxEntry,
                order_id=made.id,
                refund_id=refund_id,
                amount_fen=fen,
                at=at,
                **key._asdict(),
            )

    def _invoice(self, made: Made, wish: InvoiceWish, seller_id: int, parts: Taxed) -> None:
        issued_at = made.life.happened(made.life.confirmed + ISSUED_AFTER)
        is_gone = issued_at is None and is_refunded(made)
        status = InvoiceStatus.ISSUED if issued_at else InvoiceStatus.REQUESTED
        sequence = self._last[seller_id] = self._last.get(seller_id, 0) + 1
        document = self._document(made, seller_id, issued_at) if issued_at else None
        invoice_id = self._rows.add(
            Invoice,
            seller_id=seller_id,
            sequence=sequence,
            number=number_text(seller_id, Series.REQUEST, sequence),
            status=InvoiceStatus.WITHDRAWN if is_gone else status,
            kind=wish.kind,
            title=wish.title,
            tax_number=wish.tax_number,
            requested_at=made.life.confirmed,
            requested_by_id=made.wish.buyer.user_id,
            document_number=document,
            amount_fen=sum(parts.values()) if issued_at else None,
            issued_title=wish.title if issued_at else "",
            issued_tax_number=wish.tax_number if issued_at else "",
            issued_at=issued_at,
            issued_by_id=self._world.people.admin_id if issued_at else None,
        )
        waits = issued_at is None and not is_gone
        self._rows.put(
            InvoiceOrder, invoice_id=invoice_id, order_id=made.id, seller_id=seller_id, waits=waits
        )
        if issued_at:
            self._parts(made, invoice_id, parts)
            self._red_letter(made, invoice_id)

    def _document(self, made: Made, seller_id: int, issued_at: datetime) -> str:
        day = shanghai_date(issued_at)
        number = f"{day:%y}61{seller_id % 10}{made.id:015d}"
        self._rows.put(
            TaxDocument,
            number=number,
            kind=DocumentKind.INVOICE,
            issued_on=day,
            recorded_at=issued_at,
            recorded_by_id=self._world.people.admin_id,
        )
        return number

    def _parts(self, made: Made, invoice_id: int, parts: Taxed) -> None:
        for key, fen in parts.items():
            self._rows.add(
                InvoicePart,
                invoice_id=invoice_id,
                order_id=made.id,
                tax_rate_bp=key.tax_rate_bp,
                tax_exempt=key.tax_exempt,
                amount_fen=fen,
            )

    def _red_letter(self, made: Made, invoice_id: int) -> None:
        """Goods were broken and paid back after the invoice was issued."""
        at = broken_at(made)
        if at is not None:
            cause = RedLetterCause.REFUND
            self._rows.add(RedLetter, invoice_id=invoice_id, cause=cause, opened_at=at)


def _key(goods: Goods) -> TaxKey:
    return TaxKey(goods.seller_id, goods.tax_rate_bp, goods.tax_exempt)
