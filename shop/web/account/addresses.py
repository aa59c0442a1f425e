"""The address book."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from shop.accounts import addresses as book
from shop.accounts.addresses import AddressFields
from shop.accounts.contacts import normalise_phone, readable_phone
from shop.accounts.models import Address
from shop.delivery.divisions import check_divisions, provinces
from shop.delivery.freight import zones
from shop.kit.errors import Conflict, InvalidInput
from shop.web.account.blueprint import account
from shop.web.account.forms import AddressForm, EmptyForm
from shop.web.database import read_session, transact
from shop.web.form_errors import Problems, show_errors
from shop.web.guards import signed_in
from shop.web.viewer import current_user_id


@account.get("/account/addresses")
@signed_in
def addresses() -> str:
    kept = book.list_addresses(read_session(), current_user_id())
    return render_template("account/addresses.html", addresses=kept, form=EmptyForm())


@account.get("/account/addresses/new")
@signed_in
def new_address() -> str:
    return _page(AddressForm(), url_for("account.add_address"))


@account.post("/account/addresses")
@signed_in
def add_address() -> Response | tuple[str, int]:
    form, user_id = AddressForm(), current_user_id()
    return _save(
        form,
        url_for("account.add_address"),
        lambda session, fields: book.add_address(session, user_id, fields),
    )


@account.get("/account/addresses/<int:address_id>")
@signed_in
def address(address_id: int) -> str:
    found = book.get_address(read_session(), current_user_id(), address_id)
    form = AddressForm(obj=found)
    form.phone.data = readable_phone(found.phone)
    return _page(form, url_for("account.change_address", address_id=address_id))


@account.post("/account/addresses/<int:address_id>")
@signed_in
def change_address(address_id: int) -> Response | tuple[str, int]:
    form, user_id = AddressForm(), current_user_id()
    return _save(
        form,
        url_for("account.change_address", address_id=address_id),
        lambda session, fields: book.change_address(session, user_id, address_id, fields),
    )


@account.post("/account/addresses/<int:address_id>/delete")
@signed_in
def delete_address(address_id: int) -> Response:
    user_id = current_user_id()
    transact(lambda session: book.delete_address(session, user_id, address_id))
    flash(_("The address is deleted."), "info")
    return make_response(redirect(url_for("account.addresses"), 303))


def _save(
    form: AddressForm, action: str, write: Callable[[Session, AddressFields], Address]
) -> Response | tuple[str, int]:
    form.province.choices = _province_choices(form.province.data)
    is_complete = form.validate()
    try:
        fields = _fields(form)
        if is_complete:
            transact(lambda session: write(session, fields))
            flash(_("The address is saved."), "ok")
            return make_response(redirect(url_for("account.addresses"), 303))
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
    return _page(form, action), 400


def _fields(form: AddressForm) -> AddressFields:
    """Raises InvalidInput for a province, a city or a telephone that does not exist."""
    problems = Problems()
    province, city, district = problems.read(
        lambda: check_divisions(form.province.data or "", form.city.data or "", form.district.data or ""),
        ("", "", ""),
    )
    phone = problems.read(lambda: normalise_phone(form.phone.data or ""), "")
    problems.check()
    return AddressFields(
        recipient=form.recipient.data or "",
        phone=phone,
        province=province,
        city=city,
        district=district,
        street=form.street.data or "",
        is_default=bool(form.is_default.data),
    )


def _province_choices(kept: str | None) -> list[tuple[str, str]]:
    """Where a courier goes, and what an address says already: checkout could not use any other.

    All of them while the shop has no tariffs yet.
    """
    reached = {name for zone in zones(read_session()) if zone.served for name in zone.provinces}
    offered = [name for name in provinces() if name in reached or name == kept or not reached]
    return [("", _("Please choose")), *((name, name) for name in offered)]


def _page(form: AddressForm, action: str) -> str:
    form.province.choices = _province_choices(form.province.data)
    return render_template("account/address.html", form=form, action=action)
