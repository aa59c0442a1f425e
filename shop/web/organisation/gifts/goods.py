"""What is in a gift: packs to choose from, so many of each for every recipient."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext

from shop.gifts.drafts import choose_goods, drop_gift
from shop.gifts.reader import goods_to_choose
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import form_number, msg, plain_number, whole_number
from shop.web.database import read_session, transact
from shop.web.guards import signed_in
from shop.web.limits import FORMS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.gifts.frame import gift_page, here, pages_of, refusal
from shop.web.organisation.gifts.gifts import page_number
from shop.web.viewer import current_user_id

UNITS = "units-"
NOT_A_NUMBER = msg("Please enter a whole number from 0 to 99.")


@organisation.get("/<slug>/gifts/<int:gift_id>/goods")
@signed_in
def gift_goods(slug: str, gift_id: int) -> str:
    return _page(slug, gift_id)


@organisation.post("/<slug>/gifts/<int:gift_id>/goods")
@limiter.limit(FORMS)
@signed_in
def choose_gift_goods(slug: str, gift_id: int) -> Any:
    here(slug, gift_id)
    actor_id, now, asked = current_user_id(), utc_now(), request.form.get("q", "")
    try:
        units = {int(name.removeprefix(UNITS)): _number(typed) for name, typed in _typed().items()}
        transact(lambda session: choose_goods(session, gift_id, units, actor_id=actor_id, now=now))
    except (InvalidInput, Conflict) as error:
        return _page(slug, gift_id, refusal(error)), error.status
    if request.form.get("then") != "stay" and not here(slug, gift_id).goods:
        return _page(slug, gift_id, gettext("Please choose first what is in the gift.")), 400
    if request.form.get("then") == "stay":
        return redirect(url_for("organisation.gift_goods", slug=slug, gift_id=gift_id, q=asked or None), 303)
    return redirect(url_for("organisation.gift_recipients", slug=slug, gift_id=gift_id), 303)


@organisation.post("/<slug>/gifts/<int:gift_id>/drop")
@limiter.limit(FORMS)
@signed_in
def drop_draft(slug: str, gift_id: int) -> Any:
    at, actor_id, now = here(slug, gift_id), current_user_id(), utc_now()
    try:
        transact(lambda session: drop_gift(session, at.gift.id, actor_id=actor_id, now=now))
    except Conflict as error:
        return _page(slug, gift_id, refusal(error)), error.status
    flash(gettext("The draft and its list are deleted."), "ok")
    return redirect(url_for("organisation.gifts", slug=slug), 303)


def _page(slug: str, gift_id: int, refused: str = "") -> str:
    at = here(slug, gift_id)
    asked = request.values.get("q", "")
    found = goods_to_choose(read_session(), gift_id, asked=asked, page=page_number()) if at.is_open else None
    return gift_page(
        "goods",
        at,
        "goods",
        found=found,
        asked=asked,
        refused=refused,
        typed=_typed(),
        page_url=pages_of("organisation.gift_goods", slug=slug, gift_id=gift_id, q=asked or None),
    )


def _typed() -> dict[str, str]:
    return {
        name: typed
        for name, typed in request.form.items()
        if name.startswith(UNITS) and form_number(name.removeprefix(UNITS)) is not None
    }


def _number(typed: str) -> int:
    """Nothing is none. Raises InvalidInput."""
    if not typed.strip():
        return 0
    try:
        return whole_number(plain_number(typed))
    except ValueError:
        raise InvalidInput(NOT_A_NUMBER, field="units") from None
