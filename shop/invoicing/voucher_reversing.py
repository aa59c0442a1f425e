"""An issued purchase voucher turns out wrong: a number mistyped here is put right, the document itself is taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.invoicing.documents import judge_document, read_document_number, rewrite_document, write_document
from shop.invoicing.handling import said_why
from shop.invoicing.models import DocumentKind, PurchaseVoucher, TaxDocument, VoucherStatus
from shop.invoicing.transitions import VOUCHERS
from shop.invoicing.vouchers import judge_voucher_day, lock_voucher, open_vouchers
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.money import format_yuan
from shop.kit.text import msg
from shop.kit.transitions import IllegalStep
from shop.ledger.models import Payout, PayoutStatus
from shop.storage.locks import LockRank, lock_row

BEFORE_THE_VOUCHER = msg("On this day the voucher that it takes back was not issued yet.")


@dataclass(frozen=True, slots=True)
class VoucherReversed:
    """What the red letter says, typed from it; `amount_fen` without its minus."""

    document_number: str
    issued_on: date | None
    amount_fen: int | None
    reason: str


def correct_voucher(
    session: Session,
    voucher_id: int,
    typed: str,
    issued_on: date | None,
    reason: str,
    *,
    actor_id: int,
    now: datetime,
) -> bool:
    """Another number or day; False when nothing changes. The mistyped number is free again.

    Locks the voucher. Raises InvalidInput by field, NumberTaken, NotFound, or IllegalStep unless it is issued and
    stands.
    """
    voucher = lock_voucher(session, voucher_id)
    number, said = read_document_number(typed), said_why(reason)
    day = judge_voucher_day(voucher, number, issued_on, now)
    if voucher.status is not VoucherStatus.ISSUED:
        raise IllegalStep()
    changed = rewrite_document(session, voucher, number, day, actor_id=actor_id, now=now)
    if not changed:
        return False
    audit(
        session,
        actor_id,
        "voucher.corrected",
        "voucher",
        voucher.number,
        {**changed, "reason": said},
        now=now,
    )
    return True


def correct_voucher_red(
    session: Session,
    voucher_id: int,
    typed: str,
    issued_on: date | None,
    reason: str,
    *,
    actor_id: int,
    now: datetime,
) -> bool:
    """As `correct_voucher`, of the red letter that took the voucher back. Raises IllegalStep where none did."""
    voucher = lock_voucher(session, voucher_id)
    number, said = read_document_number(typed), said_why(reason)
    if voucher.status is not VoucherStatus.REVERSED:
        raise IllegalStep()
    of_voucher = session.get_one(TaxDocument, voucher.document_number).issued_on
    errors = judge_document(number, issued_on, not_before=of_voucher, too_early=BEFORE_THE_VOUCHER, now=now)
    if errors or issued_on is None:
        raise InvalidInput(errors=errors)
    changed = rewrite_document(
        *(session, voucher, number, issued_on), actor_id=actor_id, now=now, column="red_number"
    )
    if not changed:
        return False
    facts = {**changed, "reason": said}
    audit(session, actor_id, "voucher.red_corrected", "voucher", voucher.number, facts, now=now)
    return True


def reverse_voucher(
    session: Session, voucher_id: int, red: VoucherReversed, *, actor_id: int, now: datetime
) -> PurchaseVoucher | None:
    """Its red letter was issued. Where the household has the money all the same, the next voucher is due at once.

    Returns that one; the same number again changes nothing. Locks the payout, then the voucher. Raises InvalidInput by
    field, NumberTaken, NotFound, or IllegalStep unless it is issued and stands.
    """
    payout = _lock_payout(session, voucher_id)
    voucher = lock_voucher(session, voucher_id)
    number = read_document_number(red.document_number)
    if voucher.red_number == number:
        return None
    VOUCHERS.step(voucher.status, VoucherStatus.REVERSED)
    issued_on, said = _judge(session, voucher, red, number, now), said_why(red.reason)
    write_document(session, DocumentKind.RED_LETTER, number, issued_on, actor_id=actor_id, now=now)
    voucher.status, voucher.red_number, voucher.reversal_reason = VoucherStatus.REVERSED, number, said
    voucher.reversed_at, voucher.reversed_by_id = now, actor_id
    session.flush()
    facts = {"document_number": number, "amount_fen": -voucher.amount_fen, "reason": said}
    audit(session, actor_id, "voucher.reversed", "voucher", voucher.number, facts, now=now)
    if payout.status is not PayoutStatus.PAID:
        return None
    return next(
        (one for one in open_vouchers(session, payout.id) if one.seller_id == voucher.seller_id), None
    )


def _judge(
    session: Session, voucher: PurchaseVoucher, red: VoucherReversed, number: str, now: datetime
) -> date:
    of_voucher = session.get_one(TaxDocument, voucher.document_number).issued_on
    errors = judge_document(
        number, red.issued_on, not_before=of_voucher, too_early=BEFORE_THE_VOUCHER, now=now
    )
    facts = {}
    if red.amount_fen != voucher.amount_fen:
        errors["amount"] = msg("The red letter takes back the whole voucher: ¥%(whole)s.")
        facts["whole"] = format_yuan(voucher.amount_fen)
    if errors or red.issued_on is None:
        raise InvalidInput(errors=errors, **facts)
    return red.issued_on


def _lock_payout(session: Session, voucher_id: int) -> Payout:
    """So that it is neither sent back nor paid again meanwhile."""
    of_voucher = sa.select(PurchaseVoucher.payout_id).where(PurchaseVoucher.id == voucher_id)
    wanted = sa.select(Payout).where(Payout.id == of_voucher.scalar_subquery())
    payout = lock_row(session, LockRank.PAYOUT, wanted)
    if payout is None:
        raise NotFound()
    return payout
