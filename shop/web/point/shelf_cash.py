"""The day of a shelf: what was sold and how it was paid, and its cash, counted by two persons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.ledger.cash_box.handing_over import Counted, count_again, count_cash, take_count_back
from shop.ledger.cash_box.reading import cash_expected, counts_of, day_of_shelf, waiting_count
from shop.ordering.shelves.words import COUNTER_PAID
from shop.web.cash_forms import SecondForm
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.guards import requires
from shop.web.point.blueprint import point
from shop.web.point.shelf import own_shelf, shelf_page
from shop.web.point.shelf_forms import CashForm
from shop.web.viewer import current_user_id


@point.get("/shelf/<int:shelf_id>/day")
@requires(RoleName.POINT_KEEPER)
def shelf_day(shelf_id: int) -> Response:
    return _page(shelf_id)


@point.post("/shelf/<int:shelf_id>/cash")
@requires(RoleName.POINT_KEEPER)
def count_box(shelf_id: int) -> Any:
    own_shelf(shelf_id)
    form, actor_id, now = CashForm(), current_user_id(), utc_now()

    def work(session: Session) -> None:
        said = Counted(
            form.counted.data or 0, form.seen.number or 0, form.words.data or "", form.token.data or ""
        )
        count_cash(session, shelf_id, said, actor_id=actor_id, now=now)

    done = gettext("Written down. Now a second person counts, too.")
    return _press(shelf_id, form, work, done) or _refused(shelf_id, first=form)


@point.post("/shelf/<int:shelf_id>/cash/<int:count_id>/second")
@requires(RoleName.POINT_KEEPER)
def count_box_again(shelf_id: int, count_id: int) -> Any:
    own_shelf(shelf_id)
    form, actor_id, now = SecondForm(), current_user_id(), utc_now()

    def work(session: Session) -> None:
        count_again(session, shelf_id, count_id, form.counted.data or 0, actor_id=actor_id, now=now)

    done = gettext("Handed over. The box is empty.")
    return _press(shelf_id, form, work, done) or _refused(shelf_id, second=form)


@point.post("/shelf/<int:shelf_id>/cash/<int:count_id>/drop")
@requires(RoleName.POINT_KEEPER)
def drop_count(shelf_id: int, count_id: int) -> Any:
    own_shelf(shelf_id)
    actor_id, now = current_user_id(), utc_now()
    try:
        transact(lambda session: take_count_back(session, shelf_id, count_id, actor_id=actor_id, now=now))
    except Conflict as error:
        flash(gettext(error.message), "bad")
    else:
        flash(gettext("The count is taken back. Please count anew."), "ok")
    return redirect(url_for("point.shelf_day", shelf_id=shelf_id), 303)


def _press(
    shelf_id: int, form: CashForm | SecondForm, work: Callable[[Session], None], done: str
) -> Response | None:
    """None where something is wrong: the form then says what."""
    if not form.validate():
        return None
    try:
        transact(work)
    except (Conflict, InvalidInput) as error:
        show_errors(form, error)
        return None
    flash(done, "ok")
    return redirect(url_for("point.shelf_day", shelf_id=shelf_id), 303)


def _refused(shelf_id: int, *, first: CashForm | None = None, second: SecondForm | None = None) -> Response:
    answer = _page(shelf_id, first=first, second=second)
    answer.status_code = 400
    return answer


def _page(shelf_id: int, *, first: CashForm | None = None, second: SecondForm | None = None) -> Response:
    own, session = own_shelf(shelf_id), read_session()
    expected_fen = cash_expected(session, shelf_id)
    waiting = waiting_count(session, shelf_id)
    form = first or CashForm(formdata=None)
    form.seen.data = str(expected_fen)
    return shelf_page(
        "shelf_day.html",
        shelf=own,
        day=day_of_shelf(session, shelf_id, shanghai_date(utc_now())),
        expected_fen=expected_fen,
        waiting=waiting,
        counts=counts_of(session, shelf_id),
        first=form,
        second=second or SecondForm(formdata=None),
        is_mine=waiting is not None and waiting.first_id == current_user_id(),
        ways=COUNTER_PAID,
    )
