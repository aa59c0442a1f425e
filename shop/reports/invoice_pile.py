"""Invoices and vouchers that wait for finance, for the dashboard."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.invoicing.desk import first_waiting
from shop.invoicing.models import PurchaseVoucher
from shop.invoicing.voucher_list import VoucherState, in_state
from shop.reports.piles import Item, Pile, Waiting

RED, VOUCHERS, RED_VOUCHERS = "red", "vouchers", "red_vouchers"


def waiting_invoices(session: Session, now: datetime, most: int) -> Waiting:
    """Requests and red letters one by one; vouchers as one line, those to take back as another; the oldest first.

    At most three statements.
    """
    found = first_waiting(session, most=most)
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
        for one in found.items
    ]
    vouchers = _vouchers(session)
    items = [*items[: most - len(vouchers)], *(item for _, item in vouchers)]
    total = found.total + sum(count for count, _ in vouchers)
    return Waiting(Pile.INVOICES, total, sorted(items, key=lambda item: item.since or now))


def _vouchers(session: Session) -> list[tuple[int, Item]]:
    """How many are to be taken back and how many to be issued, each where there are any."""
    kinds = ((VoucherState.RED_DUE, RED_VOUCHERS), (VoucherState.DUE, VOUCHERS))
    kind = sa.case(*((in_state(state), said) for state, said in kinds)).label("kind")
    of_each = (
        sa.select(
            kind,
            sa.func.count(),
            sa.func.min(PurchaseVoucher.opened_at),
            sa.func.sum(PurchaseVoucher.amount_fen),
        )
        .where(in_state(VoucherState.WAITING))
        .group_by(kind)
    )
    found = {row[0]: tuple(row)[1:] for row in session.execute(of_each)}
    return [
        (count, Item("", str(count), str(count), kind=said, amount_fen=int(fen), since=oldest, key=said))
        for _, said in kinds
        if said in found
        for count, oldest, fen in [found[said]]
    ]
