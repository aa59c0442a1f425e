"""A debt that will not be paid is given up, wholly or in part, by two persons where it is much."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.payments.second_person import needs_second
from shop.payments.terms.debts import Debt, read_debt
from shop.payments.terms.write_offs import agree_to_write_off, withdraw_write_off, write_off
from shop.web.admin.blueprint import admin
from shop.web.admin.fields import NEEDED, text
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import act, refusal
from shop.web.database import read_session, transact
from shop.web.fields import TokenField, YuanField
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id


class WriteOffForm(ShopForm):
    amount = YuanField(_("Amount that is given up (¥)"), [NEEDED])
    reason = text(_("Why"), 300, needed=True, hint=_("Such as bank charges, or a price agreed otherwise."))
    token = TokenField()


@admin.get("/debts/<int:payment_id>/write-off")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def give_up(payment_id: int) -> str:
    debt = read_debt(read_session(), payment_id)
    return _page(debt, WriteOffForm())


@admin.post("/debts/<int:payment_id>/write-off")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def give_up_debt(payment_id: int) -> Any:
    form, actor_id, now = WriteOffForm(), current_user_id(), utc_now()
    debt = read_debt(read_session(), payment_id)
    if not form.validate():
        return _page(debt, form), 400
    fen, reason, token = form.amount.data or 0, form.reason.data or "", form.token.data or ""
    try:
        counts = transact(
            lambda session: write_off(
                session, payment_id, fen, reason, token=token, actor_id=actor_id, now=now
            )
        )
    except InvalidInput as error:
        show_errors(form, error)
        return _page(debt, form), 400
    except Conflict as error:
        flash(refusal(error), "bad")
    else:
        said = gettext("Given up and booked. Nobody asks for it any more.")
        waits = gettext("Written down. It is booked when a second person of finance agrees.")
        flash(said if counts else waits, "ok" if counts else "info")
    return _back(debt.organisation_id)


@admin.post("/receivables/<int:organisation_id>/write-offs/<int:write_off_id>/agree")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def agree_to_give_up(organisation_id: int, write_off_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: agree_to_write_off(session, write_off_id, actor_id=actor_id, now=now),
        done=gettext("Given up and booked. Nobody asks for it any more."),
        back=url_for("admin.receivable", organisation_id=organisation_id),
    )


@admin.post("/receivables/<int:organisation_id>/write-offs/<int:write_off_id>/withdraw")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def withdraw_giving_up(organisation_id: int, write_off_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: withdraw_write_off(session, write_off_id, actor_id=actor_id, now=now),
        done=gettext("Taken back. Nothing was booked."),
        back=url_for("admin.receivable", organisation_id=organisation_id),
    )


def _page(debt: Debt, form: WriteOffForm) -> str:
    second = needs_second(read_session(), debt.due_fen)
    return desk_page("admin/write_off.html", "receivables", debt=debt, form=form, may_need_second=second)


def _back(organisation_id: int) -> Response:
    return redirect(url_for("admin.receivable", organisation_id=organisation_id), 303)
