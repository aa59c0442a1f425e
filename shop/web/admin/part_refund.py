"""A part of an order goes back: typed, looked at with who gives what, then asked for."""

from __future__ import annotations

from typing import Any, Final

from flask import flash, redirect, request, url_for
from flask_babel import gettext

from shop.accounts.models import RoleName
from shop.fulfilment.closing import waiting_of_order
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.references import secret_token
from shop.kit.text import msg, tidy
from shop.ledger.bearing_preview import preview_bearing
from shop.ledger.words import ACCOUNT_NAMES
from shop.ordering.models import Order, OrderStatus
from shop.ordering.order_desk import read_order
from shop.payments.models import RefundBearer
from shop.payments.part_refunds import BEARERS, PartRefund, ask_part_refund, refuse_senseless
from shop.payments.refund_limits import LeftToRefund, left_to_refund
from shop.web.admin.blueprint import admin
from shop.web.admin.pages import desk_page
from shop.web.admin.refund_form import Typed, parts_of
from shop.web.admin.saving import refusal
from shop.web.database import read_session, transact
from shop.web.error_pages import translated
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id

LONGEST_TOKEN: Final = 64
WHO: Final = {
    RefundBearer.SHOP: (msg("The shop itself"), msg("From its own money; everybody else keeps theirs.")),
    RefundBearer.HOUSEHOLD: (
        msg("The household"),
        msg("Whose goods they were, by shares of the lot, up to what they earned; the shop gives the rest."),
    ),
    RefundBearer.VILLAGE: (msg("The village fund"), msg("Of the village that kept the goods.")),
    RefundBearer.COURIER: (msg("The courier"), msg("Taken off what is owed for freight.")),
}


@admin.get("/orders/<number>/part-refund")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def part_refund(number: str) -> Any:
    """Fields may stand in the address, as a claim proposes them."""
    order = read_order(read_session(), number)
    return _page(order, left_to_refund(read_session(), order.id), Typed(request.args.to_dict()), {}, 200)


@admin.post("/orders/<number>/part-refund")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def ask_for_part(number: str) -> Any:
    """First shown with what it does; with `sure`, done."""
    session = read_session()
    order, typed = read_order(session, number), Typed(request.form.to_dict())
    left = left_to_refund(session, order.id)
    if "change" in request.form:
        return _page(order, left, typed, {}, 200)
    try:
        part = typed.part(order.lines, left)
        if "sure" in request.form:
            _ask(order, part)
            flash(gettext("The refund is on its way. The buyer sees it on the order."), "ok")
            return redirect(url_for("admin.order", number=number), 303)
        refuse_senseless(part, left)
    except InvalidInput as error:
        return _page(order, left, typed, _said(error), 400)
    except Conflict as error:
        flash(refusal(error), "bad")
        return redirect(url_for("admin.part_refund", number=number), 303)
    return desk_page(
        "admin/part_refund_preview.html",
        "orders",
        order=order,
        part=part,
        lines={line.id: line for line in order.lines},
        givers=preview_bearing(session, order.id, part.bearer, parts_of(part)),
        account_names=ACCOUNT_NAMES,
        typed=typed.fields,
        seen_left_fen=left.fen,
        token=typed.fields.get("token") or secret_token(),
    )


def _ask(order: Order, part: PartRefund) -> int:
    seen = request.form.get("seen_left_fen", type=int)
    token, actor_id, now = (
        tidy(request.form.get("token", ""))[:LONGEST_TOKEN] or secret_token(),
        current_user_id(),
        utc_now(),
    )
    return transact(
        lambda session: ask_part_refund(
            session, order.id, part, token=token, actor_id=actor_id, now=now, seen_left_fen=seen
        )
    )


def _said(error: InvalidInput) -> dict[str, str]:
    return {field: translated(message, error.facts) for field, message in error.errors.items()}


def _page(order: Order, left: LeftToRefund, typed: Typed, errors: dict[str, str], status: int) -> Any:
    page = desk_page(
        "admin/part_refund.html",
        "orders",
        order=order,
        left=left,
        waiting=waiting_of_order(read_session(), order.id),
        is_open=left.fen > 0 and order.status is not OrderStatus.CANCELLED,
        typed=typed.fields,
        errors=errors,
        who=[(bearer, *WHO[bearer]) for bearer in BEARERS],
        token=typed.fields.get("token") or secret_token(),
    )
    return page, status
