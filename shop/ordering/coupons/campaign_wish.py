"""A campaign as it is proposed, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.errors import OwnersUnknown
from shop.accounts.proved_email import addresses_without_owner
from shop.kit.errors import InvalidInput
from shop.kit.text import msg, tidy
from shop.ordering.coupons.codes import WORD, digest_of, word_of
from shop.ordering.coupons.models import (
    CouponAudience,
    CouponBearer,
    CouponCode,
    CouponKind,
    CouponScope,
)

LONGEST: Final = timedelta(days=366)
LONGEST_REASON: Final = 200
MOST_BUDGET_FEN: Final = 100_000_000  # a million yuan
WHY: Final = msg("Please say why.")


@dataclass(frozen=True, slots=True)
class CampaignWish:
    """A campaign as it is proposed; `targets` are ids of what the scope names, `word` a public code or nothing."""

    name_zh: str
    name_en: str
    kind: CouponKind
    budget_fen: int
    starts_at: datetime
    ends_at: datetime
    reason: str
    token: str
    amount_fen: int | None = None
    percent: int | None = None
    most_fen: int | None = None
    minimum_fen: int = 0
    scope: CouponScope = CouponScope.ALL
    targets: Sequence[int] = ()
    audience: CouponAudience = CouponAudience.EVERYONE
    unit_ids: Sequence[int] = ()
    user_ids: Sequence[int] = ()
    most_uses: int | None = None
    most_per_person: int = 1
    with_freight: bool = False
    bearer: CouponBearer = CouponBearer.SHOP
    fund_name: str = ""
    word: str = ""
    most_per_word: int | None = None


def refuse_senseless(session: Session, wish: CampaignWish, now: datetime) -> None:
    """Raises InvalidInput with every field that is wrong; accounts whose owner nobody knows are named."""
    errors = _wrong_amounts(wish) | _wrong_people(wish) | _wrong_days(wish, now) | _wrong_word(session, wish)
    for name in ("name_zh", "name_en"):
        if not tidy(getattr(wish, name)):
            errors[name] = msg("Please give it a name.")
    if not tidy(wish.reason):
        errors["reason"] = WHY
    if wish.scope is not CouponScope.ALL and not wish.targets:
        errors["targets"] = msg("Please choose what it is for.")
    strangers = ", ".join(addresses_without_owner(session, wish.user_ids))
    if strangers:
        errors["accounts"] = OwnersUnknown.default_message
    if errors:
        raise InvalidInput(errors=errors, emails=strangers)


def _wrong_days(wish: CampaignWish, now: datetime) -> dict[str, str]:
    if wish.ends_at <= max(wish.starts_at, now):
        return {"last_day": msg("Please choose a day that is still to come, after the first one.")}
    if wish.ends_at > max(wish.starts_at, now) + LONGEST:
        return {"last_day": msg("At most a year.")}
    return {}


def _wrong_word(session: Session, wish: CampaignWish) -> dict[str, str]:
    if not wish.word:
        return {}
    if not WORD.fullmatch(word_of(wish.word)):
        return {"word": msg("A public code has 4 to 24 letters and digits.")}
    known = sa.select(CouponCode.id).where(CouponCode.digest == digest_of(word_of(wish.word)))
    if session.scalar(known) is not None:
        return {"word": msg("Another campaign has this code. Please choose another one.")}
    return {}


def _wrong_amounts(wish: CampaignWish) -> dict[str, str]:
    errors: dict[str, str] = {}
    if wish.kind is CouponKind.AMOUNT and not (wish.amount_fen or 0) > 0:
        errors["amount_fen"] = msg("Please enter what it takes off.")
    if wish.kind is CouponKind.PERCENT:
        if not 0 < (wish.percent or 0) < 100:
            errors["percent"] = msg("Please enter a number from 1 to 99.")
        if not (wish.most_fen or 0) > 0:
            errors["most_fen"] = msg("A percentage needs an amount that it never exceeds.")
    if wish.minimum_fen < 0:
        errors["minimum_fen"] = msg("Please enter an amount in yuan.")
    if not 0 < wish.budget_fen <= MOST_BUDGET_FEN:
        errors["budget_fen"] = msg("Please enter a budget, of at most a million yuan.")
    if wish.bearer is CouponBearer.FUND and not tidy(wish.fund_name):
        errors["fund_name"] = msg("Please say whose money it is.")
    return errors


def _wrong_people(wish: CampaignWish) -> dict[str, str]:
    errors: dict[str, str] = {}
    if wish.most_uses is not None and wish.most_uses <= 0:
        errors["most_uses"] = msg("Please enter a number from 1 on.")
    if wish.most_per_word is not None and wish.most_per_word <= 0:
        errors["most_per_word"] = msg("Please enter a number from 1 on.")
    if not 0 < wish.most_per_person <= 100:
        errors["most_per_person"] = msg("Please enter a number from 1 to 100.")
    if wish.audience is CouponAudience.UNITS and not wish.unit_ids:
        errors["unit_ids"] = msg("Please choose units.")
    if wish.audience is CouponAudience.ACCOUNTS and not wish.user_ids:
        errors["accounts"] = msg("Please name accounts.")
    return errors
