"""Addresses of an organisation: everybody who buys for it may choose them at checkout."""

from __future__ import annotations

from datetime import datetime

from flask import render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.addresses import AddressFields
from shop.accounts.contacts import normalise_phone, readable_phone
from shop.accounts.organisation_addresses import (
    delete_organisation_address,
    get_organisation_address,
    save_organisation_address,
)
from shop.accounts.organisations import OWNER, Membership
from shop.delivery.divisions import check_divisions, provinces
from shop.web.database import read_session
from shop.web.form_errors import Problems
from shop.web.guards import signed_in
from shop.web.limits import FORMS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.forms import OrganisationAddressForm
from shop.web.organisation.membership import own_organisation
from shop.web.organisation.pressing import press, save


@organisation.get("/<slug>/settings/addresses/new")
@signed_in
def new_address(slug: str) -> str:
    return _page(slug, None, _offered(OrganisationAddressForm(formdata=None)))


@organisation.post("/<slug>/settings/addresses")
@signed_in
@limiter.limit(FORMS)
def add_address(slug: str) -> Response | tuple[str, int]:
    return _save(slug, None)


@organisation.get("/<slug>/settings/addresses/<int:address_id>")
@signed_in
def address(slug: str, address_id: int) -> str:
    own = own_organisation(slug, OWNER).organisation
    found = get_organisation_address(read_session(), own.id, address_id)
    form = OrganisationAddressForm(formdata=None, obj=found)
    form.phone.data = readable_phone(found.phone)
    return _page(slug, address_id, _offered(form))


@organisation.post("/<slug>/settings/addresses/<int:address_id>")
@signed_in
@limiter.limit(FORMS)
def change_address(slug: str, address_id: int) -> Response | tuple[str, int]:
    return _save(slug, address_id)


@organisation.post("/<slug>/settings/addresses/<int:address_id>/delete")
@signed_in
@limiter.limit(FORMS)
def delete_address(slug: str, address_id: int) -> Response:
    def work(session: Session, here: Membership, now: datetime) -> None:
        delete_organisation_address(session, here.organisation.id, address_id, actor_id=here.user_id, now=now)

    return press(slug, work, OWNER, done=_("The address is deleted."), back=_back(slug))


def _save(slug: str, address_id: int | None) -> Response | tuple[str, int]:
    form = _offered(OrganisationAddressForm())

    def work(session: Session, here: Membership, now: datetime) -> None:
        save_organisation_address(
            session, here.organisation.id, address_id, _fields(form), actor_id=here.user_id, now=now
        )

    done = save(slug, form, work, OWNER, done=_("The address is saved."), back=_back(slug))
    return done or (_page(slug, address_id, form), 400)


def _fields(form: OrganisationAddressForm) -> AddressFields:
    """Raises InvalidInput for a province, a city or a telephone that does not exist."""
    problems = Problems()
    province, city, district = problems.read(
        lambda: check_divisions(form.province.data or "", form.city.data or "", form.district.data or ""),
        ("", "", ""),
    )
    phone = problems.read(lambda: normalise_phone(form.phone.data or ""), "")
    problems.check()
    recipient, street = form.recipient.data or "", form.street.data or ""
    return AddressFields(recipient, phone, province, city, district, street)


def _offered(form: OrganisationAddressForm) -> OrganisationAddressForm:
    form.province.choices = [("", _("Please choose")), *((name, name) for name in provinces())]
    return form


def _page(slug: str, address_id: int | None, form: OrganisationAddressForm) -> str:
    own = own_organisation(slug, OWNER).organisation
    action = (
        url_for("organisation.add_address", slug=slug)
        if address_id is None
        else url_for("organisation.change_address", slug=slug, address_id=address_id)
    )
    return render_template(
        "organisation/address.html", organisation=own, form=form, action=action, address_id=address_id
    )


def _back(slug: str) -> str:
    return url_for("organisation.settings", slug=slug, _anchor="addresses")
