"""Coming into an organisation: by the link of an invitation, or because the campus says that one belongs to its unit."""

from __future__ import annotations

from functools import partial

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from shop.accounts.errors import EmailNotProved, OwnerUnknown
from shop.accounts.invitations import (
    InvitationOver,
    Invited,
    NotTheInvited,
    NumberNotProved,
    accept,
    read_invitation,
)
from shop.accounts.membership import MEMBER_ROLES, join_by_unit, organisations_to_join
from shop.kit.clock import utc_now
from shop.kit.errors import NotFound
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.guards import signed_in
from shop.web.limits import FORMS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.viewer import Viewer, current_user_id, current_viewer


@organisation.get("/invitations/<token>")
@signed_in
def invitation(token: str) -> str:
    found = read_invitation(read_session(), token, now=utc_now())
    viewer = current_viewer()
    return render_template(
        "organisation/invitation.html",
        invited=found,
        token=token,
        role=MEMBER_ROLES[found.role],
        is_theirs=found.contact in (viewer.email, viewer.phone),
        by_phone="@" not in found.contact,
        proof=_proof_first(found, viewer),
        here=url_for("organisation.invitation", token=token),
    )


def _proof_first(found: Invited, viewer: Viewer) -> str | None:
    """What is confirmed before it can be accepted: "email", "phone" or nothing."""
    if viewer.email_waits:
        return "email"
    return "phone" if found.contact == viewer.phone and not viewer.phone_is_proved else None


@organisation.post("/invitations/<token>")
@signed_in
@limiter.limit(FORMS)
def accept_invitation(token: str) -> Response:
    try:
        slug = transact(partial(accept, token=token, user_id=current_user_id(), now=utc_now()))
    except (InvitationOver, NotTheInvited, EmailNotProved, NumberNotProved) as error:
        flash(error_message(error), "bad")
        return redirect(url_for("organisation.invitation", token=token), 303)
    flash(_("Welcome. You can buy and look after orders here as your role allows."), "ok")
    return redirect(url_for("organisation.account", slug=slug), 303)


@organisation.get("/<slug>/join")
@signed_in
def join(slug: str) -> str:
    """For who may; to others it looks as if there were nothing."""
    open_to_me = organisations_to_join(read_session(), current_user_id())
    found = next((one for one in open_to_me if one.slug == slug), None)
    if found is None:
        raise NotFound()
    return render_template(
        "organisation/join.html", organisation=found, role=MEMBER_ROLES[found.unit_role or ""]
    )


@organisation.post("/<slug>/join")
@signed_in
@limiter.limit(FORMS)
def join_now(slug: str) -> Response:
    try:
        transact(partial(join_by_unit, slug=slug, user_id=current_user_id(), now=utc_now()))
    except OwnerUnknown:
        flash(_(EmailNotProved.default_message), "bad")
        return redirect(
            url_for("account.contact", kind="email", next=url_for("organisation.join", slug=slug)), 303
        )
    flash(_("Welcome. You can buy and look after orders here as your role allows."), "ok")
    return redirect(url_for("organisation.account", slug=slug), 303)
