"""What a member presses: one transaction, one sentence, back to where it was pressed; the role is asked again inside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import flash, redirect
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.organisations import Membership, require_org_role
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.web.database import transact
from shop.web.error_pages import error_message, translated
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.viewer import current_user_id

# What is to be done for an organisation, by a member of it, now.
Work = Callable[[Session, Membership, datetime], Any]


def as_member(slug: str, work: Work, *roles: str) -> Any:
    """Raises NotFound for others and for a role that may not, and what the work raises."""
    user_id, now = current_user_id(), utc_now()

    def run(session: Session) -> Any:
        return work(session, require_org_role(session, slug, user_id, *roles), now)

    return transact(run)


def press(slug: str, work: Work, *roles: str, done: str, back: str) -> Response:
    """What is refused is said, and nothing has changed."""
    try:
        as_member(slug, work, *roles)
    except (InvalidInput, Conflict) as error:
        errors: dict[str, str] = getattr(error, "errors", {})
        said = [translated(one, error.facts) for one in dict.fromkeys(errors.values())]
        flash(" ".join(said) or error_message(error), "bad")
    else:
        flash(done, "ok")
    return redirect(back, 303)


def save(slug: str, form: ShopForm, work: Work, *roles: str, done: str, back: str) -> Response | None:
    """None when something is wrong: the form then says what, and keeps what was typed."""
    if not form.validate():
        return None
    try:
        as_member(slug, work, *roles)
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        return None
    flash(done, "ok")
    return redirect(back, 303)
