"""What the team does with an order: call it off and give the money back, answer, note, send a message again."""

from __future__ import annotations

from functools import partial

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.fulfilment.given_late import Outcome, settle_given_late
from shop.fulfilment.later_trucks import move_to_next_truck
from shop.fulfilment.parcel_reports import settle_report
from shop.fulfilment.reach import Reach
from shop.fulfilment.receipt import complete_uncollected
from shop.invoicing.of_order import invoices_in_short
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.money import format_yuan
from shop.kit.references import normalise_code
from shop.kit.text import tidy
from shop.notifications.resending import send_again
from shop.ordering.order_desk import add_note, has_left, is_cancelled, order_id_of
from shop.payments.cancelling import CancelOutcome, cancel_order
from shop.payments.models import NOTHING_BACK, RefundBearer
from shop.payments.payment_desk import refundable_fen
from shop.payments.queries import refunds_of_order
from shop.payments.whole_refunds import refund_in_full
from shop.web.admin.blueprint import admin
from shop.web.admin.saving import act, refusal
from shop.web.admin.whole_refund import parcels_as_seen
from shop.web.database import read_session, transact
from shop.web.guards import recently_authenticated, requires
from shop.web.outside_world import with_providers
from shop.web.viewer import current_user_id

LONGEST_REASON = 300
LONGEST_TOKEN = 64


@admin.post("/orders/<number>/refund")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def refund_order(number: str) -> Response:
    """Before anything has left the order is called off and its sale taken back; afterwards the shop bears it."""
    session = read_session()
    order_id = order_id_of(session, number)
    reason = tidy(request.form.get("reason", ""))[:LONGEST_REASON]
    if not reason:
        flash(gettext("Please say why."), "bad")
        return _back(number)
    if is_cancelled(session, order_id):
        flash(_over_already(order_id), "info")
        return _back(number)
    try:
        done = _refund(order_id, reason) if has_left(session, order_id) else _call_off(order_id, reason)
    except (InvalidInput, Conflict) as error:
        flash(refusal(error), "bad")
    else:
        flash(done, "ok")
        _say_red_letters(order_id)
    return _back(number)


def _say_red_letters(order_id: int) -> None:
    """Whoever gave money back hears which issued invoices no longer say what was sold."""
    for one in invoices_in_short(read_session(), order_id):
        if one.is_red_due:
            flash(gettext("Invoice %(number)s needs a red letter now.", number=one.number), "warn")


def _over_already(order_id: int) -> str:
    """Pressed twice, or by two people: what happened to the money, and that nothing happened now."""
    refunds = refunds_of_order(read_session(), order_id)
    given_back = sum(one.amount_fen for one in refunds if one.status not in NOTHING_BACK)
    if refundable_fen(read_session(), order_id):
        return str(
            gettext(
                "This order was cancelled before, but money is still to go back: see refunds and payments."
            )
        )
    if not given_back:
        return str(gettext("This order was cancelled before; nothing had been paid."))
    amount = f"¥{format_yuan(given_back)}"
    return str(
        gettext(
            "This order was cancelled and %(amount)s refunded before. Nothing was done now.", amount=amount
        )
    )


def _call_off(order_id: int, reason: str) -> str:
    outcome = with_providers(
        partial(
            cancel_order,
            order_id=order_id,
            actor_id=current_user_id(),
            now=utc_now(),
            reason=reason,
            also_confirmed=True,
        )
    )
    words = {
        CancelOutcome.CANCELLED: gettext("The order is cancelled; nothing had been paid."),
        CancelOutcome.REFUNDING: gettext("The order is cancelled, and the money is on its way back."),
        CancelOutcome.GIVEN_BACK: gettext("The order is cancelled; the buyer had the money back already."),
        CancelOutcome.WAITING: gettext(
            "Cancelling is noted. The payment service has not let go of the payment yet; we keep asking."
        ),
    }
    return str(words[outcome])


def _refund(order_id: int, reason: str) -> str:
    token, actor_id, now = request.form.get("token", "")[:LONGEST_TOKEN], current_user_id(), utc_now()
    as_seen = parcels_as_seen(order_id, request.form.get("parcels", ""))
    transact(
        lambda session: refund_in_full(
            session,
            order_id,
            bearer=RefundBearer.SHOP,
            reason=reason,
            actor_id=actor_id,
            token=token or f"admin:{order_id}",
            now=now,
            as_seen=as_seen,
        )
    )
    return str(gettext("The refund is on its way. The shop bears it; the households keep their money."))


@admin.post("/orders/<number>/complete")
@requires(RoleName.ADMIN)
def complete_order(number: str) -> Response:
    """Nobody collects its parcel: the households have delivered, and are paid."""
    order_id, actor_id, now = order_id_of(read_session(), number), current_user_id(), utc_now()
    return act(
        lambda session: complete_uncollected(session, order_id, actor_id=actor_id, now=now),
        done=gettext("Completed. The households are paid with the next payout."),
        back=url_for("admin.order", number=number),
    )


@admin.post("/orders/<number>/parcels/<code>/settle")
@requires(RoleName.ADMIN)
def settle_parcel_report(number: str, code: str) -> Response:
    """What its keeper reported of a parcel has been seen to."""
    order_id, actor_id, now = order_id_of(read_session(), number), current_user_id(), utc_now()
    word, parcel = request.form.get("word", ""), normalise_code(code)
    return act(
        lambda session: settle_report(session, parcel, word, order_id=order_id, actor_id=actor_id, now=now),
        done=gettext("Settled."),
        back=url_for("admin.order", number=number),
    )


@admin.post("/orders/<number>/parcels/<code>/given-late")
@requires(RoleName.ADMIN)
def settle_given_out_late(number: str, code: str) -> Response:
    """What became of a parcel that was given out without a network when nobody was to be given it any more."""
    order_id, actor_id, now = order_id_of(read_session(), number), current_user_id(), utc_now()
    word, parcel, chosen = request.form.get("word", ""), normalise_code(code), request.form.get("outcome", "")
    if chosen not in set(Outcome):
        flash(gettext("Please choose what became of it."), "bad")
        return _back(number)
    outcome = Outcome(chosen)
    return act(
        lambda session: settle_given_late(
            session, parcel, outcome, word, order_id=order_id, actor_id=actor_id, now=now
        ),
        done=gettext("Written down. It stays on the list until the money came, or is written off.")
        if outcome is Outcome.PAYS_AGAIN
        else gettext("Settled."),
        back=url_for("admin.order", number=number),
    )


@admin.post("/orders/<number>/next-truck")
@requires(RoleName.ADMIN)
def take_next_truck(number: str) -> Response:
    by, now = Reach(user_id=current_user_id(), everything=True), utc_now()
    return act(
        lambda session: move_to_next_truck(session, number, by=by, now=now),
        done=gettext("It goes with the next truck. The buyer sees the new day on the order."),
        back=url_for("admin.order", number=number),
    )


@admin.post("/orders/<number>/note")
@requires(RoleName.ADMIN)
def note_order(number: str) -> Response:
    order_id, text = order_id_of(read_session(), number), request.form.get("text", "")
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: add_note(session, order_id, text, actor_id=actor_id, now=now),
        done=gettext("Noted."),
        back=url_for("admin.order", number=number),
    )


@admin.post("/orders/<number>/message")
@requires(RoleName.ADMIN)
def resend_order_message(number: str) -> Response:
    order_id, key = order_id_of(read_session(), number), request.form.get("message", "")
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: send_again(session, order_id, key, actor_id=actor_id, now=now),
        done=gettext("The message is on its way."),
        back=url_for("admin.order", number=number),
    )


def _back(number: str) -> Response:
    return redirect(url_for("admin.order", number=number), 303)
