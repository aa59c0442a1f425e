"""What the team does with somebody's way in: shut and open it, end sessions, reset a lost second factor, invite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.inviting import invite_again
from shop.accounts.models import RoleName
from shop.accounts.second_factor import reset_second_factor
from shop.accounts.users import disable_user, enable_user, sign_out_everywhere
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, NotAllowed
from shop.web.admin.blueprint import admin
from shop.web.admin.saving import refusal
from shop.web.database import transact
from shop.web.error_pages import error_message
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id


@admin.post("/users/<int:user_id>/disable")
@requires(RoleName.ADMIN)
@recently_authenticated
def disable(user_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return press(
        user_id,
        lambda session: disable_user(session, user_id, actor_id=actor_id, now=now),
        gettext("The account is shut and signed out everywhere."),
    )


@admin.post("/users/<int:user_id>/enable")
@requires(RoleName.ADMIN)
@recently_authenticated
def enable(user_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return press(
        user_id,
        lambda session: enable_user(session, user_id, actor_id=actor_id, now=now),
        gettext("The account can sign in again."),
    )


@admin.post("/users/<int:user_id>/sign-out")
@requires(RoleName.ADMIN)
@recently_authenticated
def sign_out(user_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    ended = transact(lambda session: sign_out_everywhere(session, user_id, actor_id=actor_id, now=now))
    flash(ngettext("%(num)s session is ended.", "%(num)s sessions are ended.", ended), "ok")
    return back_to(user_id)


@admin.post("/users/<int:user_id>/invite")
@requires(RoleName.ADMIN)
def send_invitation(user_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return press(
        user_id,
        lambda session: invite_again(session, user_id, actor_id=actor_id, now=now),
        gettext("The message is on its way."),
    )


@admin.post("/users/<int:user_id>/second-factor")
@requires(RoleName.ADMIN)
@recently_authenticated
def reset_factor(user_id: int) -> Response:
    actor_id, now, reason = current_user_id(), utc_now(), request.form.get("reason", "")
    return press(
        user_id,
        lambda session: reset_second_factor(session, user_id, reason=reason, actor_id=actor_id, now=now),
        gettext("The second factor is reset. The person is told, and signs in anew with the password."),
    )


def press(user_id: int, work: Callable[[Session], Any], done: str) -> Response:
    try:
        transact(work)
    except (InvalidInput, Conflict) as error:
        flash(refusal(error), "bad")
    except NotAllowed as error:
        flash(error_message(error), "bad")
    else:
        flash(done, "ok")
    return back_to(user_id)


def back_to(user_id: int) -> Response:
    return redirect(url_for("admin.user", user_id=user_id), 303)
