"""A buyer claims, the shop decides: each once, behind the order's lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.shop_settings import settings_at
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import msg, tidy_lines
from shop.kit.transitions import IllegalStep
from shop.ordering.claim_models import Claim, ClaimKind, ClaimPhoto, ClaimRule, ClaimStatus
from shop.ordering.claim_rules import FITTING, Refusal, fits_kind, why_not
from shop.ordering.events import ClaimDecided, ClaimOpened
from shop.ordering.history import note
from shop.ordering.locking import lock_order
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.storage.event_log import record

# History of the time before claims: said and answered as text.
COMPLAINT: Final = "complaint"
ANSWER: Final = "complaint_answered"
CARRIED: Final = "complaint:"  # how the token of a claim begins that was such a complaint
LONGEST: Final = 1000


class AlreadyClaimed(Conflict):
    code = "already_claimed"
    default_message = msg("You have told us about this already. We answer on the order.")


class AlreadyDecided(Conflict):
    code = "already_decided"
    default_message = msg("This claim was decided meanwhile.")


@dataclass(frozen=True, slots=True)
class Told:
    """What the buyer says. Without a line it is about the order as a whole; `photos` are names in the store.

    `kind` and `units` are None where nothing usable was said; a claim is then refused.
    """

    kind: ClaimKind | None
    text: str
    token: str
    line_id: int | None = None
    units: int | None = None
    photos: Sequence[str] = ()


def open_claim(
    session: Session,
    order_id: int,
    told: Told,
    *,
    received_at: datetime | None,
    now: datetime,
    actor_id: int | None = None,
) -> int:
    """Write a claim down; the order waits for its decision. Returns its id; the same token claims once.

    `received_at` is when the buyer had everything, None while they have not. Locks the order.
    Raises IllegalStep for an order that is not paid or is called off, AlreadyClaimed, or InvalidInput.
    """
    order = lock_order(session, order_id)
    known = sa.select(Claim.id).where(Claim.order_id == order_id, Claim.request_token == told.token)
    if (claim_id := session.scalar(known)) is not None:
        return claim_id
    if order.confirmed_at is None or order.status is OrderStatus.CANCELLED:
        raise IllegalStep()
    kind = judge_claim(session, order, told, received_at=received_at, now=now)
    of_line = Claim.order_line_id.is_(None) if told.line_id is None else Claim.order_line_id == told.line_id
    is_open = sa.select(Claim.id).where(Claim.order_id == order_id, of_line, Claim.status == ClaimStatus.OPEN)
    if session.scalar(is_open) is not None:
        raise AlreadyClaimed()
    claim = Claim(
        order_id=order_id,
        order_line_id=told.line_id,
        kind=kind,
        units=told.units,
        text=tidy_lines(told.text)[:LONGEST],
        request_token=told.token,
        opened_at=now,
        opened_by_id=actor_id,
        photos=[ClaimPhoto(key=key, created_at=now) for key in told.photos],
    )
    session.add(claim)
    session.flush()
    note(session, order_id, "claim_opened", now, actor_id, claim_id=claim.id, claim_kind=kind)
    record(session, ClaimOpened(claim.id, order_id))
    return claim.id


def decide_claim(
    session: Session,
    claim_id: int,
    status: ClaimStatus,
    *,
    rule: ClaimRule | None,
    answer: str,
    actor_id: int,
    now: datetime,
) -> None:
    """Accept it, in part, or refuse it; the buyer sees the rule and the answer, and is told.

    Raises NotFound, AlreadyDecided, or InvalidInput. Locks the order.
    """
    order_id = session.scalar(sa.select(Claim.order_id).where(Claim.id == claim_id))
    if order_id is None:
        raise NotFound()
    order = lock_order(session, order_id)
    claim = session.get_one(Claim, claim_id, populate_existing=True)
    if claim.status is not ClaimStatus.OPEN:
        raise AlreadyDecided()
    words, errors = tidy_lines(answer)[:LONGEST], {}
    if not words:
        errors["answer"] = msg("Please answer the buyer.")
    if rule is None:
        errors["rule"] = msg("Please say which rule it rests on.")
    if status is ClaimStatus.OPEN:
        errors["status"] = msg("Please choose.")
    elif rule is not None and rule not in FITTING[status]:
        errors["rule"] = (
            msg("A claim is not refused for this reason. Please choose why it is.")
            if status is ClaimStatus.REFUSED
            else msg("For this reason a claim is refused. Please choose why it is granted.")
        )
    if rule is not None and not fits_kind(rule, claim.kind):
        errors.setdefault("rule", msg("This rule is about another kind of claim."))
    if errors:
        raise InvalidInput(errors=errors)
    claim.status, claim.rule, claim.answer = status, rule, words
    claim.decided_at, claim.decided_by_id = now, actor_id
    facts = {"order": order.number, "decision": status, "rule": rule}
    note(session, order_id, "claim_decided", now, actor_id, claim_id=claim_id, decision=status, rule=rule)
    audit(session, actor_id, "claim.decided", "claim", claim_id, facts, now=now)
    record(session, ClaimDecided(claim_id, order_id))


def has_open_claim() -> sa.ColumnElement[bool]:
    """SQL: the order's buyer waits for a decision."""
    return sa.exists().where(Claim.order_id == Order.id, Claim.status == ClaimStatus.OPEN)


def judge_claim(
    session: Session, order: Order, told: Told, *, received_at: datetime | None, now: datetime
) -> ClaimKind:
    """What it is about. Raises InvalidInput with a sentence for everything that is wrong with what the buyer says."""
    errors: dict[str, str] = {}
    facts: dict[str, Any] = {}
    if len(tidy_lines(told.text)) > LONGEST:
        errors["text"] = msg("At most %(longest)s characters.")
        facts["longest"] = LONGEST
    if told.line_id is None:
        if told.kind is not ClaimKind.OTHER:
            raise InvalidInput(msg("Please choose what it is about."), field="line")
        if not tidy_lines(told.text):
            errors["text"] = msg("Please say what is wrong.")
    else:
        line = session.get(OrderLine, told.line_id)
        if line is None or line.order_id != order.id or told.kind is ClaimKind.OTHER:
            raise InvalidInput(msg("Please choose what it is about."), field="line")
        if told.units is None or not 0 < told.units <= line.quantity:
            errors["units"] = msg("Please enter a whole number, at most %(most)s.")
            facts["most"] = line.quantity
        refusal = _refusal(session, line, told.kind, received_at, now) if told.kind else None
        if told.kind is None:
            errors["kind"] = msg("Please choose what is wrong.")
        elif refusal is not None:
            errors["kind"] = refusal.sentence
            facts["hours"] = refusal.hours
    if errors or told.kind is None:
        raise InvalidInput(errors=errors, **facts)
    return told.kind


def fresh_hours(session: Session, order_id: int) -> int:
    """How long fresh goods can be claimed after receipt, as it was said when the order was placed. Two statements."""
    placed_at = session.scalar(sa.select(Order.placed_at).where(Order.id == order_id))
    if placed_at is None:
        raise NotFound()
    (hours,) = settings_at(session, placed_at, "claim_hours_fresh")
    return int(hours)


def _refusal(
    session: Session, line: OrderLine, kind: ClaimKind, received_at: datetime | None, now: datetime
) -> Refusal | None:
    hours = fresh_hours(session, line.order_id)
    return why_not(kind, exempt=line.return_exempt, received_at=received_at, now=now, fresh_hours=hours)
