"""A guest finds an order again: its number, the telephone, and a code that is sent there.

The answers are the same whether there is such an order or not.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from flask import redirect, render_template
from flask import session as cookie_session
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import HiddenField, StringField
from wtforms.validators import DataRequired, Length

from shop.accounts.attempts import Origin, begin_attempt
from shop.accounts.contacts import normalise_phone
from shop.accounts.errors import CodeRefused
from shop.accounts.models import AttemptKind
from shop.accounts.one_time_codes import issue_code, use_code
from shop.extensions import settings
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.kit.references import secret_token
from shop.notifications.enqueueing import enqueue_message
from shop.notifications.messages import Message
from shop.ordering.numbers import read_number
from shop.ordering.queries import find_guest_order
from shop.storage.field_cipher import FieldCipher
from shop.web.database import transact
from shop.web.form_errors import Problems, show_errors
from shop.web.forms import ShopForm
from shop.web.limits import ORDER_LOOKUPS, limiter
from shop.web.origin import request_origin
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.order_access import open_for_guest, order_path

PURPOSE: Final = "find_order"
_BROWSER: Final = "find_order_browser"
_NEEDED = DataRequired(_("Please fill this in."))
_TEL = {"autocomplete": "tel", "inputmode": "tel"}
_CODE = {"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": 12}


class FindOrderForm(ShopForm):
    number = StringField(_("Order number"), [_NEEDED, Length(max=32)])
    phone = StringField(_("Telephone"), [_NEEDED, Length(max=40)], render_kw=_TEL)


class OrderCodeForm(ShopForm):
    number = HiddenField(validators=[_NEEDED, Length(max=32)])
    phone = HiddenField(validators=[_NEEDED, Length(max=40)])
    code = StringField(_("Code"), [_NEEDED, Length(max=12)], render_kw=_CODE)


@storefront.get("/orders/find")
def find_order() -> str:
    return render_template("storefront/find_order.html", form=FindOrderForm())


@storefront.post("/orders/find")
@limiter.limit(ORDER_LOOKUPS)
def send_order_code() -> str | tuple[str, int]:
    form = FindOrderForm()
    if form.validate():
        problems = Problems()
        number = problems.read(lambda: read_number(form.number.data or ""), "")
        phone = problems.read(lambda: normalise_phone(form.phone.data or ""), "")
        try:
            problems.check()
        except InvalidInput as error:
            show_errors(form, error)
        else:
            send = partial(_send, number=number, phone=phone, cipher=FieldCipher(settings().field_keys))
            transact(partial(send, browser=_browser(), origin=request_origin()))
            code_form = OrderCodeForm(formdata=None, number=number, phone=phone)
            return render_template("storefront/find_order_code.html", form=code_form)
    return render_template("storefront/find_order.html", form=form), 400


@storefront.post("/orders/find/code")
@limiter.limit(ORDER_LOOKUPS)
def open_order_by_code() -> Response | tuple[str, int]:
    form = OrderCodeForm()
    if form.validate():
        number, phone = form.number.data or "", form.phone.data or ""
        typed = form.code.data or ""
        if transact(partial(_is_right, typed=typed, number=number, phone=phone, browser=_browser())):
            open_for_guest(number)
            return redirect(order_path(number), 303)
        show_errors(form, CodeRefused(field="code"))
    return render_template("storefront/find_order_code.html", form=form), 400


def _send(
    session: Session, number: str, phone: str, browser: str, origin: Origin, cipher: FieldCipher
) -> None:
    """Make a code in any case, so that both ways take as long; send it only where the order is.

    It is counted by order, by telephone and by address. The outbox holds it sealed.
    """
    now = utc_now()
    begin_attempt(session, AttemptKind.ORDER_LOOKUP, number, origin=origin, now=now)
    code = issue_code(
        session,
        purpose=PURPOSE,
        subject=_subject(number, phone),
        to=phone,
        browser=browser,
        origin=origin,
        now=now,
    )
    sealed = cipher.seal(code)
    found = find_guest_order(session, number, phone)
    if found is not None:
        enqueue_message(
            session,
            Message.ORDER_CODE,
            dedupe_key=f"{found.order_id} {now.isoformat()}",
            now=now,
            phone=found.phone,
            email=found.email,
            language=found.language,
            facts={"sealed_code": sealed},
        )


def _is_right(session: Session, typed: str, number: str, phone: str, browser: str) -> bool:
    subject = _subject(number, phone)
    right = use_code(session, typed, purpose=PURPOSE, subject=subject, browser=browser, now=utc_now())
    return right and find_guest_order(session, number, phone) is not None


def _subject(number: str, phone: str) -> str:
    return f"{number} {phone}"


def _browser() -> str:
    """A secret that only this browser holds: a code works where it was asked for."""
    if _BROWSER not in cookie_session:
        cookie_session[_BROWSER] = secret_token()
    secret: str = cookie_session[_BROWSER]
    return secret
