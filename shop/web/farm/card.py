"""A card from the coordinator: scanned, shown whose it is, and after one tap the phone is signed in."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import Final

from flask import make_response, render_template
from werkzeug.wrappers import Response

from shop.accounts.cards import CardOwner, card_owner, note_wrong_card, use_card
from shop.accounts.errors import CardRefused, SignInRefused, TooManyAttempts
from shop.catalogue.household_people import houses_of
from shop.kit.clock import utc_now
from shop.kit.references import secret_token
from shop.web.database import read_session, transact
from shop.web.farm.blueprint import farm
from shop.web.farm.signing_in import let_in, old_tokens
from shop.web.limits import FORMS, limiter
from shop.web.origin import device_name, request_origin
from shop.web.viewer import current_viewer

TOKEN_LENGTH: Final = len(secret_token())


@farm.get("/card/<token>")
@limiter.limit(FORMS)
def show_card(token: str) -> Response:
    """Whom it would sign in. A link is opened by many a program that nobody asked: it signs nobody in."""
    try:
        owner = _judged(token)
    except TooManyAttempts as refused:
        return _none(refused)
    if owner is None:
        return _none()
    return make_response(_page(owner))


@farm.post("/card/<token>")
@limiter.limit(FORMS)
def enter_by_card(token: str) -> Response:
    try:
        owner = _judged(token)
        if owner is None:
            return _none()
        sign_in = partial(
            use_card,
            token=token,
            device=device_name(),
            origin=request_origin(),
            now=utc_now(),
            old_tokens=old_tokens(),
        )
        return let_in(sign_in, owner.user_id, None)
    except TooManyAttempts as refused:
        return _none(refused)
    except (CardRefused, SignInRefused):
        return _none()


def _judged(token: str) -> CardOwner | None:
    """Whose card it is; a wrong one is counted. Raises TooManyAttempts."""
    if len(token) != TOKEN_LENGTH:
        return None  # not even the look of one
    now = utc_now()
    owner = card_owner(read_session(), token, now=now)
    if owner is None:
        transact(partial(note_wrong_card, token=token, origin=request_origin(), now=now))
    return owner


def _page(owner: CardOwner) -> str:
    house = houses_of(read_session(), [owner.user_id]).get(owner.user_id)
    return render_template(
        "farm/card.html",
        owner=owner,
        house=house,
        household_name=house.alias_zh if house else "",
        village_name=house.village_zh if house else "",
        is_here=current_viewer().user_id == owner.user_id,
    )


def _none(refused: TooManyAttempts | None = None) -> Response:
    """The same for a card that was taken back, is too old, or never was."""
    response = make_response(
        render_template("farm/card_off.html", minutes=refused.facts["minutes"] if refused else 0),
        refused.status if refused else HTTPStatus.NOT_FOUND,
    )
    if refused is not None:
        response.headers["Retry-After"] = str(refused.retry_after)
    return response
