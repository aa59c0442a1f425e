"""Answers that are ready: kept by the team in both languages, with places that a conversation fills."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.editing.rows import Sheet, get_row, save_row
from shop.accounts.editing.rules import Judge, Values, Wrong, flag, line, lines, number
from shop.accounts.setting_values import ShopSettings
from shop.conversations.desk_models import CannedAnswer
from shop.conversations.models import Conversation, Topic
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.ordering.models import OrderLine
from shop.storage.paging import Page, read_page

PLACES: Final = ("order", "name", "goods", "shop", "phone", "hours")
UNKNOWN_PLACE: Final = msg("Only {order}, {name}, {goods}, {shop}, {phone} and {hours} are filled in.")
BRACES: Final = msg("Each place stands in single braces that are closed again, such as {order}.")
STILL_OPEN: Final = msg("Please write what belongs in the place of %(places)s: nothing here fits.")
NAMED_GOODS: Final = 3
_PLACE: Final = re.compile(r"\{([^{}]*)\}")


def _with_places(most: int) -> Judge:
    tidied = lines(most, needed=True)

    def judge(value: Any) -> Any:
        text = tidied(value)
        if set("{}") & set(_PLACE.sub("", text)):
            raise Wrong(BRACES)
        if any(name not in PLACES for name in _PLACE.findall(text)):
            raise Wrong(UNKNOWN_PLACE)
        return text

    return judge


def _topic(value: Any) -> Topic | None:
    if not value:
        return None
    if value not in set(Topic):
        raise Wrong(msg("Please choose one from the list."))
    return Topic(value)


_SHEET: Final = Sheet(
    "canned_answer",
    {
        "title_zh": line(60, needed=True),
        "title_en": line(80, needed=True),
        "topic": _topic,
        "text_zh": _with_places(1000),
        "text_en": _with_places(1000),
        "position": number(0, 9999),
        "active": flag(),
    },
    unique=("title_zh",),
)


def list_canned(session: Session, *, page: int = 1) -> Page[CannedAnswer]:
    statement = sa.select(CannedAnswer).order_by(CannedAnswer.position, CannedAnswer.id)
    return read_page(session, statement, number=page, scalars=True)


def canned_for(session: Session, topic: Topic) -> Sequence[CannedAnswer]:
    """What fits a conversation about this. One statement."""
    fits = sa.or_(CannedAnswer.topic.is_(None), CannedAnswer.topic == topic)
    statement = sa.select(CannedAnswer).where(CannedAnswer.active, fits)
    return session.scalars(statement.order_by(CannedAnswer.position, CannedAnswer.id).limit(100)).all()


def get_canned(session: Session, record_id: int) -> CannedAnswer:
    """Raises NotFound."""
    return get_row(session, CannedAnswer, record_id)


def save_canned(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    """Raises InvalidInput, NotFound."""
    saved = save_row(session, CannedAnswer, _SHEET, record_id, values, actor_id=actor_id, now=now)
    canned: CannedAnswer = saved.row
    return canned.id


def filled(session: Session, canned: CannedAnswer, conversation: Conversation, settings: ShopSettings) -> str:
    """In the buyer's language. A place that the conversation has nothing for stays as it is, and `refuse_open_places`
    keeps it from being sent. One statement at most.
    """
    english = conversation.language == "en"
    order, product = conversation.order, conversation.product
    name = conversation.user.name if conversation.user is not None else ""
    facts = {
        "order": order.number if order else "",
        "name": name or (order.recipient if order else ""),
        "goods": (product.name_en if english else product.name_zh)
        if product
        else _goods_of(session, conversation, english),
        "shop": settings.name_en if english else settings.name_zh,
        "phone": settings.phone,
        "hours": settings.hours_en if english else settings.hours_zh,
    }
    text = canned.text_en if english else canned.text_zh
    return _PLACE.sub(lambda found: facts.get(found[1]) or found[0], text)


def refuse_open_places(text: str) -> None:
    """Raises InvalidInput for an answer in which something is still to be filled in."""
    still_open = [f"{{{name}}}" for name in _PLACE.findall(text) if name in PLACES]
    if still_open:
        raise InvalidInput(STILL_OPEN, field="text", places=" ".join(dict.fromkeys(still_open)))


def _goods_of(session: Session, conversation: Conversation, english: bool) -> str:
    """The first goods of the order, and how many there are besides."""
    if conversation.order_id is None:
        return ""
    column = OrderLine.product_name_en if english else OrderLine.product_name_zh
    lines = session.scalars(
        sa.select(column).where(OrderLine.order_id == conversation.order_id).order_by(OrderLine.id)
    )
    names = list(dict.fromkeys(lines))
    named, more = names[:NAMED_GOODS], len(names) - NAMED_GOODS
    if english:
        return ", ".join(named) + (f" and {more} more" if more > 0 else "")
    return "、".join(named) + (f"等 {len(names)} 样" if more > 0 else "")
