"""Who of a household signs in, on which phones and with which card: made, looked at and ended by the coordinator."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.cards import LIFETIME, cards_of, end_card, issue_card
from shop.accounts.device_sign_in import who_may_have_card
from shop.accounts.errors import PhoneShared
from shop.accounts.models import RoleName
from shop.accounts.phone_devices import devices_of, end_device
from shop.accounts.text_choice import choose_texts
from shop.accounts.users import sign_out_everywhere
from shop.catalogue.household_people import (
    House,
    HousePerson,
    add_person,
    people_of_house,
    person_of_house,
    remove_person,
    village_house,
)
from shop.extensions import settings
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.form_errors import show_errors
from shop.web.guards import requires
from shop.web.limits import FORMS, limiter
from shop.web.qr import qr_code
from shop.web.viewer import current_user_id, current_viewer
from shop.web.village.blueprint import village
from shop.web.village.desk import page, press
from shop.web.village.forms import PersonForm


@village.get("/households/<int:household_id>")
@requires(RoleName.COORDINATOR)
def household(household_id: int) -> str:
    return _page(_house(household_id), PersonForm())


@village.post("/households/<int:household_id>/people")
@limiter.limit(FORMS)
@requires(RoleName.COORDINATOR)
def add_household_person(household_id: int) -> Response:
    house, form = _house(household_id), PersonForm()
    if not form.validate():
        return make_response(_page(house, form), 400)
    by, now, name, phone = current_user_id(), utc_now(), form.name.data or "", form.phone.data or ""
    is_sure = form.shared.data == phone
    add = partial(
        add_person, household_id=house.id, name=name, phone=phone, may_share=is_sure, actor_id=by, now=now
    )
    form.shared.data = ""
    try:
        transact(add)
    except PhoneShared as error:
        form.shared.data = phone
        show_errors(form, error)
        return make_response(_page(house, form), error.status)
    except InvalidInput as error:
        show_errors(form, error)
        return make_response(_page(house, form), 400)
    flash(gettext("Noted. Now this person can sign in with the telephone number, or you make a card."), "ok")
    return redirect(_at(house), 303)


@village.post("/households/<int:household_id>/people/<int:user_id>/remove")
@requires(RoleName.COORDINATOR)
def remove_household_person(household_id: int, user_id: int) -> Response:
    house, person = _person(household_id, user_id)
    done = gettext("%(name)s works no more for this household.", name=person.name)
    return _press(house, partial(remove_person, household_id=house.id, user_id=user_id), done)


@village.post("/households/<int:household_id>/people/<int:user_id>/card")
@limiter.limit(FORMS)
@requires(RoleName.COORDINATOR)
def make_card(household_id: int, user_id: int) -> Response:
    """The new card, to be printed from this very answer: its code is kept nowhere, and the card before is dead."""
    house, person = _person(household_id, user_id)
    by, now = current_user_id(), utc_now()
    try:
        token = transact(lambda session: issue_card(session, user_id, actor_id=by, now=now))
    except Conflict as error:
        flash(error_message(error), "bad")
        return redirect(_at(house), 303)
    address = f"{settings().public_url}{url_for('farm.show_card', token=token)}"
    printed = render_template(
        "village/card.html",
        house=house,
        person=person,
        drawing=qr_code(address, gettext("The code that signs the phone in")),
        valid_until=now + LIFETIME,
    )
    return make_response(printed)


@village.post("/households/<int:household_id>/people/<int:user_id>/card/end")
@requires(RoleName.COORDINATOR)
def end_household_card(household_id: int, user_id: int) -> Response:
    house, _ = _person(household_id, user_id)
    done = gettext("The card does not work any more. Phones that are signed in stay so.")
    return _press(house, partial(end_card, user_id=user_id), done)


@village.post("/households/<int:household_id>/people/<int:user_id>/devices/<int:session_id>/end")
@requires(RoleName.COORDINATOR)
def end_household_device(household_id: int, user_id: int, session_id: int) -> Response:
    house, _ = _person(household_id, user_id)
    done = gettext("That phone is signed out. What it has not sent yet stays on it.")
    return _press(house, partial(end_device, user_id=user_id, session_id=session_id), done)


@village.post("/households/<int:household_id>/people/<int:user_id>/devices/end")
@requires(RoleName.COORDINATOR)
def end_household_devices(household_id: int, user_id: int) -> Response:
    house, _ = _person(household_id, user_id)
    done = gettext("Every phone is signed out, and the card does not work any more.")
    return _press(house, partial(sign_out_everywhere, user_id=user_id), done)


@village.post("/households/<int:household_id>/people/<int:user_id>/texts")
@requires(RoleName.COORDINATOR)
def choose_household_texts(household_id: int, user_id: int) -> Response:
    house, _ = _person(household_id, user_id)
    wants = request.form.get("wants") == "1"
    done = (
        gettext("Tasks are told by text message.")
        if wants
        else gettext("No text messages about tasks any more.")
    )
    return _press(house, partial(choose_texts, user_id=user_id, wants=wants), done)


def _house(household_id: int) -> House:
    """Raises NotFound for a household of another village."""
    return village_house(read_session(), household_id, current_viewer().village_ids)


def _person(household_id: int, user_id: int) -> tuple[House, HousePerson]:
    """Raises NotFound for somebody of another household, as for somebody who is not."""
    house = _house(household_id)
    return house, person_of_house(read_session(), house.id, user_id)


def _press(house: House, work: Callable[..., Any], done: str) -> Response:
    by, now = current_user_id(), utc_now()

    def deed(session: Session) -> Any:
        return work(session, actor_id=by, now=now)

    return press(deed, done, _at(house))


def _page(house: House, form: PersonForm) -> str:
    session, now = read_session(), utc_now()
    people = people_of_house(session, house.id)
    ids = [one.user_id for one in people]
    return page(
        "village/household.html",
        "households",
        house=house,
        people=people,
        cards=cards_of(session, ids, now=now),
        devices=devices_of(session, ids, now=now),
        may_have_card=who_may_have_card(session, ids),
        form=form,
    )


def _at(house: House) -> str:
    return url_for("village.household", household_id=house.id)
