"""People who sign in: found, invited, given roles, shut out."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import SelectField

from shop.accounts.inviting import invite_user
from shop.accounts.models import RoleName
from shop.accounts.proved_email import may_be_a_strangers
from shop.accounts.user_queries import PAGE_SIZE, UserFilter, UserRow, get_profile, list_units, list_users
from shop.accounts.users import STAFF_ROLES
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg
from shop.storage.paging import Page
from shop.web.admin.blueprint import admin
from shop.web.admin.fields import NEEDED, IdField, text
from shop.web.admin.listing import Asked, Column, Filter, list_screen
from shop.web.admin.pages import desk_page, may_handle_money
from shop.web.admin.words import choices, listed, status_options, yes_or_no
from shop.web.database import read_session, transact
from shop.web.fields import CheckboxesField
from shop.web.filters import status_word
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id


class InviteForm(ShopForm):
    email = text(_("E-mail"), 255, needed=True, type="email")
    name = text(_("Name"), 80, needed=True)
    phone = text(_("Telephone"), 40)
    unit_id = IdField(_("Unit"))
    language = SelectField(_("Language"), [NEEDED], choices=[("zh", "中文"), ("en", "English")])
    roles = CheckboxesField(_("Roles"), choices=[])


def role_choices() -> list[tuple[str, str]]:
    """What the person at the screen may give and take: finance is for finance."""
    offered = STAFF_ROLES if may_handle_money() else STAFF_ROLES - {RoleName.FINANCE}
    return [(role.value, status_word(role, "role")) for role in RoleName if role in offered]


def roles_as_text(row: UserRow) -> str:
    return listed(status_word(role, "role") for role in row.roles) or status_word("buyer", "role")


def address_as_text(row: UserRow) -> str:
    if row.doubtful:
        return str(gettext("%(email)s (not confirmed)", email=row.email))
    return row.email or ""


COLUMNS = (
    Column(
        "name",
        msg("Name"),
        value=lambda row: row.name or row.email or row.phone or gettext("Account %(number)s", number=row.id),
        head=True,
        link=lambda row: url_for("admin.user", user_id=row.id),
    ),
    Column("email", msg("E-mail"), value=address_as_text),
    Column("roles", msg("Roles"), value=roles_as_text),
    Column("second_factor", msg("Second factor"), kind="flag", value=lambda row: row.has_second_factor),
    Column("active", msg("Can sign in"), kind="flag"),
    Column("created_at", msg("Registered"), kind="date"),
)
FILTERS = (
    Filter("q", msg("Name, e-mail or telephone")),
    Filter("role", msg("Role"), "select", lambda _session: status_options("role")[1:]),
    Filter("active", msg("Can sign in"), "select", lambda _session: yes_or_no()),
    Filter("doubtful", msg("Address not confirmed"), "select", lambda _session: yes_or_no()),
)


def _rows(session: Session, wanted: Asked) -> Page[Any]:
    role = wanted.text("role")
    asked = UserFilter(
        text=wanted.text("q"),
        role=RoleName(role) if role in set(RoleName) else None,
        active=wanted.flag("active"),
        doubtful=wanted.flag("doubtful"),
    )
    rows, total = list_users(session, asked, page=wanted.page)
    return Page(rows, total, wanted.page, PAGE_SIZE)


@admin.get("/users")
@requires(RoleName.ADMIN)
def users() -> str:
    screen = list_screen(
        read_session(),
        title=msg("Users"),
        columns=COLUMNS,
        filters=FILTERS,
        rows=_rows,
        endpoint="admin.users",
    )
    screen["create_href"], screen["create_label"] = url_for("admin.invite"), gettext("Invite somebody")
    return desk_page("admin/list.html", "users", screen=screen)


@admin.route("/users/new", methods=["GET", "POST"])
@requires(RoleName.ADMIN)
@recently_authenticated
def invite() -> Any:
    form = InviteForm()
    form.roles.choices = role_choices()
    form.unit_id.offer(choices(list_units(read_session())), empty=gettext("None"))
    if request.method == "POST" and form.validate():
        user_id = _invited(form)
        if user_id is not None:
            _say_invited(user_id)
            return redirect(url_for("admin.user", user_id=user_id), 303)
    form.unit_id.offer(choices(list_units(read_session())), empty=gettext("None"))
    screen = {
        "title": gettext("Invite somebody"),
        "note": gettext("A message with a link to set the password goes to this address."),
        "back_href": url_for("admin.users"),
        "back_label": gettext("Users"),
        "submit_label": gettext("Make the account and send the message"),
    }
    page = desk_page("admin/form.html", "users", screen=screen, form=form)
    return page, 400 if request.method == "POST" else 200


def _say_invited(user_id: int) -> None:
    person = get_profile(read_session(), user_id)
    if may_be_a_strangers(person):
        flash(
            gettext(
                "Somebody had registered with this address without confirming it, and called themselves %(name)s. The message with the link is on its way. What you typed, the name too, was not taken over: enter it, and give roles and a unit, when its owner has set a password by the link.",
                name=person.name or gettext("Somebody without a name"),
            ),
            "warn",
        )
    else:
        flash(gettext("The account is made; a message with a link to set the password is on its way."), "ok")


def _invited(form: InviteForm) -> int | None:
    """The new account's id, or None with the refusal in the form."""
    typed, actor_id, now = form.data, current_user_id(), utc_now()
    try:
        return transact(
            lambda session: invite_user(
                session,
                email=typed["email"],
                name=typed["name"],
                phone=typed["phone"] or "",
                roles=[RoleName(role) for role in typed["roles"] or ()],
                unit_id=typed["unit_id"],
                language=typed["language"],
                actor_id=actor_id,
                now=now,
            )
        )
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        return None
