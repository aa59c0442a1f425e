"""Purchase vouchers (收购发票): what a household was paid by a seller that buys from households."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.catalogue.models import Seller
from shop.invoicing.documents import judge_document, read_document_number, write_document
from shop.invoicing.handling import said_why
from shop.invoicing.models import DocumentKind, PurchaseVoucher, Series, VoucherStatus
from shop.invoicing.number_series import take_number
from shop.invoicing.transitions import VOUCHERS
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.money import format_yuan
from shop.kit.text import msg
from shop.ledger.models import JournalEntry, Payee, Payout, PayoutItem, PayoutStatus, Posting
from shop.ledger.payouts.payees import PayeeOpen
from shop.ordering.models import OrderLine
from shop.storage.field_cipher import FieldCipher
from shop.storage.locks import LockRank, lock_row

BEFORE_THE_MONEY = msg(
    "On this day the household was not paid yet. Please compare the day with the document."
)


AFTER_THE_MONEY = msg(
    "The bank sent the money back on %(day)s: issue nothing until the household is paid again. A document of before then can be written down."
)


@dataclass(frozen=True, slots=True)
class VoucherIssued:
    """What the document says, typed from it."""

    document_number: str
    issued_on: date | None
    amount_fen: int | None


def open_vouchers(session: Session, payout_id: int) -> list[PurchaseVoucher]:
    """One for each such seller whose goods the payout pays for; one that stands is kept, however often money leaves."""
    amounts = _bought(session, payout_id)
    if not amounts:
        return []
    payout = session.get_one(Payout, payout_id)
    payee = session.scalar(sa.select(Payee).where(Payee.household_id == payout.household_id))
    opened = []
    for seller_id, fen in sorted(amounts.items()):
        own = take_number(session, seller_id, Series.VOUCHER)
        voucher = PurchaseVoucher(
            seller_id=seller_id,
            sequence=own.sequence,
            number=own.text,
            payout_id=payout_id,
            household_id=payout.household_id,
            amount_fen=fen,
            payee_kind=payee.kind if payee else None,
            relation=payee.relation if payee else "",
            name_sealed=payee.name_sealed if payee else "",
            identity_sealed=payee.identity_sealed if payee else "",
            opened_at=payout.paid_at,
        )
        session.add(voucher)
        opened.append(voucher)
    session.flush()
    return opened


def record_voucher(
    session: Session, voucher_id: int, issued: VoucherIssued, *, actor_id: int, now: datetime
) -> None:
    """Written once. Locks the voucher. Raises InvalidInput by field, NumberTaken, IllegalStep, NotFound."""
    voucher = lock_voucher(session, voucher_id)
    number = read_document_number(issued.document_number)
    if voucher.document_number == number:
        return
    VOUCHERS.step(voucher.status, VoucherStatus.ISSUED)
    issued_on = _judge(session, voucher, issued, number, now)
    write_document(session, DocumentKind.VOUCHER, number, issued_on, actor_id=actor_id, now=now)
    voucher.status, voucher.document_number = VoucherStatus.ISSUED, number
    voucher.issued_at, voucher.issued_by_id = now, actor_id
    facts = {"document_number": number, "amount_fen": voucher.amount_fen}
    audit(session, actor_id, "voucher.issued", "voucher", voucher.number, facts, now=now)


def set_voucher_aside(
    session: Session, voucher_id: int, reason: str, *, actor_id: int, now: datetime
) -> None:
    """The household gave an invoice of its own, say. Raises InvalidInput, IllegalStep, NotFound."""
    voucher = lock_voucher(session, voucher_id)
    said = said_why(reason)
    voucher.status, voucher.reason = VOUCHERS.step(voucher.status, VoucherStatus.NOT_NEEDED), said
    audit(session, actor_id, "voucher.set_aside", "voucher", voucher.number, {"reason": said}, now=now)


def take_voucher_up(session: Session, voucher_id: int, *, actor_id: int, now: datetime) -> None:
    """It is needed after all. Raises IllegalStep, NotFound."""
    voucher = lock_voucher(session, voucher_id)
    voucher.status, voucher.reason = VOUCHERS.step(voucher.status, VoucherStatus.DUE), ""
    audit(session, actor_id, "voucher.taken_up", "voucher", voucher.number, now=now)


def note_voucher_revealed(session: Session, voucher_id: int, *, actor_id: int, now: datetime) -> None:
    """Somebody is about to see who took the money, in clear. Raises NotFound."""
    voucher = session.get(PurchaseVoucher, voucher_id)
    if voucher is None:
        raise NotFound()
    facts = {"household_id": voucher.household_id}
    audit(session, actor_id, "voucher.revealed", "voucher", voucher.number, facts, now=now)


def open_seller_of_goods(voucher: PurchaseVoucher, cipher: FieldCipher) -> PayeeOpen | None:
    """Who took the money, in clear; None when nobody was named then. Raises SealBroken."""
    if voucher.payee_kind is None:
        return None
    name, identity = cipher.open(voucher.name_sealed), cipher.open(voucher.identity_sealed)
    return PayeeOpen(voucher.payee_kind, name, identity, "", "", voucher.relation)


def bought_goods() -> sa.Select[int, int, int]:
    """SQL: (payout, seller, fen): what a payout pays for each seller's goods, as its postings say."""
    return (
        sa.select(
            PayoutItem.payout_id,
            OrderLine.seller_id,
            sa.cast(-sa.func.sum(Posting.amount_fen), sa.BigInteger).label("fen"),
        )
        .join(Posting, Posting.id == PayoutItem.posting_id)
        .join(OrderLine, OrderLine.id == Posting.order_line_id)
        .group_by(PayoutItem.payout_id, OrderLine.seller_id)
        .having(sa.func.sum(Posting.amount_fen) < 0)
    )


def _bought(session: Session, payout_id: int) -> dict[int, int]:
    """Fen by seller, of those that buy from households and have no voucher for this payout that stands."""
    has_one = sa.exists().where(
        PurchaseVoucher.payout_id == payout_id,
        PurchaseVoucher.seller_id == OrderLine.seller_id,
        PurchaseVoucher.status != VoucherStatus.REVERSED,
    )
    buys = OrderLine.seller_id.in_(sa.select(Seller.id).where(Seller.buys_from_households.is_(True)))
    rows = session.execute(bought_goods().where(PayoutItem.payout_id == payout_id, buys, ~has_one))
    return {seller_id: fen for _, seller_id, fen in rows}


def _money_back_on(session: Session, voucher: PurchaseVoucher) -> date | None:
    """When the bank sent back what it rests on; None while the household has the money."""
    payout = session.get_one(Payout, voucher.payout_id)
    if payout.status is PayoutStatus.PAID:
        return None
    paid = f"payout:{payout.id}:{payout.attempt - 1}"
    entry = sa.select(JournalEntry.id).where(JournalEntry.reference == paid).scalar_subquery()
    moment = session.scalar(sa.select(JournalEntry.posted_at).where(JournalEntry.reverses_id == entry))
    return shanghai_date(moment) if moment is not None else None


def lock_voucher(session: Session, voucher_id: int) -> PurchaseVoucher:
    """Raises NotFound."""
    wanted = sa.select(PurchaseVoucher).where(PurchaseVoucher.id == voucher_id)
    voucher = lock_row(session, LockRank.INVOICE, wanted)
    if voucher is None:
        raise NotFound()
    return voucher


def judge_voucher_day(voucher: PurchaseVoucher, number: str, issued_on: date | None, now: datetime) -> date:
    """The day on the document. Raises InvalidInput by field."""
    errors = _day_errors(voucher, number, issued_on, now)
    if errors or issued_on is None:
        raise InvalidInput(errors=errors)
    return issued_on


def _day_errors(
    voucher: PurchaseVoucher, number: str, issued_on: date | None, now: datetime
) -> dict[str, str]:
    paid_on = shanghai_date(voucher.opened_at)
    return judge_document(number, issued_on, not_before=paid_on, too_early=BEFORE_THE_MONEY, now=now)


def _judge(
    session: Session, voucher: PurchaseVoucher, issued: VoucherIssued, number: str, now: datetime
) -> date:
    errors = _day_errors(voucher, number, issued.issued_on, now)
    facts = {}
    back_on = _money_back_on(session, voucher)
    if back_on is not None and issued.issued_on is not None and issued.issued_on > back_on:
        errors.setdefault("issued_on", AFTER_THE_MONEY)
        facts["day"] = back_on.isoformat()
    if issued.amount_fen != voucher.amount_fen:
        errors["amount"] = msg("The household was paid ¥%(paid)s for it. The voucher must say exactly that.")
        facts["paid"] = format_yuan(voucher.amount_fen)
    if errors or issued.issued_on is None:
        raise InvalidInput(errors=errors, **facts)
    return issued.issued_on
