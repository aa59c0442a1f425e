"""Webhooks: each event has its effect once, written in the same transaction; what is not ours is ignored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.payments.disputes import apply_dispute
from shop.payments.elsewhere import write_down_elsewhere
from shop.payments.errors import ForgedNotice
from shop.payments.models import Payment, ProviderEvent, Refund
from shop.payments.outcome import apply_state
from shop.payments.providers.base import DisputeState, Notice, Provider
from shop.payments.refund_settling import apply_refund_state
from shop.payments.withdrawal import finish_cancellation
from shop.storage.unit_of_work import UnitOfWork

_PLAIN = re.compile(r"[\x21-\x7e]{1,128}")
_WORDS = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{0,1000}")
_CURRENCY = re.compile(r"[A-Z]{3}")
MOST_FEN = 10**12  # more than any order: it comes from a mistake, or from somebody who tries what happens


class Received(StrEnum):
    HANDLED = "handled"
    REPEATED = "repeated"
    IGNORED = "ignored"  # of another shop, or of a kind that means nothing here


def receive(
    unit_of_work: UnitOfWork, provider: Provider, headers: Mapping[str, str], body: bytes, *, now: datetime
) -> Received:
    """Verify a webhook and let it have its effect, without asking the provider. Raises ForgedNotice."""
    notice = provider.parse_webhook(headers, body, now=now)
    received, payment_id = unit_of_work.run(
        partial(_receive, provider_name=provider.name, notice=notice, now=now)
    )
    if received is Received.HANDLED and payment_id is not None:
        unit_of_work.run(partial(finish_cancellation, payment_id=payment_id, now=now))
    return received


def is_sound(notice: Notice) -> bool:
    """Whether all that will be written is of its kind and fits. A signature says who wrote it, not what."""
    state, refund = notice.state, notice.refund_state
    names = [state.provider_ref, state.charge_ref] if state else []
    names += [refund.provider_ref] if refund else []
    amounts = [state.received_fen, state.fee_fen] if state else []
    words = [state.failure, state.method] if state else []
    words += [refund.failure] if refund else []
    return (
        all(_is_plain(name) for name in (notice.event_id, notice.kind))
        and all(name is None or _is_plain(name) for name in names)
        and all(amount is None or _is_fen(amount) for amount in amounts)
        and all(_is_words(word) for word in words)
        and (state is None or (_CURRENCY.fullmatch(state.currency) is not None and len(state.method) <= 32))
        and (notice.elsewhere_fen is None or _is_fen(notice.elsewhere_fen))
        and (notice.dispute is None or _is_sound_dispute(notice.dispute))
    )


def _is_sound_dispute(dispute: DisputeState) -> bool:
    return (
        _is_plain(dispute.provider_ref)
        and _is_fen(dispute.amount_fen)
        and dispute.amount_fen > 0
        and _is_words(dispute.reason)
    )


def take_news(session: Session, provider_name: str, notice: Notice, *, now: datetime) -> Received:
    """What a provider said when it was asked: as a webhook, which may have told it already."""
    return _receive(session, provider_name, notice, now)[0]


def _receive(
    session: Session, provider_name: str, notice: Notice, now: datetime
) -> tuple[Received, int | None]:
    refund_id = _refund_of(session, notice)
    payment_id = None if refund_id is not None else _payment_of(session, provider_name, notice)
    has_effect = notice.state or notice.refund_state or notice.dispute
    if not has_effect or (refund_id is None and payment_id is None):
        return Received.IGNORED, None
    if not is_sound(notice):
        raise ForgedNotice()
    if payment_id is not None and notice.elsewhere_fen is not None and notice.refund_state is not None:
        # It knows itself what it has written; what has to wait for another refund is told again.
        write_down_elsewhere(session, payment_id, notice.elsewhere_fen, notice.refund_state, now=now)
    if not _is_new(session, provider_name, notice, now):
        return Received.REPEATED, None
    if refund_id is not None and notice.refund_state is not None:
        apply_refund_state(session, refund_id, notice.refund_state, now=now)
    if payment_id is not None and notice.state is not None:
        apply_state(session, payment_id, notice.state, now=now)
    if payment_id is not None and notice.dispute is not None:
        apply_dispute(session, payment_id, notice.dispute, now=now)
    return Received.HANDLED, payment_id


def _is_new(session: Session, provider_name: str, notice: Notice, now: datetime) -> bool:
    """Write the event down. Of two at once the second fails on the unique key, runs again and finds it here."""
    event_id = notice.event_id[:128]
    known = sa.select(ProviderEvent.id).where(
        ProviderEvent.provider == provider_name, ProviderEvent.event_id == event_id
    )
    if session.scalar(known) is not None:
        return False
    session.add(
        ProviderEvent(provider=provider_name, event_id=event_id, kind=notice.kind[:80], received_at=now)
    )
    session.flush()
    return True


def _refund_of(session: Session, notice: Notice) -> int | None:
    if not _is_plain(notice.refund_reference):
        return None
    return session.scalar(sa.select(Refund.id).where(Refund.reference == notice.refund_reference))


def _payment_of(session: Session, provider_name: str, notice: Notice) -> int | None:
    """By our reference, else by the provider's name of the attempt or of the money."""
    for column, value in (
        (Payment.reference, notice.reference),
        (Payment.provider_ref, notice.provider_ref),
        (Payment.charge_ref, notice.charge_ref),
    ):
        if _is_plain(value):
            statement = sa.select(Payment.id).where(Payment.provider == provider_name, column == value)
            found = session.scalar(statement)
            if found is not None:
                return found
    return None


def _is_fen(value: object) -> bool:
    return type(value) is int and 0 <= value <= MOST_FEN


def _is_words(value: object) -> bool:
    return isinstance(value, str) and _WORDS.fullmatch(value) is not None


def _is_plain(value: object) -> bool:
    return isinstance(value, str) and _PLAIN.fullmatch(value) is not None
