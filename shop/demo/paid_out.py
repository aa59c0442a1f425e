"""Payout runs of months that are over, brought on their way by two persons: paid, proven, with purchase vouchers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName, UserRole
from shop.invoicing.models import PurchaseVoucher, VoucherStatus
from shop.invoicing.vouchers import VoucherIssued, record_voucher
from shop.kit.clock import shanghai_date, shanghai_moment
from shop.ledger.models import Payee, PayeeKind, Payout, PayoutRun, PayoutStatus
from shop.ledger.payouts.approval import approve_run
from shop.ledger.payouts.bank_files import export_transfers
from shop.ledger.payouts.paying import pay_bank_file, pay_payout
from shop.ledger.payouts.proofs import attach_proof
from shop.storage.field_cipher import FieldCipher
from shop.storage.media import MediaStore
from shop.storage.unit_of_work import UnitOfWork

OPEN_RUNS: Final = (
    2  # the newest is a draft to look at, the one before is approved and waits for its bank file
)
MOST_PAYOUTS: Final = 1500  # each is paid as people do it, which takes its time
ISSUED: Final = 6
WORD: Final = "收款人登记后再付"
_SLIP: Final = b"""%%PDF-1.4
1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj
3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 420 300] /Contents 4 0 R
 /Resources <</Font <</F1 <</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>>>>>>> endobj
4 0 obj <</Length %d>> stream
%s
endstream endobj
trailer <</Root 1 0 R>>
%%%%EOF
"""


@dataclass(frozen=True)
class Team:
    """Two persons of finance, and what a bank file is written with."""

    approver_id: int
    payer_id: int
    cipher: FieldCipher


def pay_past_runs(unit_of_work: UnitOfWork, store: MediaStore, cipher: FieldCipher, *, now: datetime) -> int:
    """Approve all draft runs but the newest, and pay all but the two newest; how many were paid, at least in part.

    Without two persons of finance nothing happens. The oldest paid run has all its proof; the newest of them lacks
    the signed receipts.
    """
    team = unit_of_work.run(partial(_team, cipher=cipher))
    runs = unit_of_work.run(_drafts)
    if team is None:
        return 0
    for number, until in runs[: 1 - OPEN_RUNS]:
        approve = partial(approve_run, number=number, word=WORD, actor_id=team.approver_id)
        unit_of_work.run(partial(approve, now=_office_hour(until, 2, now)))
    paid = runs[:-OPEN_RUNS]
    for number, until in paid:
        unit_of_work.run(partial(_pay, number=number, team=team, now=_office_hour(until, 3, now)))
        unit_of_work.run(partial(_pay, number=number, team=team, now=now))  # whose payee was named later
    for place, (number, _) in enumerate(paid):
        _prove(unit_of_work, store, number, team, with_receipts=place < len(paid) - 1, now=now)
    unit_of_work.run(partial(_issue_vouchers, team=team, now=now))
    return len(paid)


def _team(session: Session, cipher: FieldCipher) -> Team | None:
    finance = sa.select(UserRole.user_id).where(UserRole.role == RoleName.FINANCE)
    people = list(session.scalars(finance.order_by(UserRole.user_id.desc()).limit(2)))
    return Team(people[0], people[1], cipher) if len(people) == 2 else None


def _drafts(session: Session) -> list[tuple[str, date]]:
    """The oldest first; no more than people could pay by hand."""
    count = sa.func.count(Payout.id)
    rows = session.execute(
        sa.select(PayoutRun.number, PayoutRun.until, count)
        .join(Payout, Payout.run_id == PayoutRun.id)
        .where(Payout.status == PayoutStatus.DRAFT)
        .group_by(PayoutRun.id, PayoutRun.number, PayoutRun.until)
        .order_by(PayoutRun.id)
    ).all()
    if sum(payouts for _, _, payouts in rows) > MOST_PAYOUTS:
        return []
    return [(number, until) for number, until, _ in rows]


def _office_hour(until: date, days: int, now: datetime) -> datetime:
    return min(now, shanghai_moment(until + timedelta(days=days), time(10, 30)))


def _pay(session: Session, number: str, team: Team, now: datetime) -> None:
    """By bank file, and in cash: what is approved, and goes to somebody whom nobody has changed just then."""
    payable = sa.and_(Payout.status == PayoutStatus.APPROVED, Payee.usable_from <= now)
    if _payouts(session, number, payable, cash=False):
        export_transfers(session, number, again=False, cipher=team.cipher, actor_id=team.payer_id, now=now)
        pay_bank_file(session, number, f"PL{number[1:9]}-{now:%m%d}", actor_id=team.payer_id, now=now)
    for payout_id in _payouts(session, number, payable, cash=True):
        pay_payout(session, number, payout_id, f"收据 {number}-{payout_id}", actor_id=team.payer_id, now=now)


def _payouts(session: Session, number: str, which: sa.ColumnElement[bool], *, cash: bool) -> Sequence[int]:
    wanted = (
        sa.select(Payout.id)
        .join(PayoutRun, PayoutRun.id == Payout.run_id)
        .join(Payee, Payee.household_id == Payout.household_id)
        .where(PayoutRun.number == number, which, (Payee.kind == PayeeKind.CASH).is_(cash))
        .order_by(Payout.id)
    )
    return session.scalars(wanted).all()


def _prove(
    unit_of_work: UnitOfWork,
    store: MediaStore,
    number: str,
    team: Team,
    *,
    with_receipts: bool,
    now: datetime,
) -> None:
    attach = partial(attach_proof, unit_of_work, store, number, actor_id=team.payer_id, now=now)
    attach(_slip(f"SAMPLE - the bank has paid the file of {number}"))
    is_paid = Payout.status == PayoutStatus.PAID
    cash = unit_of_work.run(partial(_payouts, number=number, which=is_paid, cash=True))
    if with_receipts and cash:
        attach(_slip(f"SAMPLE - signed receipts of {number}"), payout_ids=cash)


def _slip(words: str) -> bytes:
    text = f"BT /F1 14 Tf 30 240 Td ({words}) Tj ET".encode("ascii")
    return _SLIP % (len(text), text)


def _issue_vouchers(session: Session, team: Team, now: datetime) -> None:
    """The first few are issued on the tax platform; the others wait for it."""
    due = sa.select(PurchaseVoucher).where(PurchaseVoucher.status == VoucherStatus.DUE)
    for voucher in session.scalars(due.order_by(PurchaseVoucher.id).limit(ISSUED)).all():
        at = min(now, voucher.opened_at + timedelta(days=2))
        issued_on = shanghai_date(at)
        issued = VoucherIssued(f"{issued_on:%y}61{voucher.id:016d}", issued_on, voucher.amount_fen)
        record_voucher(session, voucher.id, issued, actor_id=team.approver_id, now=at)
