"""Purchase vouchers: a list of what households were paid, one with who took the money, and the sheet to print."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.catalogue.desk import all_of
from shop.catalogue.models import Seller
from shop.extensions import settings
from shop.invoicing.models import PurchaseVoucher
from shop.invoicing.voucher_list import (
    VoucherState,
    find_vouchers,
    goods_of_voucher,
    is_money_back,
    read_voucher,
    state_of,
)
from shop.invoicing.voucher_reversing import (
    VoucherReversed,
    correct_voucher,
    correct_voucher_red,
    reverse_voucher,
)
from shop.invoicing.vouchers import (
    VoucherIssued,
    note_voucher_revealed,
    open_seller_of_goods,
    record_voucher,
    set_voucher_aside,
    take_voucher_up,
)
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg
from shop.ledger.payouts.payees import PayeeOpen
from shop.storage.field_cipher import FieldCipher
from shop.storage.paging import Page
from shop.web.admin.blueprint import admin
from shop.web.admin.invoice_forms import CorrectForm, DocumentForm, ReverseForm
from shop.web.admin.listing import Asked, Column, Filter, list_screen
from shop.web.admin.pages import desk_page
from shop.web.admin.payees import KINDS
from shop.web.admin.saving import act
from shop.web.admin.words import options, status_options
from shop.web.database import read_session, transact
from shop.web.filters import bilingual
from shop.web.form_errors import show_errors
from shop.web.guards import recently_authenticated, requires
from shop.web.times import waited
from shop.web.viewer import current_user_id


def _age(row: Any) -> str:
    return waited(row.opened_at, utc_now()) if row.state is VoucherState.DUE else ""


COLUMNS: Final = (
    Column("number", msg("Voucher"), head=True, link=lambda row: url_for("admin.voucher", voucher_id=row.id)),
    Column("seller", msg("Bought by"), value=lambda row: bilingual(row, "seller")),
    Column("alias", msg("Household"), value=lambda row: bilingual(row, "alias")),
    Column("village", msg("Village"), value=lambda row: bilingual(row, "village")),
    Column("amount_fen", msg("Amount"), kind="money"),
    Column("opened_at", msg("Paid on"), kind="moment"),
    Column("age", msg("Waiting"), value=_age),
    Column("state", msg("State"), kind="status:voucher"),
    Column("document_number", msg("Invoice number"), wide=True),
)


def _sellers(session: Session) -> list[tuple[str, str]]:
    return options(one for one in all_of(session, Seller) if one.buys_from_households)


def _states(_session: Session) -> list[tuple[str, str]]:
    return status_options("voucher")


FILTERS: Final = (
    Filter("q", msg("Number or household")),
    Filter("seller", msg("Seller"), "select", _sellers),
    Filter("state", msg("State"), "select", _states, begins=VoucherState.WAITING),
)


def _rows(session: Session, wanted: Asked) -> Page[Any]:
    typed = wanted.values.get("state")
    state = VoucherState(typed) if typed in set(VoucherState) else None
    return find_vouchers(
        session, state=state, seller_id=wanted.number("seller"), typed=wanted.text("q"), page=wanted.page
    )


@admin.get("/vouchers")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def vouchers() -> str:
    screen = list_screen(
        read_session(),
        title=msg("Purchase vouchers"),
        note=msg("What sellers that buy from households paid them, and what has to be issued for it."),
        columns=COLUMNS,
        filters=FILTERS,
        rows=_rows,
        endpoint="admin.vouchers",
        empty=msg("When a household is paid by such a seller, its voucher stands here."),
    )
    return desk_page("admin/list.html", "vouchers", screen=screen)


@admin.get("/vouchers/<int:voucher_id>")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def voucher(voucher_id: int) -> str:
    return _page(voucher_id, DocumentForm(formdata=None))


@admin.post("/vouchers/<int:voucher_id>/print")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def print_voucher(voucher_id: int) -> Response:
    """The sheet says who took the money in clear, so it is written down before anything is shown."""
    read_voucher(read_session(), voucher_id)
    actor_id, now = current_user_id(), utc_now()
    transact(lambda session: note_voucher_revealed(session, voucher_id, actor_id=actor_id, now=now))
    session = read_session()
    shown = read_voucher(session, voucher_id)
    goods, seller = goods_of_voucher(session, shown), _seller_of_goods(shown)
    page = render_template("admin/voucher_paper.html", voucher=shown, goods=goods, person=seller, kinds=KINDS)
    answer = make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@admin.post("/vouchers/<int:voucher_id>/record")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def record_issued_voucher(voucher_id: int) -> Any:
    form, actor_id, now = DocumentForm(), current_user_id(), utc_now()
    if form.validate():
        issued = VoucherIssued(form.document_number.data or "", form.issued_on.data, form.amount.data)
        try:
            transact(
                partial(record_voucher, voucher_id=voucher_id, issued=issued, actor_id=actor_id, now=now)
            )
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            flash(gettext("Written down."), "ok")
            return redirect(url_for("admin.voucher", voucher_id=voucher_id), 303)
    return _page(voucher_id, form), 400


@admin.post("/vouchers/<int:voucher_id>/aside")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def set_aside_voucher(voucher_id: int) -> Response:
    reason, actor_id, now = request.form.get("reason", ""), current_user_id(), utc_now()
    return act(
        lambda session: set_voucher_aside(session, voucher_id, reason, actor_id=actor_id, now=now),
        done=gettext("Set aside."),
        back=url_for("admin.voucher", voucher_id=voucher_id),
    )


@admin.post("/vouchers/<int:voucher_id>/take-up")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def take_up_voucher(voucher_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: take_voucher_up(session, voucher_id, actor_id=actor_id, now=now),
        done=gettext("It waits to be issued again."),
        back=url_for("admin.voucher", voucher_id=voucher_id),
    )


@admin.post("/vouchers/<int:voucher_id>/number")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def correct_voucher_number(voucher_id: int) -> Any:
    return _correct(voucher_id, correct_voucher)


@admin.post("/vouchers/<int:voucher_id>/red/number")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def correct_red_of_voucher(voucher_id: int) -> Any:
    return _correct(voucher_id, correct_voucher_red)


def _correct(voucher_id: int, correct: Callable[..., object]) -> Any:
    form, actor_id, now = CorrectForm(prefix=CorrectForm.PREFIX), current_user_id(), utc_now()
    if form.validate():
        number, day, reason = form.document_number.data or "", form.issued_on.data, form.reason.data or ""
        try:
            transact(
                lambda session: correct(session, voucher_id, number, day, reason, actor_id=actor_id, now=now)
            )
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            flash(gettext("The number is put right."), "ok")
            return redirect(url_for("admin.voucher", voucher_id=voucher_id), 303)
    return _page(voucher_id, correct_form=form), 400


@admin.post("/vouchers/<int:voucher_id>/red")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def reverse_issued_voucher(voucher_id: int) -> Any:
    """Where the household has the money all the same, the next thing to do is shown: the voucher that is due now."""
    form, actor_id, now = ReverseForm(prefix=ReverseForm.PREFIX), current_user_id(), utc_now()
    if form.validate():
        red = VoucherReversed(
            form.document_number.data or "", form.issued_on.data, form.amount.data, form.reason.data or ""
        )
        work = partial(reverse_voucher, voucher_id=voucher_id, red=red, actor_id=actor_id, now=now)
        try:
            again = transact(work)
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            done = gettext("The voucher is taken back.")
            if again is not None:
                done = gettext("The voucher is taken back. This is the one that is due instead.")
            flash(done, "ok")
            shown = voucher_id if again is None else again.id
            return redirect(url_for("admin.voucher", voucher_id=shown), 303)
    return _page(voucher_id, reverse_form=form), 400


def _page(voucher_id: int, form: DocumentForm | None = None, **sent: Any) -> str:
    """`sent` are forms that were refused, by their names in the template."""
    forms: dict[str, Any] = {
        "form": form or DocumentForm(formdata=None),
        "correct_form": CorrectForm(formdata=None, prefix=CorrectForm.PREFIX),
        "reverse_form": ReverseForm(formdata=None, prefix=ReverseForm.PREFIX),
    }
    session = read_session()
    shown = read_voucher(session, voucher_id)
    person = _seller_of_goods(shown)
    return desk_page(
        "admin/voucher.html",
        "vouchers",
        voucher=shown,
        state=state_of(shown.status, money_is_back=is_money_back(shown.payout)),
        money_is_back=is_money_back(shown.payout),
        goods=goods_of_voucher(session, shown),
        person=person.masked() if person is not None else None,
        kinds=KINDS,
        **{**forms, **sent},
    )


def _seller_of_goods(shown: PurchaseVoucher) -> PayeeOpen | None:
    return open_seller_of_goods(shown, FieldCipher(settings().field_keys))
