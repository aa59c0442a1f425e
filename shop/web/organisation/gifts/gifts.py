"""An organisation's gifts, and beginning one."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for

from shop.accounts.organisations import BUYING
from shop.gifts.drafts import start_gift
from shop.gifts.reader import gifts_of
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.kit.references import secret_token
from shop.kit.text import tidy
from shop.web.database import read_session, transact
from shop.web.guards import signed_in
from shop.web.limits import FORMS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.gifts.frame import pages_of, refusal
from shop.web.organisation.membership import own_organisation
from shop.web.viewer import current_user_id

LONGEST_TOKEN = 64
MOST_PAGES = 200


def page_number() -> int:
    return min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)


@organisation.get("/<slug>/gifts")
@signed_in
def gifts(slug: str) -> str:
    own = own_organisation(slug)
    found = gifts_of(read_session(), own.organisation.id, page=page_number())
    return render_template(
        "organisation/gifts/list.html",
        slug=slug,
        found=found,
        may_make=own.may(*BUYING),
        page_url=pages_of("organisation.gifts", slug=slug),
    )


@organisation.get("/<slug>/gifts/new")
@signed_in
def new_gift(slug: str) -> str:
    own_organisation(slug, *BUYING)
    return _form(slug)


@organisation.post("/<slug>/gifts/new")
@limiter.limit(FORMS)
@signed_in
def start(slug: str) -> Any:
    """Sent twice it is one draft: the token makes it so."""
    own = own_organisation(slug, *BUYING)
    organisation_id, actor_id, now = own.organisation.id, current_user_id(), utc_now()
    name = request.form.get("name", "")
    token = tidy(request.form.get("token", ""))[:LONGEST_TOKEN] or secret_token()
    try:
        gift_id = transact(
            lambda session: start_gift(
                session, organisation_id, name, token=token, actor_id=actor_id, now=now
            )
        )
    except InvalidInput as error:
        return _form(slug, refused=refusal(error)), 400
    return redirect(url_for("organisation.gift_goods", slug=slug, gift_id=gift_id), 303)


def _form(slug: str, refused: str = "") -> str:
    return render_template(
        "organisation/gifts/new.html",
        slug=slug,
        name=request.form.get("name", ""),
        token=request.form.get("token") or secret_token(),
        refused=refused,
    )
