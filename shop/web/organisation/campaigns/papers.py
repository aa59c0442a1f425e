"""Documents of a campaign: minutes, comparison of prices, contract."""

from __future__ import annotations

from typing import Final

from flask import Response as FlaskResponse
from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.campaigns.models import PaperKind
from shop.campaigns.papers import attach_paper, read_paper, remove_paper
from shop.catalogue.document_files import TYPES
from shop.catalogue.picture_files import MOST_BYTES
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.web.database import read_session
from shop.web.guards import signed_in
from shop.web.limits import FORMS, UPLOADS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.campaigns.frame import at_desk, managed, own_desk, refusal
from shop.web.outside_world import with_files
from shop.web.protection import accepts_uploads
from shop.web.viewer import current_user_id

_PATH: Final = "/<slug>/campaigns/<int:campaign_id>/papers"


@organisation.post(_PATH)
@limiter.limit(UPLOADS)
@signed_in
@accepts_uploads
def attach_campaign_paper(slug: str, campaign_id: int) -> Response:
    managed(slug, campaign_id)
    sent, typed = request.files.get("file"), request.form.get("kind", "")
    content = sent.read(MOST_BYTES + 1) if sent else b""
    if not content or typed not in set(PaperKind):
        flash(gettext("Please choose a file first."), "bad")
        return redirect(at_desk(slug, campaign_id, "#papers"), 303)
    kind, name, actor_id, now = (
        PaperKind(typed),
        (sent.filename or "") if sent else "",
        current_user_id(),
        utc_now(),
    )
    try:
        with_files(
            lambda work, store: attach_paper(
                work, store, campaign_id, kind, name, content, actor_id=actor_id, now=now
            )
        )
    except (InvalidInput, Conflict) as error:
        flash(refusal(error), "bad")
    else:
        flash(gettext("The document is attached."), "ok")
    return redirect(at_desk(slug, campaign_id, "#papers"), 303)


@organisation.get(f"{_PATH}/<int:paper_id>")
@signed_in
def campaign_paper(slug: str, campaign_id: int, paper_id: int) -> FlaskResponse:
    """To be saved, for whoever reads the whole campaign."""
    if not own_desk(slug, campaign_id).sees_all:
        raise NotFound()
    file = read_paper(read_session(), campaign_id, paper_id).file
    ending = file.rsplit(".", 1)[-1]
    content = with_files(lambda _work, store: store.read(file))
    response = FlaskResponse(content, content_type=TYPES[ending])
    response.headers["Content-Disposition"] = (
        f'attachment; filename="campaign-{campaign_id}-{paper_id}.{ending}"'
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@organisation.post(f"{_PATH}/<int:paper_id>/remove")
@limiter.limit(FORMS)
@signed_in
def remove_campaign_paper(slug: str, campaign_id: int, paper_id: int) -> Response:
    managed(slug, campaign_id)
    actor_id, now = current_user_id(), utc_now()
    with_files(
        lambda work, store: remove_paper(work, store, campaign_id, paper_id, actor_id=actor_id, now=now)
    )
    flash(gettext("The document is gone."), "ok")
    return redirect(at_desk(slug, campaign_id, "#papers"), 303)
