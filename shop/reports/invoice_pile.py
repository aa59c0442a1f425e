"""Invoices and vouchers that wait for finance, for the dashboard."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.invoicing.desk import InvoiceState, find_invoices
from shop.invoicing.models import PurchaseVoucher
from shop.invoicing.voucher_list import VoucherState, in_state
from shop.reports.piles import Item, Pile, Waiting

MOST_SHOWN = 5
RED, VOUCHERS, RED_VOUCHERS = "red", "vouchers", "red_vouchers"


def waiting_invoices(session: Session, now: datetime) -> Waiting:
    """Requests and red letters one by one, the oldest first; vouchers as one line, those to take back as another."""
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
    total = found.total
    for state, kind in ((VoucherState.RED_DUE, RED_VOUCHERS), (VoucherState.DUE, VOUCHERS)):
        if vouchers := _vouchers(session, state, kind):
            total += vouchers[0]
            items = [*items[: MOST_SHOWN - 1], vouchers[1]]
    return Waiting(Pile.INVOICES, total, items)


def _vouchers(session: Session, state: VoucherState, kind: str) -> tuple[int, Item] | None:
    count, oldest, fen = session.execute(
        sa.select(
            sa.func.count(), sa.func.min(PurchaseVoucher.opened_at), sa.func.sum(PurchaseVoucher.amount_fen)
        ).where(in_state(state))
    ).one()
    if not count:
        return None
    return count, Item("", str(count), str(count), kind=kind, amount_fen=int(fen), since=oldest)
