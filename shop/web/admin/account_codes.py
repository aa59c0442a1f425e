"""The codes by which an accounting program knows the accounts, for the books and what is exported from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import StringField
from wtforms.validators import Length

from shop.accounts.models import RoleName
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.ledger.account_codes import LONGEST_CODE, account_codes, lock_account_codes, set_account_codes
from shop.ledger.models import Account
from shop.ledger.words import ACCOUNT_CODES, ACCOUNT_NAMES
from shop.web.admin.blueprint import admin
from shop.web.admin.meanwhile import Trail, save_over
from shop.web.admin.pages import desk_page
from shop.web.database import read_session
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import requires
from shop.web.viewer import current_user_id


def _field(account: Account) -> StringField:
    look = {"inputmode": "decimal", "maxlength": LONGEST_CODE, "placeholder": ACCOUNT_CODES[account]}
    return StringField(_(ACCOUNT_NAMES[account]), [Length(max=LONGEST_CODE)], render_kw=look)


# One field for each account, in the order of the subject list.
CodesForm = type(
    "CodesForm",
    (ShopForm,),
    {account.value: _field(account) for account in sorted(ACCOUNT_CODES, key=ACCOUNT_CODES.__getitem__)},
)


@admin.get("/books/codes")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def codes() -> str:
    return _page(_filled(account_codes(read_session())))


@admin.post("/books/codes")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def save_codes() -> Any:
    form, actor_id, now = CodesForm(), current_user_id(), utc_now()
    if form.validate():

        def write(session: Session, values: dict[str, Any]) -> None:
            typed = {Account(name): value or "" for name, value in values.items()}
            set_account_codes(session, typed, actor_id=actor_id, now=now)

        try:
            save_over(form, _locked, write, trail=Trail("account_code", "{field}"))
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            flash(gettext("Saved."), "ok")
            return redirect(url_for("admin.books"), 303)
    return _page(form), 400


def _locked(session: Session) -> ShopForm:
    return _filled(lock_account_codes(session))


def _filled(codes: Mapping[Account, str]) -> ShopForm:
    form: ShopForm = CodesForm(formdata=None, data={account.value: code for account, code in codes.items()})
    return form


def _page(form: ShopForm) -> str:
    return desk_page(
        "admin/account_codes.html",
        "books",
        form=form,
        fields=[form[name] for name in form.data if name in set(Account)],
    )
