"""Fewer units of a paid order, or more beside it: typed, looked at with the signed difference, then done.

What is shown before it is done is done, and undone again: so it is what the press will do, to the fen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from flask import flash, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName
from shop.catalogue.models import Variant
from shop.extensions import settings
from shop.fulfilment.taking_down import TakenDown, open_lines, take_down
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, ShopError
from shop.kit.references import secret_token
from shop.kit.text import form_number, msg, tidy, typed_number
from shop.ordering.direct.wish import Item
from shop.ordering.models import Order
from shop.ordering.order_desk import read_order
from shop.ordering.supplements import Supplement, add_supplement
from shop.payments.errors import NothingToPay, ProviderUnavailable
from shop.payments.starting import Pages, start_payment
from shop.web.admin.blueprint import admin
from shop.web.admin.outside_form import packs
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import refusal
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.fields import LONGEST_TOKEN
from shop.web.guards import recently_authenticated, requires
from shop.web.outside_world import with_providers
from shop.web.viewer import current_user_id

ROWS: Final = 4
Result = TypeVar("Result")


@dataclass(frozen=True)
class Change:
    """What was typed."""

    fewer: dict[int, int]
    more: tuple[Item, ...]
    waive_freight: bool
    reason: str
    token: str

    @property
    def is_exchange(self) -> bool:
        return bool(self.fewer) and bool(self.more)


@dataclass(frozen=True)
class Looked:
    """What it would do: `difference_fen` above nothing the buyer pays, below it goes back."""

    down: TakenDown | None
    beside: Supplement | None

    @property
    def difference_fen(self) -> int:
        return (self.beside.total_fen if self.beside else 0) - (self.down.back_fen if self.down else 0)


class _NotDone(Exception):
    def __init__(self, result: Any) -> None:
        self.result = result


@admin.get("/orders/<number>/goods")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def changing_goods(number: str) -> str:
    return _page(read_order(read_session(), number))


@admin.post("/orders/<number>/goods")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def change_goods(number: str) -> Any:
    """First shown with what it does; with `sure`, done."""
    order = read_order(read_session(), number)
    if "change" in request.form:
        return _page(order)
    try:
        change = _typed(order)
        if "sure" not in request.form:
            return _page(order, looked=_look(order.id, change))
        _do(order, change)
    except (InvalidInput, Conflict) as error:
        return _page(order, said=refusal(error)), error.status
    return redirect(url_for("admin.order", number=number), 303)


def _do(order: Order, change: Change) -> None:
    """First what may be sold out, then what goes back; an exchange whose first half is refused leaves all as it was."""
    order_id, beside, down = order.id, None, None
    if change.more:
        beside = transact(partial(_add, order_id=order_id, change=change, seen=_seen("seen_total")))
        if order.user_id is not None:
            _begin_payment(beside)
        flash(
            gettext("Order %(number)s stands beside it and waits for its money.", number=beside.number), "ok"
        )
    if change.fewer:
        try:
            down = transact(partial(_take, order_id=order_id, change=change, seen=_seen("seen_back")))
        except ShopError as error:
            if beside is None:
                raise
            words = gettext("But nothing was taken out of this one: %(why)s", why=error_message(error))
            flash(words, "bad")
    if down is not None:
        done = gettext("The units are out of the order, and their price is on its way back.")
        flash(done if down.is_new else gettext("That was changed before."), "ok" if down.is_new else "info")


def _begin_payment(beside: Supplement) -> None:
    """Its goods are held for as long as a transfer takes; what fails here can be tried on the order's page."""
    path = f"{settings().public_url}/orders/{beside.number}"
    start = partial(
        start_payment,
        order_id=beside.order_id,
        pages=Pages(f"{path}/paid", f"{path}/pay"),
        now=utc_now(),
    )
    try:
        with_providers(start)
    except NothingToPay:
        pass  # it was paid before: pressed twice
    except (InvalidInput, Conflict, ProviderUnavailable) as error:
        flash(error_message(error), "warn")


def _look(order_id: int, change: Change) -> Looked:
    down = _undone(partial(_take, order_id=order_id, change=change, seen=None)) if change.fewer else None
    beside = _undone(partial(_add, order_id=order_id, change=change, seen=None)) if change.more else None
    return Looked(down, beside)


def _undone(work: Callable[[Session], Result]) -> Result:
    def look(session: Session) -> None:
        raise _NotDone(work(session))

    try:
        transact(look)
    except _NotDone as not_done:
        result: Result = not_done.result
        return result
    raise AssertionError("it was to be undone")


def _take(session: Session, order_id: int, change: Change, seen: int | None) -> TakenDown:
    return take_down(
        session,
        order_id,
        change.fewer,
        seen_back_fen=seen,
        reason=change.reason,
        token=f"{change.token} fewer",
        actor_id=current_user_id(),
        by_team=True,
        now=utc_now(),
    )


def _add(session: Session, order_id: int, change: Change, seen: int | None) -> Supplement:
    return add_supplement(
        session,
        order_id,
        change.more,
        waive_freight=change.waive_freight,
        reason=change.reason,
        seen_total_fen=seen,
        token=f"{change.token} more",
        is_exchange=change.is_exchange,
        actor_id=current_user_id(),
        by_team=True,
        now=utc_now(),
    )


def _seen(name: str) -> int | None:
    return form_number(request.form.get(name, ""))


def _typed(order: Order) -> Change:
    """Raises InvalidInput."""
    form = request.form
    fewer = {line.id: count for line in order.lines if (count := _count(form.get(f"fewer-{line.id}", "")))}
    wanted: dict[str, int] = {}
    for row in range(ROWS):
        sku, count = tidy(form.get(f"sku-{row}", "")).upper(), _count(form.get(f"units-{row}", ""))
        if sku and not count:
            raise InvalidInput(msg("Please say how many of the other goods."), field=f"units-{row}")
        if count and not sku:
            raise InvalidInput(msg("Please say which other goods."), field=f"sku-{row}")
        if sku:
            wanted[sku] = wanted.get(sku, 0) + count
    sku_of = sa.func.upper(Variant.sku)
    found = read_session().execute(sa.select(sku_of, Variant.id).where(sku_of.in_(wanted)))
    known = {str(row[0]): int(row[1]) for row in found}
    if len(known) < len(wanted):
        raise InvalidInput(msg("No pack has this SKU."), field="sku-0")
    if not fewer and not wanted:
        raise InvalidInput(msg("Please say what is taken out, or what is wanted beside it."), field="fewer")
    return Change(
        fewer=fewer,
        more=tuple(Item(known[sku], count) for sku, count in wanted.items()),
        waive_freight="waive" in form,
        reason=tidy(form.get("reason", ""))[:300],
        token=tidy(form.get("token", ""))[:LONGEST_TOKEN] or secret_token(),
    )


def _count(typed: str) -> int:
    """Raises InvalidInput for what is no number."""
    if not typed.strip():
        return 0
    try:
        return typed_number(typed)
    except ValueError as error:
        raise InvalidInput(msg("Please enter a whole number."), field="fewer") from error


def _page(order: Order, *, looked: Looked | None = None, said: str = "") -> str:
    session, now = read_session(), utc_now()
    return desk_page(
        "admin/change_goods.html",
        "orders",
        order=order,
        open={one.line.id: one.most for one in open_lines(session, order.id, now=now)},
        packs=packs(session),
        rows=range(ROWS),
        looked=looked,
        said=said,
        typed=request.form,
        token=request.form.get("token") or secret_token(),
    )
