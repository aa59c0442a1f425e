"""Campus sign-on: who is linked, and ending one person's membership with a reason."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from shop.accounts.campus.desk import LinkedPerson, count_unmapped, get_linked, page_of_identities
from shop.accounts.campus.ending import end_identity, readmit_identity
from shop.accounts.campus.models import EndedBecause, Provider
from shop.accounts.models import RoleName
from shop.extensions import campus_clients
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.storage.paging import Page
from shop.web.admin.blueprint import admin
from shop.web.admin.listing import Asked, Column, Filter, list_screen
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import act, refusal
from shop.web.database import read_session, transact
from shop.web.filters import bilingual, status_word
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id


def _unit(row: LinkedPerson) -> str:
    """Ours, or what the provider calls it as long as nobody has said which of ours that is."""
    return bilingual(row.unit, "name") if row.unit is not None else row.identity.unit_code


COLUMNS = (
    Column(
        "name",
        msg("Name"),
        value=lambda row: row.identity.name or row.account_name or row.identity.subject,
        head=True,
        link=lambda row: url_for("admin.campus_identity", identity_id=row.identity.id),
    ),
    Column("number", msg("Number"), value=lambda row: row.identity.campus_number),
    Column("kind", msg("Staff or student"), value=lambda row: status_word(row.identity.kind, "campus_kind")),
    Column("unit", msg("Unit"), value=_unit),
    Column("way", msg("Signs in through"), value=lambda row: status_word(row.identity.provider, "campus_provider")),
    Column("seen", msg("Last seen"), kind="date", value=lambda row: row.identity.last_seen_at),
    Column("live", msg("Can sign in"), kind="flag", value=lambda row: row.identity.ended_at is None),
)  # fmt: skip
FILTERS = (
    Filter("q", msg("Name, number or unit")),
    Filter(
        "way",
        msg("Signs in through"),
        "select",
        lambda _session: [(one.value, status_word(one, "campus_provider")) for one in Provider],
    ),
    Filter(
        "live",
        msg("State"),
        "select",
        lambda _session: [("yes", gettext("Can sign in")), ("no", gettext("Ended"))],
    ),
)


def _rows(session: Session, wanted: Asked) -> Page[Any]:
    way = wanted.text("way")
    return page_of_identities(
        session,
        text=wanted.text("q"),
        provider=Provider(way) if way in set(Provider) else None,
        live=wanted.flag("live"),
        page=wanted.page,
    )


@admin.get("/campus")
@requires(RoleName.ADMIN)
def campus() -> str:
    screen = list_screen(
        read_session(),
        title=msg("Campus sign-on"),
        note=msg("Who signs in from the campus, and whether they still may."),
        columns=COLUMNS,
        filters=FILTERS,
        rows=_rows,
        endpoint="admin.campus",
        empty=msg("Nobody has signed in from the campus yet."),
    )
    return desk_page(
        "admin/campus.html",
        "campus",
        screen=screen,
        ways=[status_word(name, "campus_provider") for name in campus_clients().by_name],
        unmapped=count_unmapped(read_session()),
    )


@admin.get("/campus/<int:identity_id>")
@requires(RoleName.ADMIN)
def campus_identity(identity_id: int) -> str:
    return _page(identity_id)


@admin.post("/campus/<int:identity_id>/end")
@requires(RoleName.ADMIN)
@recently_authenticated
def end_campus_identity(identity_id: int) -> Any:
    reason, actor_id, now = request.form.get("reason", ""), current_user_id(), utc_now()
    try:
        ended = transact(
            lambda session: end_identity(
                session, identity_id, EndedBecause.ADMIN, reason=reason, actor_id=actor_id, now=now
            )
        )
    except InvalidInput as error:
        return _page(identity_id, refused=refusal(error), reason=reason), 400
    if ended:
        flash(gettext("Ended. The person is signed out everywhere."), "ok")
    else:
        flash(gettext("It had ended before."), "info")
    return redirect(url_for("admin.campus_identity", identity_id=identity_id), 303)


@admin.post("/campus/<int:identity_id>/readmit")
@requires(RoleName.ADMIN)
@recently_authenticated
def readmit_campus_identity(identity_id: int) -> Any:
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: readmit_identity(session, identity_id, actor_id=actor_id, now=now),
        done=gettext("The person can sign in from the campus again."),
        back=url_for("admin.campus_identity", identity_id=identity_id),
    )


def _page(identity_id: int, *, refused: str = "", reason: str = "") -> str:
    linked = get_linked(read_session(), identity_id)
    return desk_page(
        "admin/campus_identity.html",
        "campus",
        identity=linked.identity,
        account_name=linked.account_name,
        unit=linked.unit,
        refused=refused,
        reason=reason,
    )
