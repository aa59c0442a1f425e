"""What one person may do: roles, and where they work. Boxes that are ticked, so both forms are saved alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.accounts.user_queries import get_profile
from shop.accounts.users import roles_of, set_roles
from shop.catalogue.access import work_places_of
from shop.catalogue.assignments import set_packing_places, set_villages
from shop.catalogue.desk import all_of
from shop.catalogue.models import PackingPlace, Village
from shop.delivery.access import pickup_points_of
from shop.delivery.keepers import set_points
from shop.delivery.points import list_points
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, NotAllowed
from shop.web.admin.blueprint import admin
from shop.web.admin.meanwhile import ChangedMeanwhile, Trail, lock_record, save_over
from shop.web.admin.saving import refusal
from shop.web.admin.users import role_choices
from shop.web.admin.words import choices
from shop.web.database import read_session
from shop.web.error_pages import error_message
from shop.web.fields import CheckboxesField
from shop.web.forms import ShopForm
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id


class RolesForm(ShopForm):
    roles = CheckboxesField(_("Roles"), choices=[])


class WorkForm(ShopForm):
    villages = CheckboxesField(_("Coordinates these villages"), coerce=int, choices=[])
    packing_places = CheckboxesField(_("Works at these packing places"), coerce=int, choices=[])
    points = CheckboxesField(_("Keeps these pickup points"), coerce=int, choices=[])


@admin.post("/users/<int:user_id>/roles")
@requires(RoleName.ADMIN)
@recently_authenticated
def save_roles(user_id: int) -> Response:
    """Roles that this person is not offered stay as they are; nobody changes their own."""
    form, actor_id, now = RolesForm(), current_user_id(), utc_now()
    form.roles.choices = role_choices()
    offered = {RoleName(role) for role, _word in role_choices()}
    if not form.validate():
        return _not_offered(user_id)

    def write(session: Session, values: dict[str, Any]) -> None:
        kept = roles_of(session, user_id) - offered
        set_roles(
            session, user_id, kept | {RoleName(role) for role in values["roles"]}, actor_id=actor_id, now=now
        )

    return _tick(
        user_id, form, filled_roles, write, gettext("The roles are saved. Whose roles changed signs in anew.")
    )


@admin.post("/users/<int:user_id>/work")
@requires(RoleName.ADMIN)
def save_work(user_id: int) -> Response:
    form, actor_id, now = WorkForm(), current_user_id(), utc_now()
    _offer_work(form)
    if not form.validate():
        return _not_offered(user_id)

    def write(session: Session, chosen: dict[str, Any]) -> None:
        set_villages(session, user_id, chosen["villages"], actor_id=actor_id, now=now)
        set_packing_places(session, user_id, chosen["packing_places"], actor_id=actor_id, now=now)
        set_points(session, user_id, chosen["points"], actor_id=actor_id, now=now)

    return _tick(user_id, form, filled_work, write, gettext("Saved. It counts from the next page they open."))


def filled_roles(session: Session, user_id: int) -> RolesForm:
    """Only what is offered: what is not is none of this form's business."""
    offered = dict(role_choices())
    form = RolesForm(
        formdata=None, roles=[role.value for role in roles_of(session, user_id) if role in offered]
    )
    form.roles.choices = list(offered.items())
    return form


def filled_work(session: Session, user_id: int) -> WorkForm:
    places = work_places_of(session, user_id)
    form = WorkForm(
        formdata=None,
        villages=sorted(places.village_ids),
        packing_places=sorted(places.packing_place_ids),
        points=sorted(pickup_points_of(session, user_id)),
    )
    _offer_work(form)
    return form


def _tick(
    user_id: int,
    form: ShopForm,
    filled: Callable[[Session, int], ShopForm],
    write: Callable[[Session, dict[str, Any]], None],
    done: str,
) -> Response:
    """Boxes that two people ticked at once: the page shows how it stands now, and they tick again."""

    def stored(session: Session) -> ShopForm:
        lock_record(session, get_profile(session, user_id))
        return filled(session, user_id)

    try:
        save_over(form, stored, write, trail=Trail("user", str(user_id)))
    except ChangedMeanwhile:
        flash(
            gettext("Somebody changed this meanwhile. Here is how it stands now; yours was not saved."), "bad"
        )
    except (InvalidInput, Conflict) as error:
        flash(refusal(error), "bad")
    except NotAllowed as error:
        flash(error_message(error), "bad")
    else:
        flash(done, "ok")
    return _back(user_id)


def _not_offered(user_id: int) -> Response:
    flash(gettext("Please choose one from the list."), "bad")
    return _back(user_id)


def _back(user_id: int) -> Response:
    return redirect(url_for("admin.user", user_id=user_id), 303)


def _offer_work(form: WorkForm) -> None:
    session = read_session()
    form.villages.choices = choices(all_of(session, Village))
    form.packing_places.choices = choices(all_of(session, PackingPlace))
    form.points.choices = choices(list_points(session).items)
