"""Invoices and vouchers that wait for finance, for the dashboard."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.invoicing.desk import InvoiceState, find_invoices
from shop.invoicing.models import PurchaseVoucher, VoucherStatus
from shop.reports.piles import Item, Pile, Waiting

MOST_SHOWN = 5
RED, VOUCHERS = "red", "vouchers"


def waiting_invoices(session: Session, now: datetime) -> Waiting:
    """Requests and red letters one by one, the oldest first; vouchers as one line."""
    found = find_invoices(session, state=InvoiceState.WAITING)
    items = [
        Item(
            ref=str(one.id),
            text_zh=f"{one.number} · {one.title}",
            text_en=f"{one.number} · {one.title}",
            kind=RED if one.red_since else "",
            detail_zh=one.seller_zh,
            detail_en=one.seller_en,
            amount_fen=one.amount_fen,
            since=one.since,
        )
        for one in found.items[:MOST_SHOWN]
    ]
    vouchers = _vouchers(session)
    if vouchers is None:
        return Waiting(Pile.INVOICES, found.total, items)
    return Waiting(Pile.INVOICES, found.total + vouchers[0], [*items, vouchers[1]][:MOST_SHOWN])


def _vouchers(session: Session) -> tuple[int, Item] | None:
    count, oldest, fen = session.execute(
        sa.select(
            sa.func.count(), sa.func.min(PurchaseVoucher.opened_at), sa.func.sum(PurchaseVoucher.amount_fen)
        ).where(PurchaseVoucher.status == VoucherStatus.DUE)
    ).one()
    if not count:
        return None
    return count, Item("", str(count), str(count), kind=VOUCHERS, amount_fen=int(fen), since=oldest)
