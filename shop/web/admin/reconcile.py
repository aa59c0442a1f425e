"""The bank's receipts beside what is awaited: what is sure is confirmed together, the rest is looked at one by one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from flask import flash, redirect, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import form_number, msg
from shop.ledger.movements.payout_payers import providers_of
from shop.payments.joint.awaited import waiting_joints
from shop.payments.joint.errors import JointStandsAlone
from shop.payments.joint.matching import say_it_came
from shop.payments.joint.models import JointState
from shop.payments.models import PaymentStatus
from shop.payments.second_person import waiting_proposals
from shop.payments.statements.finding import PROPOSED, Finding, Judgement, OpenLine, id_of
from shop.payments.statements.matching import Step, pay_with_lines, plan_settlement
from shop.payments.statements.payers import payers_of
from shop.payments.statements.receipt_list import ReceiptRow, find_receipts
from shop.payments.statements.work import MOST_LINES, open_receipts, waiting_rests
from shop.storage.paging import PAGE_SIZE, Page
from shop.web.admin.blueprint import admin
from shop.web.admin.listing import Asked, Column, Filter, list_screen
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import refusal
from shop.web.admin.settled import Left, Settled, left_in_words
from shop.web.admin.words import status_options
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.guards import recently_authenticated, requires
from shop.web.reasons import reason_word
from shop.web.times import waited
from shop.web.viewer import current_user_id

WORDS: Final = {
    Finding.SURE: msg("Reference and amount fit"),
    Finding.LIKELY: msg("Amount and payer fit"),
    Finding.UNDER: msg("Too little"),
    Finding.OVER: msg("Too much"),
    Finding.LATE: msg("Too late"),
    Finding.DUPLICATE: msg("Paid already"),
    Finding.WAITS: msg("Another receipt waits"),
    Finding.REST: msg("Overpaid"),
    Finding.UNKNOWN: msg("No clue"),
}
WHY: Final = {
    Finding.SURE: msg("It names its order and is exactly the amount."),
    Finding.LIKELY: msg("It has exactly the amount, and this payer is known for this buyer."),
    Finding.UNDER: msg(
        "The order is confirmed when its whole amount is there. A second transfer can be put to it."
    ),
    Finding.OVER: msg(
        "The order can be paid with it; what is left over is sent back or kept for another order."
    ),
    Finding.LATE: msg(
        "The order's time is over. It lives again if its goods are there; else everything goes back."
    ),
    Finding.DUPLICATE: msg("The order that it names is paid. It has to go back to the payer."),
    Finding.WAITS: msg(
        "Another receipt was put to the order that it names, and a second person has not agreed yet. Wait for that before this one goes back."
    ),
    Finding.REST: msg(
        "Its order is paid. What is over is sent back to the payer, or kept for the payer's next order."
    ),
    Finding.UNKNOWN: msg("Ask first, then choose the order. Until then it stands in suspense."),
}
TONES: Final = {Finding.UNKNOWN: "bad", Finding.DUPLICATE: "bad"}
MOST_AT_ONCE: Final = 100
_CHOSEN: Final = re.compile(r"(\d{1,15}):(j?\d{1,15}(?:-j?\d{1,15}){0,19})")


def what_became(row: ReceiptRow) -> str:
    """The orders that a receipt pays, and what became of the rest."""
    return " · ".join(filter(None, (", ".join(row.orders), reason_word(row.reason)))) or "–"


RECEIPTS: Final = (
    Column("booked_on", msg("Day"), kind="date"),
    Column(
        "payer",
        msg("Who paid"),
        value=lambda row: row.payer or "–",
        head=True,
        link=lambda row: url_for("admin.receipt", line_id=row.id),
    ),
    Column("amount_fen", msg("Amount"), kind="money"),
    Column("remark", msg("Remark"), wide=True),
    Column("orders", msg("Orders"), value=what_became, wide=True),
    Column("look", msg("State"), kind="status:bank_line"),
)


@admin.get("/reconcile")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def reconcile() -> str:
    session, now = read_session(), utc_now()
    found = open_receipts(session, now=now)
    proposed = [one for one in found if one.finding in PROPOSED][:MOST_AT_ONCE]
    rest = [one for one in found if one.finding not in PROPOSED]
    chosen = request.args.get("show", "")
    shown = [one for one in rest if chosen in {"", one.finding.value}]
    page, proposals = _page(shown), waiting_proposals(session).items
    return desk_page(
        "admin/reconcile.html",
        "reconcile",
        proposed=proposed,
        rest=page,
        kinds=_kinds(rest, chosen),
        page_url=lambda number: url_for("admin.reconcile", show=chosen or None, page=number),
        proposals=proposals,
        rests=waiting_rests(session),
        joints=waiting_joints(session),
        payouts_of=providers_of(session, [one.line.payer_key for one in page.items]),
        payers=payers_of(session, [one.payment_id for one in proposals]),
        may_be_more=len(found) >= MOST_LINES,
        words=WORDS,
        why=WHY,
        tones=TONES,
        age=lambda one: receipt_age(one.line, now),
        me=current_user_id(),
        value=_value,
    )


@admin.get("/reconcile/lines")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def receipts() -> str:
    screen = list_screen(
        read_session(),
        title=msg("All receipts"),
        note=msg("Every receipt of the statements, whatever became of it."),
        columns=RECEIPTS,
        filters=(
            Filter("status", msg("State"), "select", options=lambda _session: status_options("bank_line")),
            Filter("q", msg("Payer, remark or amount")),
        ),
        rows=_receipt_rows,
        endpoint="admin.receipts",
        empty=msg("Import a bank statement, and its receipts stand here."),
    )
    return desk_page("admin/list.html", "reconcile", screen=screen)


@admin.post("/reconcile/confirm")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def confirm_receipts() -> Any:
    """Those that were ticked, each as it was shown: what has become another thing meanwhile is left for a look."""
    wanted = [_CHOSEN.fullmatch(one) for one in request.form.getlist("receipt")[:MOST_AT_ONCE]]
    chosen = {int(one[1]): [id_of(payment) for payment in one[2].split("-")] for one in wanted if one}
    if not chosen:
        flash(gettext("Nothing was ticked."), "info")
        return redirect(url_for("admin.reconcile"), 303)
    settled = Settled()
    proposed = open_receipts(read_session(), now=utc_now())
    now_so = {
        one.line.id: [pay.payment_id for pay in one.payments] for one in proposed if one.finding in PROPOSED
    }
    for line_id, payments in chosen.items():
        if now_so.get(line_id) != payments:
            settled.left.append(Left((line_id,), tuple(payments)))
            continue
        try:
            settled += settle([line_id], payments)
        except InvalidInput as error:
            settled.left.append(Left((line_id,), tuple(payments), refusal(error)))
    say(settled)
    return redirect(url_for("admin.reconcile"), 303)


def settle(line_ids: Sequence[int], payment_ids: Sequence[int]) -> Settled:
    """Each payment in a transaction of its own; what cannot be any more is left, and says why. A transfer for many orders
    is said to have come in one, and its orders are confirmed by the worker. Raises InvalidInput.
    """
    settled, todo = Settled(), list(payment_ids)
    if any(one < 0 for one in payment_ids):
        return _settle_joint(line_ids, payment_ids)
    pay = partial(_pay, actor_id=current_user_id(), now=utc_now())
    try:
        for step in plan_settlement(read_session(), line_ids, payment_ids):
            settled.outcomes[transact(partial(pay, step=step))] += 1
            todo.remove(step.payment_id)
    except (Conflict, NotFound) as error:
        settled.left.append(Left(tuple(line_ids), tuple(todo), error_message(error)))
    return settled


def _settle_joint(line_ids: Sequence[int], payment_ids: Sequence[int]) -> Settled:
    if len(payment_ids) > 1:
        raise JointStandsAlone(field="payment")
    settled, actor_id, now = Settled(), current_user_id(), utc_now()
    try:
        state = transact(
            lambda session: say_it_came(session, -payment_ids[0], line_ids, actor_id=actor_id, now=now)
        )
        settled.joints[state] += 1
    except (Conflict, NotFound) as error:
        settled.left.append(Left(tuple(line_ids), tuple(payment_ids), error_message(error)))
    return settled


def _pay(session: Session, *, step: Step, actor_id: int, now: datetime) -> PaymentStatus:
    return pay_with_lines(session, step.payment_id, step.parts, actor_id=actor_id, now=now)


def say(settled: Settled) -> None:
    """One sentence for each thing that happened, and for each receipt that is left which it is, and why."""
    outcomes = settled.outcomes
    confirmed = outcomes[PaymentStatus.SUCCEEDED]
    orphaned = outcomes[PaymentStatus.ORPHANED]
    waiting = sum(
        outcomes[one] for one in (PaymentStatus.PENDING, PaymentStatus.EXPIRED, PaymentStatus.FAILED)
    )
    if confirmed:
        text = ngettext("%(num)s transfer is confirmed.", "%(num)s transfers are confirmed.", confirmed)
        flash(text, "ok")
    if waiting:
        text = ngettext("%(num)s waits for a second person.", "%(num)s wait for a second person.", waiting)
        flash(text, "info")
    if orphaned:
        text = ngettext(
            "%(num)s order can no longer use its money; it goes back in full.",
            "%(num)s orders can no longer use their money; it goes back in full.",
            orphaned,
        )
        flash(text, "warn")
    if settled.joints[JointState.SETTLING]:
        flash(gettext("The transfer is confirmed. All orders of the gift are being confirmed now."), "ok")
    if settled.joints[JointState.SAID]:
        flash(gettext("The gift's transfer waits for a second person."), "info")
    if settled.left:
        flash(left_in_words(read_session(), settled.left), "bad")


def receipt_age(line: OpenLine, now: datetime) -> str:
    """By the hour only where the statement has the time."""
    if line.booked_at is not None:
        return waited(line.booked_at, now)
    days = (shanghai_date(now) - line.booked_on).days
    return str(ngettext("for %(num)s day", "for %(num)s days", days) if days > 0 else gettext("today"))


def _receipt_rows(session: Session, wanted: Asked) -> Page[Any]:
    return find_receipts(session, wanted.text("status"), wanted.text("q"), page=wanted.page)


def _page(shown: Sequence[Judgement]) -> Page[Judgement]:
    number = form_number(request.args.get("page", ""), digits=3) or 1
    number = min(max(number, 1), max(1, -(-len(shown) // PAGE_SIZE)))
    return Page(shown[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], len(shown), number)


def _kinds(rest: Sequence[Judgement], chosen: str) -> list[dict[str, Any]]:
    counts = Counter(one.finding for one in rest)
    everything = {
        "label": gettext("All"), "href": url_for("admin.reconcile"), "current": not chosen, "count": len(rest),
    }  # fmt: skip
    return [everything] + [
        {
            "label": gettext(WORDS[finding]),
            "href": url_for("admin.reconcile", show=finding.value),
            "current": chosen == finding.value,
            "count": counts[finding],
        }
        for finding in Finding
        if counts[finding]
    ]


def _value(one: Judgement) -> str:
    """What a tick says: this line for these payments."""
    return f"{one.line.id}:{'-'.join(pay.key for pay in one.payments)}"
