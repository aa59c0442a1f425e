"""The advance account: what was lent by run, what came in since, and its repayments, each said by two persons."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response
from wtforms import DateField

from shop.accounts.models import RoleName
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.ledger.advance.listing import advance_figures, repayments, runs_on_advance, waiting_repayments
from shop.ledger.advance.repaying import (
    Repaid,
    agree_to_repayment,
    propose_repayment,
    take_repayment_back,
    withdraw_repayment,
)
from shop.ledger.models import Account
from shop.web.admin.blueprint import admin
from shop.web.admin.done_before import Deed
from shop.web.admin.fields import NEEDED, text
from shop.web.admin.listing import asked
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import act
from shop.web.database import read_session, transact
from shop.web.fields import YuanField
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id


class RepaidForm(ShopForm):
    amount = YuanField(_("Repaid (¥)"), [NEEDED])
    paid_on = DateField(_("Left our bank on"), [NEEDED])
    bank_reference = text(_("Bank's reference"), 80, needed=True, autocomplete="off")


@admin.get("/payouts/advance")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def advance() -> str:
    return _page(RepaidForm(formdata=None, data={"paid_on": shanghai_date(utc_now())}))


@admin.post("/payouts/advance")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def repay_advance() -> Any:
    form, actor_id, now = RepaidForm(), current_user_id(), utc_now()
    if form.validate() and form.paid_on.data is not None:
        said = Repaid(form.amount.data, form.bank_reference.data or "", form.paid_on.data)
        try:
            transact(lambda session: propose_repayment(session, said, actor_id=actor_id, now=now))
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            flash(gettext("Written down. It is booked when a second person of finance says so too."), "info")
            return redirect(url_for("admin.advance"), 303)
    return _page(form), 400


@admin.post("/payouts/advance/<int:repayment_id>/agree")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def agree_to_advance_repaid(repayment_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: agree_to_repayment(session, repayment_id, actor_id=actor_id, now=now),
        deed=Deed("advance.repaid", "advance_repayment", repayment_id),
        now=now,
        done=gettext("The repayment stands in the books once."),
        back=url_for("admin.advance"),
    )


@admin.post("/payouts/advance/<int:repayment_id>/withdraw")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def withdraw_advance_repaid(repayment_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: withdraw_repayment(session, repayment_id, actor_id=actor_id, now=now),
        deed=Deed("advance.withdrawn", "advance_repayment", repayment_id),
        now=now,
        done=gettext("Taken back. Nothing was booked."),
        back=url_for("admin.advance"),
    )


@admin.post("/payouts/advance/<int:repayment_id>/take-back")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def take_advance_repaid_back(repayment_id: int) -> Response:
    reason, actor_id, now = request.form.get("reason", ""), current_user_id(), utc_now()
    return act(
        lambda session: take_repayment_back(session, repayment_id, reason, actor_id=actor_id, now=now),
        deed=Deed("advance.taken_back", "advance_repayment", repayment_id),
        now=now,
        done=gettext("Its entry is taken back by another one."),
        back=url_for("admin.advance"),
    )


def _page(form: RepaidForm) -> str:
    session = read_session()
    return desk_page(
        "admin/advance.html",
        "advance",
        form=form,
        runs=runs_on_advance(session),
        figures=advance_figures(session),
        waiting=waiting_repayments(session),
        found=repayments(session, page=asked(()).page),
        page_url=lambda number: url_for("admin.advance", page=number),
        account=Account.ADVANCE,
        me=current_user_id(),
    )
