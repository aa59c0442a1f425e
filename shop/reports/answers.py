"""How soon buyers who write to the shop are answered, and how content they are."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.catalogue.models import Product
from shop.conversations.models import Conversation, ConversationRating
from shop.kit.text import msg
from shop.ordering.models import Order
from shop.reports.definition import (
    Behind,
    Column,
    Fact,
    Findings,
    Group,
    Report,
    Span,
    Unit,
    localised,
)
from shop.storage.expressions import shanghai_week

_BY_OPENING: Final = msg(
    "By the day on which the buyer wrote first. Minutes are those of working time; of ten answers nine came within the last figure. What the shop has not answered yet is in neither."
)
_CONTENT: Final = 4  # of five


def _opened_in(span: Span) -> sa.ColumnElement[bool]:
    start, end = span.moments
    return sa.and_(Conversation.opened_at >= start, Conversation.opened_at < end)


def _ratings() -> sa.Subquery:
    """Of each conversation: how often it was rated, how often well, and the newest."""
    well = sa.case((ConversationRating.score >= _CONTENT, 1), else_=0)
    return (
        sa.select(
            ConversationRating.conversation_id.label("conversation_id"),
            sa.func.count(ConversationRating.id).label("rated"),
            sa.func.sum(well).label("well"),
            sa.func.max(ConversationRating.closing).label("closing"),
        )
        .group_by(ConversationRating.conversation_id)
        .subquery()
    )


def _ranked(span: Span) -> sa.Subquery:
    """Each conversation with its place among those of its week: by the minutes to an answer, and until settled."""
    ratings, week = _ratings(), shanghai_week(Conversation.opened_at)
    columns: list[Any] = [
        week.label("week"),
        sa.case((Conversation.answered_in_time.is_(True), 1), else_=0).label("in_time"),
        sa.func.coalesce(ratings.c.rated, 0).label("rated"),
        sa.func.coalesce(ratings.c.well, 0).label("well"),
    ]
    for name, minutes in (("answer", Conversation.answer_minutes), ("resolve", Conversation.resolve_minutes)):
        unknown = sa.case((minutes.is_(None), 1), else_=0)
        place = sa.func.row_number().over(partition_by=week, order_by=(unknown, minutes, Conversation.id))
        known = sa.func.count(minutes).over(partition_by=week)
        columns += [minutes.label(name), place.label(f"{name}_place"), known.label(f"{name}_known")]
    return (
        sa.select(*columns)
        .outerjoin(ratings, ratings.c.conversation_id == Conversation.id)
        .where(_opened_in(span))
        .subquery()
    )


def _by_week(span: Span, _language: str) -> sa.Select[Any]:
    ranked = _ranked(span)
    column = ranked.c

    def nearest(name: str, tenths: int) -> sa.ColumnElement[int]:
        """The value below which so many tenths lie, by the nearest rank."""
        rank = (column[f"{name}_known"] * tenths + 9) // 10
        return sa.func.max(sa.case((column[f"{name}_place"] == rank, column[name])))

    def total(name: str) -> sa.ColumnElement[int]:
        return sa.cast(sa.func.sum(column[name]), sa.BigInteger)

    return (
        sa.select(
            column.week,
            sa.func.count(),
            sa.func.count(column.answer),
            total("in_time"),
            nearest("answer", 5),
            nearest("answer", 9),
            nearest("resolve", 5),
            total("rated"),
            total("well") * 10_000 // sa.cast(sa.func.nullif(total("rated"), 0), sa.BigInteger),
        )
        .select_from(ranked)
        .group_by(column.week)
        .order_by(column.week)
    )


def _content(session: Session, span: Span) -> Findings:
    """The mean of what buyers said, of five."""
    score, count = session.execute(
        sa.select(sa.func.avg(ConversationRating.score), sa.func.count(ConversationRating.id))
        .join(Conversation, Conversation.id == ConversationRating.conversation_id)
        .where(_opened_in(span))
    ).one()
    mean = float(score) if count else None
    return Findings((Fact(msg("Satisfaction, mean of 1 to 5"), mean, is_ratio=True),))


SERVICE_BY_WEEK = Report(
    "service-by-week",
    msg("Customer service by week"),
    (
        Column("week", msg("Week from Monday"), Unit.WEEK),
        Column("opened", msg("Conversations"), Unit.COUNT, total=True),
        Column("answered", msg("Answered"), Unit.COUNT, total=True),
        Column("in_time", msg("Answered in time"), Unit.COUNT, total=True),
        Column("median", msg("Median minutes to a first answer"), Unit.COUNT),
        Column("ninety", msg("Nine of ten within minutes"), Unit.COUNT),
        Column("resolve", msg("Median minutes until settled"), Unit.COUNT),
        Column("rated", msg("Ratings"), Unit.COUNT, total=True),
        Column("content", msg("Content (4 or 5 of 5)"), Unit.SHARE),
    ),
    _by_week,
    Group.ORDERS,
    chart=("week", "opened"),
    findings=_content,
    note=_BY_OPENING,
    behind=(Behind("conversations", ("opened",), within="week"),),
)


def _conversations(span: Span, language: str) -> sa.Select[Any]:
    ratings = _ratings()
    goods = localised(language, Product.name_zh, Product.name_en)
    newest = sa.and_(
        ConversationRating.conversation_id == Conversation.id,
        ConversationRating.closing == ratings.c.closing,
    )
    return (
        sa.select(
            *(Conversation.opened_at, Conversation.topic, Order.number, sa.func.coalesce(goods, "")),
            *(Conversation.status, sa.func.coalesce(User.name, "")),
            *(Conversation.first_answered_at, Conversation.answer_minutes),
            *(Conversation.closed_at, Conversation.resolve_minutes),
            *(ConversationRating.score, sa.func.coalesce(ConversationRating.text, "")),
        )
        .select_from(Conversation)
        .outerjoin(Order, Order.id == Conversation.order_id)
        .outerjoin(Product, Product.id == Conversation.product_id)
        .outerjoin(User, User.id == Conversation.assignee_id)
        .outerjoin(ratings, ratings.c.conversation_id == Conversation.id)
        .outerjoin(ConversationRating, newest)
        .where(_opened_in(span))
        .order_by(Conversation.opened_at, Conversation.id)
    )


CONVERSATIONS = Report(
    "conversations",
    msg("Conversations with buyers"),
    (
        Column("opened_at", msg("Written on"), Unit.MOMENT),
        Column("topic", msg("About"), Unit.SERVICE),
        Column("order", msg("Order number"), Unit.ORDER),
        Column("goods", msg("Goods")),
        Column("status", msg("State"), Unit.SERVICE),
        Column("assignee", msg("Looked after by")),
        Column("answered_at", msg("First answer"), Unit.MOMENT),
        Column("answer_minutes", msg("Minutes to a first answer"), Unit.COUNT),
        Column("closed_at", msg("Closed"), Unit.MOMENT),
        Column("resolve_minutes", msg("Minutes until settled"), Unit.COUNT),
        Column("score", msg("Satisfaction (1 to 5)"), Unit.COUNT),
        Column("words", msg("What the buyer said of it")),
    ),
    _conversations,
    Group.ORDERS,
    note=_BY_OPENING,
)
