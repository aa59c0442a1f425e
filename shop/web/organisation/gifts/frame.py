"""What every page of a gift has: its steps, and beside them what it costs now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.organisations import BUYING
from shop.gifts.access import gift_of_member
from shop.gifts.errors import NothingInIt
from shop.gifts.models import Gift, GiftStatus
from shop.gifts.packaging_models import GiftPackaging
from shop.gifts.packagings import packaging_of
from shop.gifts.quoting import GiftQuote, quote_gift
from shop.gifts.reader import Counts, GiftGoods, counts_of, goods_of
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import msg
from shop.ordering.errors import NotForSale
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message, translated
from shop.web.organisation.membership import own_organisation
from shop.web.viewer import current_user_id

STEPS: Final = (
    ("goods", "organisation.gift_goods", msg("What is in it")),
    ("recipients", "organisation.gift_recipients", msg("Recipients")),
    ("card", "organisation.gift_card", msg("The card")),
    ("day", "organisation.gift_day", msg("Day")),
    ("pay", "organisation.gift_pay", msg("Price and order")),
)


@dataclass(frozen=True)
class Here:
    """A gift as its page shows it. `quote`: None while nothing is in it or something is not for sale any more."""

    slug: str
    gift: Gift
    counts: Counts
    goods: list[GiftGoods]
    quote: GiftQuote | None
    may_make: bool
    packaging: GiftPackaging | None = None

    @property
    def packaging_fen(self) -> int:
        """Of one parcel: what was agreed with the first order, else today's."""
        if self.gift.ordered_at is not None:
            return self.gift.packaging_fen or 0
        return self.packaging.price_fen if self.packaging is not None else 0

    @property
    def can_change(self) -> bool:
        return self.may_make and self.gift.status not in {GiftStatus.PLACING, GiftStatus.WAITING}

    @property
    def is_open(self) -> bool:
        """What is in it, and its card, can still change."""
        return self.can_change and self.gift.ordered_at is None


def here(slug: str, gift_id: int) -> Here:
    """Raises NotFound."""
    session, user_id = read_session(), current_user_id()
    gift = gift_of_member(session, slug, gift_id, user_id)
    try:
        quote = quote_gift(session, gift_id, now=utc_now())
    except (NothingInIt, NotForSale, NotFound):
        quote = None
    may_make = own_organisation(slug).may(*BUYING)
    packaging = packaging_of(session, gift)
    goods = goods_of(session, gift_id)
    return Here(slug, gift, counts_of(session, gift_id), goods, quote, may_make, packaging)


def gift_page(template: str, at: Here, step: str, **more: Any) -> str:
    return render_template(
        f"organisation/gifts/{template}.html",
        at=at,
        gift=at.gift,
        step=step,
        steps=_steps(at, step),
        this_year=shanghai_date(utc_now()).year,
        **more,
    )


def pages_of(endpoint: str, **values: Any) -> Callable[[int], str]:
    """The address of each page of a list."""
    return lambda number: url_for(endpoint, **values, page=number)


def act(
    slug: str, gift_id: int, work: Callable[[Session], Any], *, done: str = "", back: str, **values: Any
) -> Response:
    """One press: done and said, or refused and said, and back to where it was pressed. Raises NotFound."""
    gift_of_member(read_session(), slug, gift_id, current_user_id())
    try:
        transact(work)
    except (InvalidInput, Conflict) as error:
        flash(refusal(error), "bad")
    else:
        if done:
            flash(done, "ok")
    return redirect(url_for(back, slug=slug, gift_id=gift_id, **values), 303)


def refusal(error: InvalidInput | Conflict) -> str:
    """In one line."""
    errors: dict[str, str] = getattr(error, "errors", {})
    if errors:
        return " ".join(translated(message, error.facts) for message in dict.fromkeys(errors.values()))
    return error_message(error)


def _steps(at: Here, step: str) -> list[dict[str, Any]]:
    done = {
        "goods": bool(at.goods),
        "recipients": bool(at.counts.ready or at.counts.sent) and not at.counts.mend,
        "card": bool(at.gift.card_text),
        "day": at.gift.deliver_on is not None,
        "pay": at.gift.ordered_at is not None,
    }
    return [
        {
            "label": gettext(label),
            "href": url_for(endpoint, slug=at.slug, gift_id=at.gift.id),
            "now": key == step,
            "done": done[key],
        }
        for key, endpoint, label in STEPS
    ]
