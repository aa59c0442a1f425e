"""Money that needs a person: failed and slow refunds, transfers to send back, payments without an answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, Unavailable
from shop.kit.text import msg
from shop.payments.bank import confirm_transfer_back
from shop.payments.models import RefundStatus
from shop.payments.providers.base import Providers
from shop.payments.refund_settling import OPEN, send_refund
from shop.payments.refunds import retry_refund
from shop.payments.resending import Said, confirm_resent, confirm_sent_instead, sent_instead
from shop.payments.second_person import waiting_proposals
from shop.payments.statements.payers import payers_of
from shop.payments.syncing import sync
from shop.payments.work_list import WorkKind, payment_work
from shop.storage.unit_of_work import UnitOfWork
from shop.web.admin.blueprint import admin
from shop.web.admin.done_before import Deed, nothing_new, said_before
from shop.web.admin.listing import asked
from shop.web.admin.pages import desk_page
from shop.web.admin.provider_names import provider_names
from shop.web.admin.saving import refusal
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.guards import recently_authenticated, requires
from shop.web.outside_world import with_providers
from shop.web.viewer import current_user_id

WORDS = {
    WorkKind.WRONG_AMOUNT: msg("Another amount came than was asked for; it goes back by itself"),
    WorkKind.REFUND_FAILED: msg("The refund failed"),
    WorkKind.REFUNDED_ELSEWHERE: msg(
        "Sent back in full in the payment service's own pages, while the order goes its way: call it off, or let it go"
    ),
    WorkKind.REFUND_UNSENT: msg("The refund has not left: the payment service does not take it"),
    WorkKind.REFUND_SLOW: msg("The payment service has the refund, and does not say that it arrived"),
    WorkKind.REFUND_CAME_BACK: msg(
        "The refund came back from the buyer's bank; it has to be sent another way"
    ),
    WorkKind.TRANSFER_BACK: msg("To be sent back by bank transfer"),
    WorkKind.DISPUTED: msg(
        "The buyer's bank asks for the money back: answer in the payment service's own pages"
    ),
    WorkKind.NO_ANSWER: msg("The payment service does not say how it ended"),
}


@admin.get("/money-work")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def money_work() -> str:
    session = read_session()
    found = payment_work(session, now=utc_now(), page=asked(()).page)
    proposals = waiting_proposals(session).items
    return desk_page(
        "admin/money_work.html",
        "money-work",
        found=found,
        page_url=lambda number: url_for("admin.money_work", page=number),
        words=WORDS,
        sources=provider_names(session),
        now=utc_now(),
        payers=payers_of(session, [one.payment_id for one in found.items]),
        proposals={one.refund_id: one for one in proposals if one.is_refund},
    )


@admin.post("/refunds/<int:refund_id>/retry")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def retry_failed_refund(refund_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    try:
        again_id = transact(lambda session: retry_refund(session, refund_id, actor_id=actor_id, now=now))
    except (InvalidInput, Conflict) as error:
        flash(refusal(error), "bad")
    else:
        before = said_before(Deed("refund.requested", "refund", again_id), now=now)
        flash(before or gettext("The refund is asked for again."), "info" if before else "ok")
    return redirect(url_for("admin.money_work"), 303)


@admin.post("/refunds/<int:refund_id>/sent")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def refund_was_sent(refund_id: int) -> Response:
    actor_id, now, sent_as = current_user_id(), utc_now(), request.form.get("sent_as", "")
    try:
        status = transact(
            lambda session: confirm_transfer_back(
                session, refund_id, actor_id=actor_id, now=now, sent_as=sent_as
            )
        )
    except (InvalidInput, Conflict) as error:
        flash(refusal(error), "bad")
    else:
        flash(*said_sent_back(status, refund_id, now))
    return redirect(url_for("admin.money_work"), 303)


def said_sent_back(status: RefundStatus, refund_id: int, now: datetime) -> tuple[str, str]:
    """What became of a refund that somebody said at `now` was transferred, and the tone to say it in."""
    if status in OPEN:
        return gettext("Written down. It is settled when a second person of finance says so too."), "info"
    if before := said_before(Deed("transfer.sent_back", "refund", refund_id), now=now):
        return before, "info"
    return gettext("Noted: the money is back with the buyer."), "ok"


@admin.post("/refunds/<int:refund_id>/resent")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def refund_was_resent(refund_id: int) -> Response:
    return _was_sent(partial(confirm_resent, refund_id=refund_id), refund_id)


@admin.post("/refunds/<int:refund_id>/sent-instead")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def refund_was_sent_instead(refund_id: int) -> Response:
    return _was_sent(partial(confirm_sent_instead, failed_id=refund_id), refund_id)


def _was_sent(say: Callable[..., Said], refund_id: int) -> Response:
    """Somebody says that our bank sent what a provider did not."""
    actor_id, now, sent_as = current_user_id(), utc_now(), request.form.get("sent_as", "")
    try:
        said = transact(lambda session: say(session, actor_id=actor_id, now=now, sent_as=sent_as))
    except (InvalidInput, Conflict) as error:
        flash(refusal(error), "bad")
    else:
        flash(*said_sent(said, refund_id, now))
    return redirect(url_for("admin.money_work"), 303)


def said_sent(said: Said, refund_id: int, now: datetime) -> tuple[str, str]:
    """What became of the word that our bank sent a refund, and the tone to say it in."""
    if said is Said.WAITS:
        return gettext("Written down. It is settled when a second person of finance says so too."), "info"
    if said is Said.BEFORE:
        deed = Deed("refund.resent", "refund", sent_instead(read_session(), refund_id))
        return said_before(deed, now=now) or nothing_new(), "info"
    return gettext("Noted: it was sent from our bank."), "ok"


@admin.post("/refunds/<int:refund_id>/ask")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def ask_after_refund(refund_id: int) -> Response:
    return _ask(partial(send_refund, refund_id=refund_id, now=utc_now()))


@admin.post("/payments/<int:payment_id>/ask")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def ask_provider(payment_id: int) -> Response:
    return _ask(partial(sync, payment_id=payment_id, now=utc_now()))


def _ask(ask: Callable[[UnitOfWork, Providers], object]) -> Response:
    """Ask the payment service now; what it says is written by who asks."""
    try:
        with_providers(ask)
    except (Conflict, Unavailable) as error:
        flash(error_message(error), "bad")
    else:
        flash(gettext("Asked; what it said is written down."), "ok")
    return redirect(url_for("admin.money_work"), 303)
