"""A part of an order goes back: typed, looked at with who gives what, then asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import flash, redirect, request, url_for
from flask_babel import gettext

from shop.accounts.models import RoleName
from shop.fulfilment.closing import waiting_of_order
from shop.fulfilment.order_progress import ParcelProgress, order_progress
from shop.inventory.models import ReturnWish
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.references import secret_token
from shop.kit.text import msg, tidy
from shop.ledger.bearing_preview import givers_of, preview_bearing, preview_restocking
from shop.ledger.words import ACCOUNT_NAMES
from shop.ordering.models import DeliveryKind, Order, OrderStatus
from shop.ordering.order_desk import read_order
from shop.payments.goods_back import Origins, origins_of_order
from shop.payments.models import RefundBearer
from shop.payments.part_refunds import BEARERS, PartRefund, ask_part_refund, refuse_senseless
from shop.payments.refund_limits import LeftToRefund, left_to_refund
from shop.web.admin.blueprint import admin
from shop.web.admin.pages import desk_page
from shop.web.admin.refund_form import Typed, parts_of, restocked_of
from shop.web.admin.saving import refusal
from shop.web.admin.whole_refund import parcels_as_seen, seen_mark, what_happens
from shop.web.database import read_session, transact
from shop.web.error_pages import translated
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id

LONGEST_TOKEN: Final = 64
WHO: Final = {
    RefundBearer.SHOP: (msg("The shop itself"), msg("From its own money; everybody else keeps theirs.")),
    RefundBearer.HOUSEHOLD: (
        msg("The household"),
        msg(
            "Whose goods they were, by shares of the lot, up to what they earned; the shop gives the rest. Freight and another amount, too, are theirs alone whose goods are chosen."
        ),
    ),
    RefundBearer.VILLAGE: (msg("The village fund"), msg("Of the village that kept the goods.")),
    RefundBearer.COURIER: (msg("The courier"), msg("Taken off what is owed for freight.")),
}


STILL_OUT: Final = ("shipped", "arrived", "recalled", "withheld")

# A choice of the form with what it does; each is offered lot by lot where the goods are of several.
GOODS: Final = {
    ReturnWish.RESTOCK: msg("They came back whole: back in stock"),
    ReturnWish.WRITE_OFF: msg("They are written off: back or thrown away"),
}


@dataclass(frozen=True)
class Seen:
    """What of the order can go back, and where its goods came from."""

    left: LeftToRefund
    origins: Origins


@admin.get("/orders/<number>/part-refund")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def part_refund(number: str) -> Any:
    """Fields may stand in the address, as a claim proposes them."""
    order = read_order(read_session(), number)
    return _page(order, _seen(order), Typed(request.args.to_dict()), {}, 200)


@admin.post("/orders/<number>/part-refund")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def ask_for_part(number: str) -> Any:
    """First shown with what it does; with `sure`, done."""
    order, typed = read_order(read_session(), number), Typed(request.form.to_dict())
    seen = _seen(order)
    if "change" in request.form:
        return _page(order, seen, typed, {}, 200)
    try:
        part = typed.part(order.lines, seen.left, seen.origins)
        if "sure" in request.form:
            _ask(order, part)
            flash(gettext("The refund is on its way. The buyer sees it on the order."), "ok")
            return redirect(url_for("admin.order", number=number), 303)
        refuse_senseless(part, seen.left, seen.origins)
    except InvalidInput as error:
        return _page(order, seen, typed, _said(error), 400)
    except Conflict as error:
        flash(refusal(error), "bad")
        return redirect(url_for("admin.part_refund", number=number), 303)
    return _preview(order, part, seen, typed)


def _preview(order: Order, part: PartRefund, seen: Seen, typed: Typed) -> Any:
    session = read_session()
    taken = preview_restocking(session, order.id, restocked_of(part, seen.origins))
    return desk_page(
        "admin/part_refund_preview.html",
        "orders",
        order=order,
        part=part,
        lines={line.id: line for line in order.lines},
        lots={one.lot_id: one.lot_code for of_line in seen.origins.values() for one in of_line},
        goods_words=GOODS,
        taken=givers_of(session, order.id, taken),
        out=_still_out(order) if taken else [],
        what_happens=what_happens(_parcels(order)) if part.amount_fen >= seen.left.fen else [],
        givers=preview_bearing(session, order.id, part.bearer, parts_of(part), taken=taken),
        account_names=ACCOUNT_NAMES,
        typed=typed.fields,
        seen_left_fen=seen.left.fen,
        parcels_out=seen_mark(_parcels(order)),
        token=typed.fields.get("token") or secret_token(),
    )


def _still_out(order: Order) -> list[ParcelProgress]:
    """Parcels that nobody has yet: what is said to be back in stock may still lie in one of them."""
    return [one for one in _parcels(order) if one.code and one.status in STILL_OUT]


def _parcels(order: Order) -> list[ParcelProgress]:
    by_truck = order.delivery is DeliveryKind.PICKUP
    return order_progress(read_session(), order.id, by_truck=by_truck)


def _seen(order: Order) -> Seen:
    session = read_session()
    return Seen(left_to_refund(session, order.id), origins_of_order(session, order.id, now=utc_now()))


def _ask(order: Order, part: PartRefund) -> int:
    seen = request.form.get("seen_left_fen", type=int)
    token, actor_id, now = (
        tidy(request.form.get("token", ""))[:LONGEST_TOKEN] or secret_token(),
        current_user_id(),
        utc_now(),
    )
    as_seen = parcels_as_seen(order.id, request.form.get("parcels", ""))
    return transact(
        lambda session: ask_part_refund(
            session,
            order.id,
            part,
            token=token,
            actor_id=actor_id,
            now=now,
            seen_left_fen=seen,
            as_seen=as_seen,
        )
    )


def _said(error: InvalidInput) -> dict[str, str]:
    return {field: translated(message, error.facts) for field, message in error.errors.items()}


def _page(order: Order, seen: Seen, typed: Typed, errors: dict[str, str], status: int) -> Any:
    left = seen.left
    page = desk_page(
        "admin/part_refund.html",
        "orders",
        order=order,
        left=left,
        goods=_choices(seen.origins),
        waiting=waiting_of_order(read_session(), order.id),
        is_open=left.fen > 0 and order.status is not OrderStatus.CANCELLED,
        typed=typed.fields,
        errors=errors,
        who=[(bearer, *WHO[bearer]) for bearer in BEARERS],
        token=typed.fields.get("token") or secret_token(),
    )
    return page, status


def _choices(origins: Origins) -> dict[int, list[tuple[ReturnWish, str, str, str]]]:
    """By line: what can be chosen for its goods, as wish, value, word, and the lot where there are several."""
    return {
        line_id: [
            (
                wish,
                f"{wish}:{one.lot_id or ''}",
                word,
                one.lot_code if len(of_line) > 1 else "",
            )
            for wish, word in GOODS.items()
            for one in of_line
            if one.sellable or wish is ReturnWish.WRITE_OFF
        ]
        for line_id, of_line in origins.items()
    }
