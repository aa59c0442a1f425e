"""One person: what the account says, roles, where they work, open sessions."""

from __future__ import annotations

from typing import Any

from flask import flash, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.contacts import readable_phone
from shop.accounts.models import RoleName, User
from shop.accounts.organisations import organisations_of
from shop.accounts.sessions import open_sessions
from shop.accounts.user_queries import get_profile, list_units
from shop.accounts.users import change_user, roles_of, set_roles
from shop.catalogue.access import work_places_of
from shop.catalogue.assignments import (
    add_worker,
    find_producers,
    producers_of_user,
    remove_worker,
    set_packing_places,
    set_villages,
)
from shop.catalogue.desk import all_of
from shop.catalogue.models import PackingPlace, Village
from shop.delivery.access import pickup_points_of
from shop.delivery.keepers import set_points
from shop.delivery.points import list_points
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.web.admin.blueprint import admin
from shop.web.admin.fields import CheckboxesField, IdField, text
from shop.web.admin.pages import desk_page
from shop.web.admin.user_access import back_to, press
from shop.web.admin.users import role_choices
from shop.web.admin.words import choices
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id


class UserForm(FlaskForm):
    name = text(_("Name"), 80)
    phone = text(_("Telephone"), 40)
    unit_id = IdField(_("Unit"))


class RolesForm(FlaskForm):
    roles = CheckboxesField(_("Roles"), choices=[])


class WorkForm(FlaskForm):
    villages = CheckboxesField(_("Coordinates these villages"), coerce=int, choices=[])
    packing_places = CheckboxesField(_("Works at these packing places"), coerce=int, choices=[])
    points = CheckboxesField(_("Keeps these pickup points"), coerce=int, choices=[])


@admin.get("/users/<int:user_id>")
@requires(RoleName.ADMIN)
def user(user_id: int) -> str:
    person = get_profile(read_session(), user_id)
    form = UserForm(formdata=None, obj=person)
    form.phone.data = readable_phone(person.phone) if person.phone else ""
    return _page(person, form)


@admin.post("/users/<int:user_id>")
@requires(RoleName.ADMIN)
def save_user(user_id: int) -> Any:
    get_profile(read_session(), user_id)
    form = UserForm()
    _offer_units(form)
    typed, actor_id, now = form.data, current_user_id(), utc_now()
    if form.validate():
        try:
            transact(
                lambda session: change_user(
                    session,
                    user_id,
                    name=typed["name"] or "",
                    phone=typed["phone"] or "",
                    unit_id=typed["unit_id"],
                    actor_id=actor_id,
                    now=now,
                )
            )
        except InvalidInput as error:
            show_errors(form, error)
        else:
            flash(gettext("Saved."), "ok")
            return back_to(user_id)
    return _page(get_profile(read_session(), user_id), form), 400


@admin.post("/users/<int:user_id>/roles")
@requires(RoleName.ADMIN)
@recently_authenticated
def save_roles(user_id: int) -> Response:
    """Roles that this person is not offered stay as they are; nobody changes their own."""
    offered = {RoleName(role) for role, _word in role_choices()}
    wanted = offered.intersection(request.form.getlist("roles"))
    wanted |= roles_of(read_session(), user_id) - offered
    actor_id, now = current_user_id(), utc_now()
    return press(
        user_id,
        lambda session: set_roles(session, user_id, wanted, actor_id=actor_id, now=now),
        gettext("The roles are saved. The person signs in anew."),
    )


@admin.post("/users/<int:user_id>/work")
@requires(RoleName.ADMIN)
def save_work(user_id: int) -> Response:
    form, actor_id, now = WorkForm(), current_user_id(), utc_now()
    _offer_work(form)
    if not form.validate():
        flash(gettext("Please choose one from the list."), "bad")
        return back_to(user_id)
    chosen = {name: form[name].data or [] for name in ("villages", "packing_places", "points")}

    def work(session: Session) -> None:
        set_villages(session, user_id, chosen["villages"], actor_id=actor_id, now=now)
        set_packing_places(session, user_id, chosen["packing_places"], actor_id=actor_id, now=now)
        set_points(session, user_id, chosen["points"], actor_id=actor_id, now=now)

    return press(user_id, work, gettext("Saved. It counts from the next page they open."))


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
    roles, places = roles_of(session, person.id), work_places_of(session, person.id)
    work = WorkForm(
        formdata=None,
        villages=sorted(places.village_ids),
        packing_places=sorted(places.packing_place_ids),
        points=sorted(pickup_points_of(session, person.id)),
    )
    _offer_work(work)
    role_form = RolesForm(formdata=None, roles=[role.value for role in roles])
    role_form.roles.choices = role_choices()
    searched = request.args.get("producer", "")
    return desk_page(
        "admin/user.html",
        "users",
        person=person,
        form=form,
        role_form=role_form,
        work=work,
        roles=sorted(roles),
        is_self=person.id == current_user_id(),
        producers=producers_of_user(session, person.id),
        found=find_producers(session, searched),
        searched=searched,
        organisations=organisations_of(session, person.id),
        sessions=open_sessions(session, person.id, now=now),
    )


def _offer_units(form: UserForm) -> None:
    form.unit_id.offer(choices(list_units(read_session())), empty=gettext("None"))


def _offer_work(form: WorkForm) -> None:
    session = read_session()
    form.villages.choices = choices(all_of(session, Village))
    form.packing_places.choices = choices(all_of(session, PackingPlace))
    form.points.choices = choices(list_points(session).items)
