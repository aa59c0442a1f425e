"""Purchase vouchers as finance reads them, and the goods that one is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from shop.catalogue.models import Household, Seller, Village
from shop.inventory.models import Allocation, AllocationStatus
from shop.invoicing.models import PurchaseVoucher, TaxDocument, VoucherStatus
from shop.kit.errors import NotFound
from shop.kit.text import like_pattern, tidy
from shop.ledger.models import JournalEntry, Payout, PayoutItem, PayoutStatus, Posting
from shop.ledger.returned import restocked_in_payout, units_left, was_sold_in
from shop.ordering.models import OrderLine
from shop.storage.paging import Page, read_page


class VoucherState(StrEnum):
    """A list's choices: the statuses, what waits for finance, and those whose money the bank sent back.

    Of these an issued one is taken back, and one that is not issued yet waits for the money to leave again.
    """

    WAITING = "waiting"
    DUE = "due"
    HELD = "held"
    RED_DUE = "red_due"
    ISSUED = "issued"
    REVERSED = "reversed"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True)
class FoundVoucher:
    id: int
    number: str
    seller_zh: str
    seller_en: str
    alias_zh: str
    alias_en: str
    village_zh: str
    village_en: str
    amount_fen: int
    status: VoucherStatus
    opened_at: datetime
    document_number: str | None
    issued_on: date | None
    money_is_back: bool

    @property
    def state(self) -> VoucherState:
        return state_of(self.status, money_is_back=self.money_is_back)


@dataclass(frozen=True)
class BoughtGoods:
    """What of one product was bought. `units` are the lots'; of a pooled lot the household has a share."""

    goods_zh: str
    goods_en: str
    units: int
    fen: int


def find_vouchers(
    session: Session,
    *,
    state: VoucherState | None,
    seller_id: int | None = None,
    typed: str = "",
    page: int = 1,
) -> Page[FoundVoucher]:
    """The oldest first while they wait, else the newest first. Two statements."""
    waits = state in {VoucherState.WAITING, VoucherState.DUE, VoucherState.RED_DUE}
    at = PurchaseVoucher.opened_at if waits else PurchaseVoucher.id.desc()
    columns: tuple[Any, ...] = (PurchaseVoucher.id, PurchaseVoucher.number, Seller.name_zh, Seller.name_en)
    columns += (Household.alias_zh, Household.alias_en, Village.name_zh, Village.name_en)
    columns += (PurchaseVoucher.amount_fen, PurchaseVoucher.status, PurchaseVoucher.opened_at)
    columns += (PurchaseVoucher.document_number, TaxDocument.issued_on, money_is_back())
    statement = (
        sa.select(*columns)
        .join(Seller, Seller.id == PurchaseVoucher.seller_id)
        .join(Household, Household.id == PurchaseVoucher.household_id)
        .join(Village, Village.id == Household.village_id)
        .outerjoin(TaxDocument, TaxDocument.number == PurchaseVoucher.document_number)
        .where(
            in_state(state),
            sa.true() if seller_id is None else PurchaseVoucher.seller_id == seller_id,
            _matches(tidy(typed)),
        )
        .order_by(at, PurchaseVoucher.id)
    )
    return read_page(session, statement, number=page).map(lambda row: FoundVoucher(*row))


def state_of(status: VoucherStatus, *, money_is_back: bool) -> VoucherState:
    if status is VoucherStatus.ISSUED and money_is_back:
        return VoucherState.RED_DUE
    if status is VoucherStatus.DUE and money_is_back:
        return VoucherState.HELD
    return VoucherState(status.value)


def money_is_back() -> sa.ColumnElement[bool]:
    """SQL: the bank sent back what a voucher rests on, and it was not paid again. Joins nothing."""
    return sa.exists().where(
        Payout.id == PurchaseVoucher.payout_id, Payout.status != PayoutStatus.PAID, Payout.attempt > 1
    )


def in_state(state: VoucherState | None) -> sa.ColumnElement[bool]:
    if state is None:
        return sa.true()
    is_due = PurchaseVoucher.status == VoucherStatus.DUE
    is_issued = PurchaseVoucher.status == VoucherStatus.ISSUED
    said: dict[VoucherState, sa.ColumnElement[bool]] = {
        VoucherState.DUE: sa.and_(is_due, ~money_is_back()),
        VoucherState.HELD: sa.and_(is_due, money_is_back()),
        VoucherState.ISSUED: sa.and_(is_issued, ~money_is_back()),
        VoucherState.RED_DUE: sa.and_(is_issued, money_is_back()),
    }
    if state is VoucherState.WAITING:
        return sa.or_(said[VoucherState.DUE], said[VoucherState.RED_DUE])
    return said[state] if state in said else PurchaseVoucher.status == VoucherStatus(state.value)


def is_money_back(payout: Payout) -> bool:
    """As `money_is_back`."""
    return payout.status is not PayoutStatus.PAID and payout.attempt > 1


def read_voucher(session: Session, voucher_id: int) -> PurchaseVoucher:
    """With its seller, household, village, payout and documents. Raises NotFound."""
    with_all = (
        joinedload(PurchaseVoucher.seller),
        joinedload(PurchaseVoucher.household).joinedload(Household.village),
        joinedload(PurchaseVoucher.document),
        joinedload(PurchaseVoucher.red_document),
        joinedload(PurchaseVoucher.payout),
    )
    statement = sa.select(PurchaseVoucher).where(PurchaseVoucher.id == voucher_id).options(*with_all)
    voucher = session.scalar(statement)
    if voucher is None:
        raise NotFound()
    return voucher


def goods_of_voucher(session: Session, voucher: PurchaseVoucher) -> Sequence[BoughtGoods]:
    """What of the payout its seller bought, product by product. Three statements."""
    names: tuple[Any, ...] = (OrderLine.product_name_zh, OrderLine.variant_name_zh)
    names += (OrderLine.product_name_en, OrderLine.variant_name_en)
    postings = (
        sa.select(
            *(Posting.order_line_id, Posting.lot_id, *names),
            *((-sa.func.sum(Posting.amount_fen)).label("fen"), was_sold_in()),
        )
        .join(PayoutItem, PayoutItem.posting_id == Posting.id)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(OrderLine, OrderLine.id == Posting.order_line_id)
        .where(PayoutItem.payout_id == voucher.payout_id, OrderLine.seller_id == voucher.seller_id)
        .group_by(Posting.order_line_id, Posting.lot_id, *names)
        .order_by(*names)
    )
    rows: Sequence[Any] = session.execute(postings).all()
    units = _units(session, [row.order_line_id for row in rows])
    goods: dict[tuple[str, str], list[int]] = {}
    back = restocked_in_payout(session, voucher.payout_id)
    for line_id, lot_id, zh, pack_zh, en, pack_en, fen, sold in rows:
        sums = goods.setdefault((f"{zh} {pack_zh}", f"{en} {pack_en}"), [0, 0])
        sums[0] += units_left(units.get((line_id, lot_id), 0), back.get((line_id, lot_id), 0), sold=sold)
        sums[1] += int(fen)
    return [BoughtGoods(zh, en, count, fen) for (zh, en), (count, fen) in goods.items() if count or fen]


def _units(session: Session, line_ids: Sequence[int]) -> dict[tuple[int, int | None], int]:
    left = (AllocationStatus.COMMITTED, AllocationStatus.SHIPPED)
    rows = session.execute(
        sa.select(Allocation.order_line_id, Allocation.lot_id, sa.func.sum(Allocation.units))
        .where(Allocation.order_line_id.in_(line_ids), Allocation.status.in_(left))
        .group_by(Allocation.order_line_id, Allocation.lot_id)
    )
    return {(line_id, lot_id): int(units) for line_id, lot_id, units in rows}


def _matches(typed: str) -> sa.ColumnElement[bool]:
    if not typed:
        return sa.true()
    pattern = f"%{like_pattern(typed)}%"
    return sa.or_(
        PurchaseVoucher.number.ilike(pattern, escape="\\"),
        PurchaseVoucher.document_number == typed.replace(" ", ""),
        PurchaseVoucher.red_number == typed.replace(" ", ""),
        Household.alias_zh.ilike(pattern, escape="\\"),
        Household.alias_en.ilike(pattern, escape="\\"),
    )
