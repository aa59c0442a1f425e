"""Money that moved at the bank outside orders: what its accounts hold, and each movement, said by two persons."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.ledger.movements.deciding import (
    agree_to_movement,
    propose_movement,
    withdraw_movement,
)
from shop.ledger.movements.kinds import HELD_IN, KIND_NAMES
from shop.ledger.movements.listing import movement_row, read_held, villages_held, waiting_movements
from shop.ledger.movements.listing import movements as all_movements
from shop.ledger.movements.taking_back import agree_to_take_back, let_movement_stand, take_movement_back
from shop.ledger.words import ACCOUNT_NAMES
from shop.web.admin.blueprint import admin
from shop.web.admin.done_before import Deed
from shop.web.admin.listing import asked
from shop.web.admin.movement_form import MovementForm
from shop.web.admin.pages import desk_page
from shop.web.admin.provider_names import provider_names
from shop.web.admin.saving import act
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id


@admin.get("/books/movements")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def movements() -> str:
    return _page(None)


@admin.post("/books/movements")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def write_movement() -> Any:
    session, actor_id, now = read_session(), current_user_id(), utc_now()
    held = read_held(session)
    form = MovementForm(villages_held(session, held), held)
    said = form.said()
    if said is not None:
        try:
            transact(lambda session: propose_movement(session, said, actor_id=actor_id, now=now))
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            flash(gettext("Written down. It is booked when a second person of finance says so too."), "info")
            return redirect(url_for("admin.movements"), 303)
    return _page(form), 400


@admin.post("/books/movements/<int:movement_id>/agree")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def agree_to_moved(movement_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: agree_to_movement(session, movement_id, actor_id=actor_id, now=now),
        deed=Deed("movement.booked", "bank_movement", movement_id),
        now=now,
        done=gettext("It stands in the books once."),
        back=url_for("admin.movements"),
    )


@admin.post("/books/movements/<int:movement_id>/withdraw")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def withdraw_moved(movement_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: withdraw_movement(session, movement_id, actor_id=actor_id, now=now),
        deed=Deed("movement.withdrawn", "bank_movement", movement_id),
        now=now,
        done=gettext("Taken back. Nothing was booked."),
        back=url_for("admin.movements"),
    )


@admin.post("/books/movements/<int:movement_id>/take-back")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def take_moved_back(movement_id: int) -> Response:
    """By one person where a bank statement said it; else a second one is asked."""
    reason, actor_id, now = request.form.get("reason", ""), current_user_id(), utc_now()
    by_one = movement_row(read_session(), movement_id).line_id is not None
    waits = gettext("Written down. It is taken back when a second person of finance says so too.")
    return act(
        lambda session: take_movement_back(session, movement_id, reason, actor_id=actor_id, now=now),
        deed=Deed("movement.taken_back" if by_one else "movement.back_asked", "bank_movement", movement_id),
        now=now,
        done=gettext("Its entry is taken back by another one.") if by_one else waits,
        back=url_for("admin.movements"),
    )


@admin.post("/books/movements/<int:movement_id>/agree-back")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def agree_to_moved_back(movement_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: agree_to_take_back(session, movement_id, actor_id=actor_id, now=now),
        deed=Deed("movement.taken_back", "bank_movement", movement_id),
        now=now,
        done=gettext("Its entry is taken back by another one."),
        back=url_for("admin.movements"),
    )


@admin.post("/books/movements/<int:movement_id>/let-stand")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def let_moved_stand(movement_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: let_movement_stand(session, movement_id, actor_id=actor_id, now=now),
        deed=Deed("movement.kept", "bank_movement", movement_id),
        now=now,
        done=gettext("It stays as it is booked."),
        back=url_for("admin.movements"),
    )


def _page(form: MovementForm | None) -> str:
    """`form`: as it was sent and refused."""
    session = read_session()
    held = read_held(session)
    if form is None:
        today = {"moved_on": shanghai_date(utc_now())}
        form = MovementForm(villages_held(session, held), held, formdata=None, data=today)
    return desk_page(
        "admin/movements.html",
        "movements",
        form=form,
        figures=[(account, ACCOUNT_NAMES[account], held.of(account)) for account in HELD_IN],
        waiting=waiting_movements(session),
        found=all_movements(session, page=asked(()).page),
        page_url=lambda number: url_for("admin.movements", page=number),
        kinds=KIND_NAMES,
        providers=provider_names(session),
        me=current_user_id(),
    )
