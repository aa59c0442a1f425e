"""What packs cost and since when, as the audit trail has it: every price that was set, lowered for a time, or came back."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from shop.accounts.models import AuditEntry, User
from shop.catalogue.models import Product, Variant
from shop.kit.text import msg
from shop.reports.definition import Column, Group, Report, Span, Unit, key_column, localised

_SET: Final = ("variant.created", "variant.changed")  # their facts: [before, after] by field
_OVER: Final = ("price.ended", "price.called_off")
_TIMED: Final = ("price.begun", *_OVER)  # their facts: the price for a time, and what it is instead of


def _fen(*path: str | int) -> sa.ColumnElement[int]:
    fen: sa.ColumnElement[int] = AuditEntry.facts[path].as_integer()
    return fen


def _changes() -> sa.CompoundSelect[Any]:
    """One row a change. A price for a time that was called off before it began changed nothing."""
    who = (AuditEntry.id, AuditEntry.at, AuditEntry.actor_id, AuditEntry.action)
    pack = sa.cast(AuditEntry.subject_id, sa.Integer).label("variant_id")
    is_over = AuditEntry.action.in_(_OVER)
    lowered, usual = _fen("price_fen"), _fen("former_fen")
    set_once = sa.select(
        *who,
        pack,
        _fen("price_fen", 0).label("before_fen"),
        _fen("price_fen", 1).label("after_fen"),
        sa.literal("").label("reason"),
    ).where(AuditEntry.action.in_(_SET), _fen("price_fen", 1).is_not(None))
    for_a_time = sa.select(
        *who,
        pack,
        sa.case((is_over, lowered), else_=usual),
        sa.case((is_over, usual), else_=lowered),
        sa.func.coalesce(AuditEntry.facts["reason"].as_string(), ""),
    ).where(AuditEntry.action.in_(_TIMED), usual > 0)
    return sa.union_all(set_once, for_a_time)


def _history(span: Span, language: str) -> sa.Select[Any]:
    (start, end), change = span.moments, _changes().subquery()
    return (
        sa.select(
            change.c.at,
            localised(language, Product.name_zh, Product.name_en),
            localised(language, Variant.name_zh, Variant.name_en),
            Variant.sku,
            change.c.before_fen,
            change.c.after_fen,
            sa.case(
                (change.c.action == "price.begun", "lowered"),
                (change.c.action.in_(_OVER), "back"),
                (change.c.before_fen.is_(None), "first"),
                else_="set",
            ),
            change.c.reason,
            sa.func.coalesce(User.name, ""),
            Variant.id,
        )
        .join(Variant, Variant.id == change.c.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(User, User.id == change.c.actor_id)
        .where(change.c.at >= start, change.c.at < end)
        .order_by(change.c.at.desc(), change.c.id.desc())
    )


PRICE_HISTORY = Report(
    "price-history",
    msg("Price history"),
    (
        Column("at", msg("Changed at"), Unit.MOMENT),
        Column("product", msg("Product")),
        Column("variant", msg("Pack")),
        Column("sku", msg("SKU")),
        Column("before_fen", msg("Price before"), Unit.FEN),
        Column("after_fen", msg("Price from then on"), Unit.FEN),
        Column("what", msg("What happened"), Unit.PRICE_CHANGE),
        Column("why", msg("Reason")),
        Column("by", msg("By")),
        key_column("variant_id"),
    ),
    _history,
    Group.SELLING,
    note=msg(
        "Every change of a pack's price that the shop made or that began or ended by itself. What a pack cost when it was first brought in from a file is in it only once it was changed."
    ),
    narrows=(("variant_id", "sku"),),
)
