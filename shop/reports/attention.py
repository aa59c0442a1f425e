"""What somebody should look at: short sentences that the figures of an overview suggest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Product, ProductStatus, StockState, Variant
from shop.kit.text import msg
from shop.ordering.claim_desk import open_claims
from shop.reports.overview import Line, Overview
from shop.reports.running import all_rows
from shop.reports.work import PUNCTUALITY

MOST: Final = 4
FELL, GREW = -10, 15  # per cent, against the period before
WORTH_FEN: Final = 50_000  # a category that sold less before says little


class Tone(StrEnum):
    BAD = "b"
    WAITING = "h"
    GOOD = "g"


@dataclass(frozen=True)
class Remark:
    """`title` and `hint` are message ids filled from `facts`; `report` is the one that shows more, or it is work."""

    tone: Tone
    icon: str
    title: str
    hint: str
    report: str | None
    facts: dict[str, Any] = field(default_factory=dict)


def remarks(session: Session, seen: Overview, language: str) -> list[Remark]:
    found = [*_claims(session), *_late(session, seen, language), *_changes(seen), *_sold_out(session)]
    return found[:MOST]


def change(line: Line) -> int | None:
    """By how many per cent it changed; None where there was next to nothing to compare with."""
    return (
        round((line.fen - line.before_fen) * 100 / line.before_fen) if line.before_fen >= WORTH_FEN else None
    )


def _claims(session: Session) -> Iterator[Remark]:
    waiting = open_claims(session)
    if waiting:
        title, hint = msg("Buyers wait for an answer: %(count)s"), msg("The oldest: order %(number)s")
        facts = {"count": len(waiting), "number": waiting[0].number}
        yield Remark(Tone.BAD, "chat-dots", title, hint, None, facts)


def _late(session: Session, seen: Overview, language: str) -> Iterator[Remark]:
    if not seen.now.late:
        return
    late = PUNCTUALITY.position("late")
    rows = all_rows(session, PUNCTUALITY, seen.span, language)
    worst = max(rows, key=lambda row: int(row[late]))
    facts = {"count": seen.now.late, "producer": f"{worst[0]} · {worst[1]}", "most": int(worst[late])}
    title, hint = msg("Ready too late: %(count)s tasks"), msg("Most of them: %(producer)s, %(most)s")
    yield Remark(Tone.BAD, "alarm", title, hint, PUNCTUALITY.name, facts)


def _changes(seen: Overview) -> Iterator[Remark]:
    changed = [(percent, line) for line in seen.categories if (percent := change(line)) is not None]
    if not changed:
        return
    fall, fallen = min(changed, key=lambda one: one[0])
    rise, risen = max(changed, key=lambda one: one[0])
    if fall <= FELL:
        title = msg("%(name)s sold %(percent)s %% less")
        facts = {"name": fallen.name, "percent": -fall}
        yield Remark(
            Tone.WAITING, "graph-down", title, msg("Sold out, or not wanted?"), "sales-by-product", facts
        )
    if rise >= GREW:
        title = msg("%(name)s sold %(percent)s %% more")
        facts = {"name": risen.name, "percent": rise}
        yield Remark(
            Tone.GOOD, "graph-up", title, msg("Is there enough of it in the lots?"), "stock-by-lot", facts
        )


def _sold_out(session: Session) -> Iterator[Remark]:
    packs = session.execute(
        sa.select(sa.func.count(Variant.id), sa.func.min(Variant.sku))
        .join(Product, Product.id == Variant.product_id)
        .where(
            Product.status == ProductStatus.PUBLISHED,
            Variant.active,
            Variant.stock_state == StockState.SOLD_OUT,
        )
    ).one()
    count, example = packs
    if count:
        title, hint = msg("Sold out: %(count)s packs"), msg("Among them %(sku)s")
        yield Remark(Tone.WAITING, "basket", title, hint, "stock-by-lot", {"count": count, "sku": example})
