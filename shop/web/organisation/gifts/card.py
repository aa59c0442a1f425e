"""The card that lies in each parcel, and the day on which it should arrive."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import Any

from flask import redirect, request, url_for
from sqlalchemy.orm import Session

from shop.gifts.days import NOT_A_DAY
from shop.gifts.drafts import LONGEST_CARD, Card, card_for, choose_day, write_card, written_length
from shop.gifts.errors import PackagingIsGone
from shop.gifts.packagings import choose_packaging, offered_packagings
from shop.gifts.reader import Shown, rows_of
from shop.kit.clock import calendar_day, utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import form_number
from shop.web.database import read_session, transact
from shop.web.error_pages import translated
from shop.web.guards import signed_in
from shop.web.limits import FORMS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.gifts.frame import gift_page, here, refusal
from shop.web.viewer import current_user_id

ASKED_LENGTH = 500


@organisation.get("/<slug>/gifts/<int:gift_id>/card")
@signed_in
def gift_card(slug: str, gift_id: int) -> str:
    return _card_page(slug, gift_id)


@organisation.post("/<slug>/gifts/<int:gift_id>/card")
@limiter.limit(FORMS)
@signed_in
def write_gift_card(slug: str, gift_id: int) -> Any:
    here(slug, gift_id)
    form, actor_id, now = request.form, current_user_id(), utc_now()
    card = Card(
        text=form.get("text", "")[:ASKED_LENGTH],
        signature=form.get("signature", "")[:ASKED_LENGTH],
        hides_prices=form.get("hides_prices") == "1",
        origin_slip=form.get("origin_slip") == "1",
    )
    packaging = form.get("packaging", "")[:12]
    try:
        transact(partial(_keep, gift_id=gift_id, card=card, packaging=packaging, actor_id=actor_id, now=now))
    except InvalidInput as error:
        errors = {name: translated(said, error.facts) for name, said in error.errors.items()}
        return _card_page(slug, gift_id, typed=card, errors=errors, packaging=packaging), 400
    except Conflict as error:
        said = refusal(error)
        return _card_page(slug, gift_id, typed=card, packaging=packaging, refused=said), error.status
    after = "gift_card" if form.get("then") == "look" else "gift_day"
    return redirect(url_for(f"organisation.{after}", slug=slug, gift_id=gift_id), 303)


@organisation.get("/<slug>/gifts/<int:gift_id>/day")
@signed_in
def gift_day(slug: str, gift_id: int) -> str:
    return gift_page("day", here(slug, gift_id), "day")


@organisation.post("/<slug>/gifts/<int:gift_id>/day")
@limiter.limit(FORMS)
@signed_in
def choose_gift_day(slug: str, gift_id: int) -> Any:
    """Nothing chosen: as soon as possible. What is typed stands before what is pressed."""
    here(slug, gift_id)
    actor_id, now = current_user_id(), utc_now()
    typed = (request.form.get("other") or request.form.get("day") or "").strip()[:ASKED_LENGTH]
    try:
        day = _typed_day(typed)
        transact(lambda session: choose_day(session, gift_id, day, actor_id=actor_id, now=now))
    except (InvalidInput, Conflict) as error:
        at = here(slug, gift_id)
        return gift_page("day", at, "day", typed=typed, refused=refusal(error)), error.status
    return redirect(url_for("organisation.gift_pay", slug=slug, gift_id=gift_id), 303)


def _typed_day(typed: str) -> date | None:
    """Raises InvalidInput."""
    day = calendar_day(typed)
    if typed and day is None:
        raise InvalidInput(NOT_A_DAY, field="day")
    return day


def _keep(
    session: Session, *, gift_id: int, card: Card, packaging: str, actor_id: int, now: datetime
) -> None:
    """The card and the packaging, both or neither. Empty: packed as always."""
    write_card(session, gift_id, card, actor_id=actor_id, now=now)
    chosen = form_number(packaging)
    if packaging and chosen is None:
        raise PackagingIsGone(field="packaging")
    choose_packaging(session, gift_id, chosen, actor_id=actor_id, now=now)


def _card_page(
    slug: str,
    gift_id: int,
    *,
    typed: Card | None = None,
    errors: dict[str, str] | None = None,
    refused: str = "",
    packaging: str | None = None,
) -> str:
    """`packaging`: as it was chosen in a form that was refused."""
    at = here(slug, gift_id)
    offered = list(offered_packagings(read_session()))
    if at.packaging is not None and at.packaging not in offered:
        offered.append(at.packaging)
    gift = at.gift
    card = typed or Card(gift.card_text, gift.signature, gift.hides_prices, gift.origin_slip)
    first = rows_of(read_session(), gift_id, Shown.READY).items[:1]
    return gift_page(
        "card",
        at,
        "card",
        card=card,
        offered=offered,
        packed_in=str(gift.packaging_id or "") if packaging is None else packaging,
        example=card_for(card.text, first[0].judged.name if first else "陈女士"),
        written=written_length(card.text),
        longest=LONGEST_CARD,
        errors=errors or {},
        refused=refused,
    )
