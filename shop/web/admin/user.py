"""One person: what the account says, roles, where they work, open sessions."""

from __future__ import annotations

from typing import Any

from flask import flash, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField

from shop.accounts.contacts import readable_phone
from shop.accounts.models import RoleName, User
from shop.accounts.organisations import organisations_of
from shop.accounts.passkeys import list_passkeys
from shop.accounts.proved_email import invitation_left, may_be_a_strangers
from shop.accounts.sessions import open_sessions
from shop.accounts.user_queries import get_profile, list_units
from shop.accounts.users import change_user, roles_of
from shop.catalogue.assignments import (
    add_worker,
    find_producers,
    producers_of_user,
    remove_worker,
)
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.web.admin.blueprint import admin
from shop.web.admin.fields import IdField, text
from shop.web.admin.meanwhile import Trail, lock_record, save_over
from shop.web.admin.pages import desk_page
from shop.web.admin.user_access import back_to, press
from shop.web.admin.user_rights import filled_roles, filled_work
from shop.web.admin.words import choices
from shop.web.database import read_session
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import requires
from shop.web.viewer import current_user_id


class UserForm(ShopForm):
    name = text(_("Name"), 80)
    phone = text(_("Telephone"), 40)
    unit_id = IdField(_("Unit"))
    unit_is_proved = BooleanField(
        _("They belong to this unit, as we know"),
        description=_("Coupons for departments count only a unit that the campus or the team has confirmed."),
    )


@admin.get("/users/<int:user_id>")
@requires(RoleName.ADMIN)
def user(user_id: int) -> str:
    person = get_profile(read_session(), user_id)
    return _page(person, _filled(person))


@admin.post("/users/<int:user_id>")
@requires(RoleName.ADMIN)
def save_user(user_id: int) -> Any:
    get_profile(read_session(), user_id)
    form = UserForm()
    _offer_units(form)
    actor_id, now = current_user_id(), utc_now()

    def write(session: Session, typed: dict[str, Any]) -> None:
        name, phone = typed["name"] or "", typed["phone"] or ""
        change_user(
            session,
            user_id,
            name=name,
            phone=phone,
            unit_id=typed["unit_id"],
            unit_is_proved=bool(typed["unit_is_proved"]),
            actor_id=actor_id,
            now=now,
        )

    def stored(session: Session) -> ShopForm:
        person = get_profile(session, user_id)
        lock_record(session, person)
        return _filled(person)

    if form.validate():
        try:
            save_over(form, stored, write, trail=Trail("user", str(user_id)))
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            flash(gettext("Saved."), "ok")
            return back_to(user_id)
    return _page(get_profile(read_session(), user_id), form), 400


@admin.post("/users/<int:user_id>/producers/<int:producer_id>")
@requires(RoleName.ADMIN)
def add_user_producer(user_id: int, producer_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return press(
        user_id,
        lambda session: add_worker(session, producer_id, user_id, actor_id=actor_id, now=now),
        gettext("Added."),
    )


@admin.post("/users/<int:user_id>/producers/<int:producer_id>/remove")
@requires(RoleName.ADMIN)
def remove_user_producer(user_id: int, producer_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return press(
        user_id,
        lambda session: remove_worker(session, producer_id, user_id, actor_id=actor_id, now=now),
        gettext("Removed."),
    )


def _page(person: User, form: UserForm) -> str:
    session, now = read_session(), utc_now()
    _offer_units(form)
    roles = roles_of(session, person.id)
    searched = request.args.get("producer", "")
    return desk_page(
        "admin/user.html",
        "users",
        person=person,
        doubtful=may_be_a_strangers(person),
        invitation_left=invitation_left(person),
        form=form,
        role_form=filled_roles(session, person.id),
        work=filled_work(session, person.id),
        roles=sorted(roles),
        is_self=person.id == current_user_id(),
        producers=producers_of_user(session, person.id),
        found=find_producers(session, searched),
        searched=searched,
        organisations=organisations_of(session, person.id),
        sessions=open_sessions(session, person.id, now=now),
        has_second_factor=person.totp_confirmed_at is not None or bool(list_passkeys(session, person.id)),
    )


def _filled(person: User) -> UserForm:
    form = UserForm(formdata=None, obj=person)
    form.phone.data = readable_phone(person.phone) if person.phone else ""
    form.unit_is_proved.data = person.unit_id is not None and person.unit_id == person.proved_unit_id
    _offer_units(form)
    return form


def _offer_units(form: UserForm) -> None:
    form.unit_id.offer(choices(list_units(read_session())), empty=gettext("None"))
