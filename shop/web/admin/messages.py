"""Messages that could not be sent, and sending them again."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.kit.clock import utc_now
from shop.notifications.outbox_queries import list_dead_letters, resend_all, resend_dead_letter
from shop.web.admin.blueprint import admin
from shop.web.admin.message_names import message_name
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import act
from shop.web.database import read_session
from shop.web.guards import requires
from shop.web.viewer import current_user_id


@admin.get("/messages")
@requires(RoleName.ADMIN)
def messages() -> str:
    return desk_page(
        "admin/messages.html",
        "messages",
        letters=list_dead_letters(read_session(), limit=100),
        message_name=message_name,
    )


@admin.post("/messages/<int:message_id>/resend")
@requires(RoleName.ADMIN)
def resend_message(message_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: resend_dead_letter(session, message_id, actor_id=actor_id, now=now),
        done=gettext("It is sent again within a minute."),
        back=url_for("admin.messages"),
    )


@admin.post("/messages/resend-all")
@requires(RoleName.ADMIN)
def resend_messages() -> Response:
    actor_id, now = current_user_id(), utc_now()

    def work(session: Session) -> int:
        return resend_all(session, actor_id=actor_id, now=now)

    return act(work, done=gettext("They are sent again within a minute."), back=url_for("admin.messages"))
