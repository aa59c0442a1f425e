"""What can be done at the sandbox: open a page, press its buttons, let time pass, send money back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.errors import Conflict, NotFound
from shop.kit.references import random_code
from shop.kit.text import msg
from shop.payments.sandbox.models import SandboxRefund, SandboxSession, TillStatus
from shop.storage.outbox import enqueue

NOTICE = "sandbox_notice"  # the outbox kind under which its webhooks leave
LATER = timedelta(minutes=1)
TOKEN_LENGTH = 26
OVER = frozenset({TillStatus.PAID, TillStatus.FAILED, TillStatus.EXPIRED})


class Button(StrEnum):
    SUCCEED = "succeed"
    FAIL = "fail"
    LATER = "later"


class PageOver(Conflict):
    code = "payment_page_over"
    default_message = msg("This payment page is no longer open.")


class MoreThanPaid(Exception):
    """The till gives back no more than it took."""


def open_page(
    session: Session, reference: str, request: Mapping[str, Any], *, now: datetime
) -> SandboxSession:
    """The page for this reference, made if it is asked for the first time."""
    known = session.scalar(sa.select(SandboxSession).where(SandboxSession.reference == reference))
    if known is not None:
        return known
    page = SandboxSession(
        token=f"sb_{random_code(TOKEN_LENGTH)}",
        reference=reference,
        amount_fen=request["amount_fen"],
        order_number=request["order_number"],
        items=request["items"],
        language=request["language"],
        return_url=request["return_url"],
        cancel_url=request["cancel_url"],
        created_at=now,
        expires_at=datetime.fromtimestamp(request["expires_at"], UTC),
    )
    session.add(page)
    session.flush()
    return page


def page_of(session: Session, token: str, *, now: datetime) -> SandboxSession:
    """A page as it is at this moment; time that passed has its effect. Raises NotFound."""
    page = session.scalar(sa.select(SandboxSession).where(SandboxSession.token == token).with_for_update())
    if page is None:
        raise NotFound()
    if page.status is TillStatus.PROCESSING and page.settles_at is not None and page.settles_at <= now:
        page.status = TillStatus.PAID
    elif page.status is TillStatus.OPEN and page.expires_at <= now:
        page.status = TillStatus.EXPIRED
        _tell(session, page, now=now)
    return page


def press(session: Session, token: str, button: Button, *, now: datetime) -> SandboxSession:
    """The buyer pressed a button. Raises PageOver when the page is not open any more."""
    page = page_of(session, token, now=now)
    if page.status is not TillStatus.OPEN:
        raise PageOver()
    if button is Button.LATER:
        page.status, page.settles_at = TillStatus.PROCESSING, now + LATER
        _tell(session, page, now=now, due_at=page.settles_at)
        return page
    page.status = TillStatus.PAID if button is Button.SUCCEED else TillStatus.FAILED
    _tell(session, page, now=now)
    return page


def close_page(session: Session, token: str, *, now: datetime) -> SandboxSession:
    """The shop ends the page; one that is paid or being paid stays what it is."""
    page = page_of(session, token, now=now)
    if page.status is TillStatus.OPEN:
        page.status = TillStatus.EXPIRED
    return page


def give_back(
    session: Session, token: str, reference: str, amount_fen: int, *, now: datetime
) -> SandboxRefund:
    """Send money back at once, once for each reference. Raises MoreThanPaid."""
    page = page_of(session, token, now=now)
    known = session.scalar(sa.select(SandboxRefund).where(SandboxRefund.reference == reference))
    if known is not None:
        return known
    if page.status is not TillStatus.PAID or page.refunded_fen + amount_fen > page.amount_fen:
        raise MoreThanPaid()
    page.refunded_fen += amount_fen
    refund = SandboxRefund(
        token=f"sbr_{random_code(TOKEN_LENGTH)}",
        reference=reference,
        session_id=page.id,
        amount_fen=amount_fen,
        created_at=now,
    )
    session.add(refund)
    session.flush()
    return refund


def _tell(session: Session, page: SandboxSession, *, now: datetime, due_at: datetime | None = None) -> None:
    """Send the shop a webhook, as a real provider would: it may come late, twice, or after the return page."""
    enqueue(
        session,
        NOTICE,
        {"token": page.token, "reference": page.reference},
        dedupe_key=f"sandbox:{page.token}",
        now=now,
        due_at=due_at,
    )
