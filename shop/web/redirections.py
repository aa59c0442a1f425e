"""Sending a paid order elsewhere in two steps: what it does is read before it is done. Both faces share them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from flask import request

from shop.delivery.models import PickupPoint, Run
from shop.fulfilment.redirecting import Redirection, judge_redirection, redirect_order
from shop.kit.clock import utc_now
from shop.kit.text import form_number
from shop.ordering.beside import orders_beside
from shop.ordering.changes import FreightChange
from shop.ordering.models import Order
from shop.ordering.wish import Pickup
from shop.payments.freight_back import freight_left
from shop.web.database import read_session, transact
from shop.web.redirection_form import RedirectionForm


@dataclass(frozen=True, slots=True)
class Preview:
    """Where it would go, and what that does to the freight."""

    to: Redirection
    change: FreightChange
    point: PickupPoint | None
    run: Run | None
    beside: Sequence[str]  # the numbers of what stands beside it and keeps its way


def redirection_form(order: Order, along_with: Order | None = None) -> RedirectionForm:
    """Where it is shown first it says what holds, or where the order goes that this one is to go along with."""
    form = RedirectionForm()
    form.offer(read_session(), order, utc_now())
    if request.method == "GET":
        form.fill(along_with or order)
    return form


def preview_redirection(order: Order, form: RedirectionForm, *, by_team: bool) -> Preview:
    """Raises what `judge_redirection` does, and InvalidInput."""
    session, to = read_session(), form.redirection(order)
    change = judge_redirection(session, order, to, freight_left=freight_left, by_team=by_team, now=utc_now())
    form.seen.data = str(change.difference_fen)
    beside = [one.number for one in orders_beside(session, order)]
    if not isinstance(to.delivery, Pickup):
        return Preview(to, change, None, None, beside)
    point, run = session.get(PickupPoint, to.delivery.point_id), session.get(Run, to.delivery.run_id)
    return Preview(to, change, point, run, beside)


def do_redirection(order: Order, form: RedirectionForm, *, actor_id: int | None, by_team: bool) -> bool:
    """False when this form did it before. Raises what `redirect_order` does."""
    to = form.redirection(order)
    work = partial(
        redirect_order,
        order_id=order.id,
        to=to,
        freight_left=freight_left,
        seen_difference_fen=_seen(form),
        reason=form.reason.data or "",
        token=form.token.data or "",
        actor_id=actor_id,
        by_team=by_team,
        now=utc_now(),
    )
    return transact(work)


def _seen(form: RedirectionForm) -> int:
    """Signed, so that digits alone do not do."""
    typed = str(form.seen.data or "").strip()
    number = form_number(typed.removeprefix("-")) or 0
    return -number if typed.startswith("-") else number
