"""What every organiser's page shares: whose campaign it is, what its reader may do, how a button answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.models import Organisation
from shop.accounts.organisations import organisation_of_member
from shop.campaigns.access import Desk, desk_of
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message, translated
from shop.web.viewer import current_user_id


def own_organisation(slug: str) -> Organisation:
    """Raises NotFound, also for an organisation of others."""
    return organisation_of_member(read_session(), slug, current_user_id())


def own_desk(slug: str, campaign_id: int) -> Desk:
    """Raises NotFound, also where the campaign is another organisation's."""
    desk = desk_of(read_session(), campaign_id, current_user_id())
    if desk.organisation.slug != slug:
        raise NotFound()
    return desk


def managed(slug: str, campaign_id: int) -> Desk:
    """For pages that only owners and buyers have. Raises NotFound."""
    desk = own_desk(slug, campaign_id)
    if not desk.may_manage:
        raise NotFound()
    return desk


def campaign_page(template: str, desk: Desk, **facts: Any) -> str:
    return render_template(
        f"organisation/campaigns/{template}.html",
        desk=desk,
        campaign=desk.campaign,
        organisation=desk.organisation,
        at={"slug": desk.organisation.slug, "campaign_id": desk.campaign.id},
        **facts,
    )


def press(work: Callable[[Session], Any], done: str | Callable[[Any], str], back: str) -> Response:
    """Do it and say so; what is refused is said in its place, and nothing has changed."""
    try:
        result = transact(work)
    except (InvalidInput, Conflict) as error:
        flash(refusal(error), "bad")
    else:
        flash(done if isinstance(done, str) else done(result), "ok")
    return redirect(back, 303)


def refusal(error: InvalidInput | Conflict) -> str:
    """What was refused, in one line."""
    errors: dict[str, str] = getattr(error, "errors", {})
    if errors:
        return " ".join(translated(message, error.facts) for message in dict.fromkeys(errors.values()))
    return error_message(error)


def at_desk(slug: str, campaign_id: int, place: str = "") -> str:
    return url_for("organisation.campaign", slug=slug, campaign_id=campaign_id) + place
