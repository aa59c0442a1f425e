"""An organisation asks for a quotation, wants another version, or wants none any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.contacts import normalise_phone
from shop.catalogue.models import Product, ProductStatus, Variant
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput
from shop.kit.references import form_digest, random_code
from shop.kit.text import msg, tidy, tidy_lines
from shop.quotations.access import MAKES, Member, demand, lock_quotation
from shop.quotations.errors import NotToBeAccepted
from shop.quotations.models import Quotation, QuotationItem, QuotationState
from shop.quotations.reading import newest_sent
from shop.quotations.reopening import reopen_if_called_off
from shop.quotations.transitions import QUOTATIONS

MOST_ITEMS: Final = 40
MOST_UNITS: Final = 100_000
LONGEST_WORDS: Final = 1_000
LONGEST_WISH: Final = 500


@dataclass(frozen=True, slots=True)
class RequestWish:
    """One form. `items`: quantities by variant."""

    token: str
    title: str
    contact: str
    phone: str
    items: Mapping[int, int]
    wanted: str = ""
    place: str = ""
    words: str = ""
    two_accept: bool = False


def request_quotation(session: Session, member: Member, wish: RequestWish, *, now: datetime) -> str:
    """Write down what is wanted; returns the quotation's number. The same form sent twice asks once.

    Raises NotYourPart, or InvalidInput by the fields that are wrong.
    """
    demand(member, MAKES)
    sent = form_digest(f"organisation {member.organisation_id}", wish.token)
    known = session.scalar(sa.select(Quotation.number).where(Quotation.token == sent))
    if known is not None:
        return known
    phone = _judge(session, wish)
    quotation = Quotation(
        number=new_number(now),
        organisation_id=member.organisation_id,
        title=tidy(wish.title)[:80],
        contact=tidy(wish.contact)[:60],
        phone=phone,
        wanted=tidy(wish.wanted)[:120],
        place=tidy(wish.place)[:200],
        words=tidy_lines(wish.words)[:LONGEST_WORDS],
        two_accept=wish.two_accept,
        requested_by_id=member.user_id,
        requested_at=now,
        waits_since=now,
        token=sent,
        items=[QuotationItem(variant_id=one, quantity=count) for one, count in wish.items.items()],
    )
    session.add(quotation)
    session.flush()
    return quotation.number


def ask_change(
    session: Session, member: Member, number: str, version: int, words: str, *, now: datetime
) -> None:
    """要改一改: the newest version is not accepted as it is. Sent twice, it is said once.

    Raises NotFound, NotYourPart, InvalidInput without words, NotToBeAccepted.
    """
    demand(member, MAKES)
    quotation = lock_quotation(session, number, member.organisation_id)
    said = tidy_lines(words)[:LONGEST_WISH]
    if not said:
        raise InvalidInput(msg("Please say what should be different."), field="words")
    reopen_if_called_off(session, quotation, now=now)
    newest = newest_sent(session, quotation.id)
    if newest is None or newest.number != version:
        raise NotToBeAccepted()
    if quotation.state is QuotationState.CHANGES and newest.wish == said:
        return
    if quotation.state is not QuotationState.QUOTED:
        raise NotToBeAccepted()
    quotation.state = QUOTATIONS.step(quotation.state, QuotationState.CHANGES)
    quotation.waits_since = now
    newest.wish, newest.wished_at, newest.wished_by_id = said, now, member.user_id


def withdraw(session: Session, member: Member, number: str, *, now: datetime) -> bool:
    """The organisation needs it no more. False when it was so before. Raises NotFound, NotYourPart, IllegalStep."""
    demand(member, MAKES)
    quotation = lock_quotation(session, number, member.organisation_id)
    if quotation.state is QuotationState.WITHDRAWN:
        return False
    reopen_if_called_off(session, quotation, now=now)
    quotation.state = QUOTATIONS.step(quotation.state, QuotationState.WITHDRAWN)
    quotation.waits_since = now
    return True


def new_number(now: datetime) -> str:
    """Such as BJ-261120-7KQ2: the day, then what nobody else has."""
    return f"BJ-{shanghai_date(now):%y%m%d}-{random_code(4)}"


def _judge(session: Session, wish: RequestWish) -> str:
    """The telephone as it is kept. Raises InvalidInput."""
    errors: dict[str, str] = {}
    if not tidy(wish.title):
        errors["title"] = msg("Please give it a name.")
    if not tidy(wish.contact):
        errors["contact"] = msg("Please say whom we can ask.")
    if not wish.items:
        errors["items"] = msg("Please choose at least one product and say how much of it.")
    elif len(wish.items) > MOST_ITEMS or any(not 0 < one <= MOST_UNITS for one in wish.items.values()):
        errors["items"] = msg("Please check the quantities.")
    elif _unknown(session, wish.items):
        errors["items"] = msg("One of these products is not for sale any more.")
    phone = ""
    try:
        phone = normalise_phone(wish.phone)
    except InvalidInput as wrong:
        errors |= wrong.errors
    if errors:
        raise InvalidInput(errors=errors)
    return phone


def _unknown(session: Session, items: Mapping[int, int]) -> bool:
    for_sale = (
        sa.select(sa.func.count(Variant.id))
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id.in_(items), Variant.active, Product.status == ProductStatus.PUBLISHED)
    )
    return session.scalar(for_sale) != len(items)
