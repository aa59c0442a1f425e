"""Selling from a point's own shelf: tap the goods, say the total, press how it was paid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, make_response, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.buying_organisations import (
    BuyingOrganisation,
    organisation_called,
    organisations_called,
)
from shop.accounts.models import RoleName
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.ledger.cash_box.reading import receipt_of
from shop.ordering.direct.goods import direct_lines
from shop.ordering.direct.wish import Item
from shop.ordering.lines import Line, asked_lines
from shop.ordering.outside.models import PaidHow
from shop.ordering.shelves.errors import ShelfClosed, ShelfShort
from shop.ordering.shelves.queries import ShelfRow, find_shelf, goods_there, shelves
from shop.ordering.shelves.words import COUNTER_PAID
from shop.payments.counter.selling import Sale, sell
from shop.payments.counter.undoing import undo_sale
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.filters import bilingual
from shop.web.form_errors import show_errors
from shop.web.guards import requires
from shop.web.point.blueprint import point
from shop.web.point.counter import page, reach
from shop.web.point.shelf_forms import FIND, FOR, UNITS, PayForm, UndoForm, items_of
from shop.web.viewer import current_user_id


def own_shelf(shelf_id: int) -> ShelfRow:
    """Raises NotFound for a shelf of other points."""
    return find_shelf(read_session(), shelf_id, point_ids=reach().pickup_point_ids)


def shelf_page(template: str, **values: Any) -> Response:
    """No phone keeps it: what lies on a shelf is another number a minute later."""
    shown = make_response(page(f"point/{template}", "shelf", **values))
    shown.headers["Cache-Control"] = "no-store"
    return shown


@point.get("/shelf")
@requires(RoleName.POINT_KEEPER)
def own_shelves() -> Response:
    found = shelves(read_session(), point_ids=reach().pickup_point_ids)
    if len(found) == 1:
        return redirect(url_for("point.shelf", shelf_id=found[0].id), 303)
    return shelf_page("shelves.html", shelves=found)


@point.get("/shelf/<int:shelf_id>")
@requires(RoleName.POINT_KEEPER)
def shelf(shelf_id: int) -> Response:
    """What is asked for again, since a page went back, stands as it was tapped."""
    own, session, now = own_shelf(shelf_id), read_session(), utc_now()
    goods = goods_there(session, shelf_id, now=now)
    lines = asked_lines(session, {one.variant_id: 1 for one in goods}, now=now) if goods else []
    tapped = {item.variant_id: item.quantity for item in items_of(request.args)}
    return shelf_page(
        "shelf.html",
        shelf=own,
        goods=goods,
        prices={line.variant_id: line.unit_price_fen for line in lines},
        tapped=tapped,
        units=UNITS,
    )


@point.get("/shelf/<int:shelf_id>/pay")
@requires(RoleName.POINT_KEEPER)
def shelf_total(shelf_id: int) -> Any:
    own, items = own_shelf(shelf_id), items_of(request.args)
    try:
        return _total_page(own, items)
    except (Conflict, InvalidInput):
        flash(gettext("Please tap what is bought."), "info")
        return redirect(url_for("point.shelf", shelf_id=shelf_id), 303)


@point.post("/shelf/<int:shelf_id>/sell")
@requires(RoleName.POINT_KEEPER)
def sell_from_shelf(shelf_id: int) -> Any:
    own, items, form = own_shelf(shelf_id), items_of(request.form), PayForm()
    if not form.validate():
        return redirect(url_for("point.shelf", shelf_id=shelf_id), 303)
    how = form.paid_how.data or ""
    paid_how = PaidHow(how) if how in {one.value for one in COUNTER_PAID} else PaidHow.NOT_YET
    buyer = _buyer(form.organisation.data or "")
    sale = Sale(
        shelf_id, items, paid_how, form.seen.number or 0, form.token.data or "",
        buyer.id if buyer else None, bool(form.invoice.data),
    )  # fmt: skip
    points, actor_id, now = reach().pickup_point_ids, current_user_id(), utc_now()
    try:
        sold = transact(lambda session: sell(session, sale, point_ids=points, actor_id=actor_id, now=now))
    except (Conflict, InvalidInput) as error:
        flash(error_message(error), "bad")
        return redirect(_asked("point.shelf", own.id, items), 303)
    said = gettext("Sold: receipt %(number)s.", number=sold.receipt)
    before = gettext("It was sold before: receipt %(number)s.", number=sold.receipt)
    flash(said if sold.is_new else before, "ok" if sold.is_new else "info")
    return redirect(url_for("point.sale", number=sold.order_number), 303)


@point.get("/sales/<number>")
@requires(RoleName.POINT_KEEPER)
def sale(number: str) -> Response:
    return _sale_page(number, UndoForm(formdata=None))


@point.post("/sales/<number>/undo")
@requires(RoleName.POINT_KEEPER)
def undo(number: str) -> Any:
    points, actor_id, now, form = reach().pickup_point_ids, current_user_id(), utc_now(), UndoForm()
    receipt_of(read_session(), number, point_ids=points)
    if form.validate():
        reason = form.reason.data or ""
        try:
            is_new = transact(
                lambda session: undo_sale(
                    session, number, reason, point_ids=points, actor_id=actor_id, now=now
                )
            )
        except (Conflict, InvalidInput) as error:
            show_errors(form, error)
        else:
            said = gettext("Undone. Give the money back; the goods lie on the shelf again.")
            flash(said if is_new else gettext("It was undone before."), "ok" if is_new else "info")
            return redirect(url_for("point.sale", number=number), 303)
    answer = _sale_page(number, form)
    answer.status_code = 400
    return answer


def _buyer(slug: str) -> BuyingOrganisation | None:
    """Who it is bought for. Raises NotFound for a name that no organisation has: then it was not chosen from the list."""
    if not slug:
        return None
    if (found := organisation_called(read_session(), slug)) is None:
        raise NotFound()
    return found


def _asked(endpoint: str, shelf_id: int, items: tuple[Item, ...], **more: str) -> str:
    asked: dict[str, Any] = {f"{UNITS}{item.variant_id}": item.quantity for item in items}
    return url_for(endpoint, shelf_id=shelf_id, **(asked | more))


def _total_page(own: ShelfRow, items: tuple[Item, ...]) -> Response:
    """Raises EmptyBasket, InvalidInput, NotForSale."""
    session, form = read_session(), PayForm(formdata=None)
    lines = direct_lines(session, items, now=utc_now())
    total_fen = sum(line.line_fen for line in lines)
    refused = _refused(own, lines)
    typed, buyer = request.args.get(FIND, ""), _buyer(request.args.get(FOR, ""))
    form.seen.data, form.organisation.data = str(total_fen), buyer.slug if buyer else ""
    found = organisations_called(session, typed) if buyer is None else ()
    return shelf_page(
        "shelf_total.html",
        shelf=own,
        lines=lines,
        total_fen=total_fen,
        refused=refused,
        form=form,
        ways=COUNTER_PAID,
        units=UNITS,
        again=_asked("point.shelf", own.id, items),
        buyer=buyer,
        typed=typed,
        found=[(one.name, _asked("point.shelf_total", own.id, items, **{FOR: one.slug})) for one in found],
        for_nobody=_asked("point.shelf_total", own.id, items),
    )


def _refused(own: ShelfRow, lines: Sequence[Line]) -> list[str]:
    """Why this cannot be sold: said before any money is taken. One statement."""
    if not own.is_open:
        return [error_message(ShelfClosed())]
    there = {one.variant_id: one.units for one in goods_there(read_session(), own.id, now=utc_now())}
    missing = ((line, there.get(line.variant_id, 0)) for line in lines)
    return [
        error_message(
            ShelfShort(
                goods=f"{bilingual(line, 'product_name')} {bilingual(line, 'variant_name')}", left=left
            )
        )
        for line, left in missing
        if left < line.quantity
    ]


def _sale_page(number: str, form: UndoForm) -> Response:
    found = receipt_of(read_session(), number, point_ids=reach().pickup_point_ids)
    return shelf_page("sale.html", receipt=found, form=form, ways=COUNTER_PAID)
