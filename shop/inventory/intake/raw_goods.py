"""Raw goods as the shop's team writes them down: their grades, what each counts, and guide prices from a day on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.editing.rows import Sheet, get_row, save_row
from shop.accounts.editing.rules import Values, flag, line, number, slug
from shop.inventory.intake.models import GradePrice, RawGood, RawGrade
from shop.inventory.intake.weighing import HEAVIEST_G
from shop.inventory.intake.workshops import price_on
from shop.kit.clock import LATEST, shanghai_date
from shop.kit.errors import InvalidInput
from shop.kit.money import plain_yuan
from shop.kit.text import msg, tidy, tidy_lines
from shop.kit.typed_amounts import WrongNumber, read_fen, read_whole_number

MOST_GRADES: Final = 12
MOST_WEIGHT: Final = 1_000
RAW_GOOD: Final = Sheet(
    "raw_good",
    {
        "slug": slug(),
        "name_zh": line(40, needed=True),
        "name_en": line(80, needed=True),
        "usual_yield_bp": number(1, 10_000),
        "heaviest_g": number(500, HEAVIEST_G),
        "active": flag(),
    },
)
BAD_LINE: Final = msg(
    "Line %(line)s: please write Chinese name | English name | what it counts in per cent | guide price, such as"
    " 一级 | Grade 1 | 100 | 30.00. The price may be left out."
)
TWICE: Final = msg("Line %(line)s: a grade of this name stands above already.")
NO_GRADES: Final = msg("Please write one grade at least, and 12 at most.")
PRICE_STAYS: Final = msg(
    "Line %(line)s: a price that was set cannot be taken away. Please enter another, or leave the grade out."
)
NOT_BEFORE_TODAY: Final = msg("Prices count from today or a later day: slips of the past keep theirs.")


@dataclass(frozen=True, slots=True)
class GradeLine:
    """A grade as one line says it; no price: none was set."""

    name_zh: str
    name_en: str
    weight: int
    fen_per_jin: int | None


def get_raw_good(session: Session, record_id: int) -> RawGood:
    """Raises NotFound."""
    return get_row(session, RawGood, record_id)


def save_raw_good(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    """A raw good, in `grades` a line for each grade, and from which day new prices count. Raises InvalidInput."""
    wanted = read_grades(str(values.get("grades") or ""))
    today = shanghai_date(now)
    since: date = values.get("prices_from") or today
    if not today <= since <= LATEST:
        raise InvalidInput(NOT_BEFORE_TODAY, field="prices_from")
    saved = save_row(session, RawGood, RAW_GOOD, record_id, values, actor_id=actor_id, now=now)
    good_id: int = saved.row.id
    before = _grades(session, good_id)
    if grade_lines(session, good_id, on=since) != wanted:
        _write_grades(session, good_id, before, wanted)
        _write_prices(session, good_id, wanted, since, actor_id, now)
        facts = {"grades": as_lines(wanted).splitlines(), "prices_from": since.isoformat()}
        audit(session, actor_id, "raw_good.grades", "raw_good", good_id, facts, now=now)
    return good_id


def grade_lines(session: Session, good_id: int, *, on: date) -> list[GradeLine]:
    """The grades that are weighed in, with their prices of a day. One statement."""
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(RawGrade.name_zh, RawGrade.name_en, RawGrade.weight, price_on(on))
        .where(RawGrade.raw_good_id == good_id, RawGrade.active.is_(True))
        .order_by(RawGrade.position, RawGrade.id)
    )
    return [GradeLine(*row) for row in session.execute(statement)]


def all_raw_goods(session: Session, *, today: date) -> list[tuple[RawGood, list[GradeLine]]]:
    """Every raw good with its grades and today's prices. Two statements."""
    goods = session.scalars(sa.select(RawGood).order_by(RawGood.active.desc(), RawGood.id)).all()
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(RawGrade.raw_good_id, RawGrade.name_zh, RawGrade.name_en, RawGrade.weight, price_on(today))
        .where(RawGrade.active.is_(True))
        .order_by(RawGrade.position, RawGrade.id)
    )
    lines: dict[int, list[GradeLine]] = {}
    for good_id, *rest in session.execute(statement):
        lines.setdefault(good_id, []).append(GradeLine(*rest))
    return [(good, lines.get(good.id, [])) for good in goods]


def as_lines(grades: Sequence[GradeLine]) -> str:
    return "\n".join(
        " | ".join((one.name_zh, one.name_en, str(one.weight), *_price_text(one.fen_per_jin)))
        for one in grades
    )


def read_grades(text: str) -> list[GradeLine]:
    """Raises InvalidInput at `grades`, naming the line."""
    found: dict[str, GradeLine] = {}
    for count, typed in enumerate(tidy_lines(text).splitlines(), 1):
        if not typed:
            continue
        grade = _read_line(count, typed)
        if grade.name_zh in found:
            raise InvalidInput(TWICE, field="grades", line=count)
        found[grade.name_zh] = grade
    if not 0 < len(found) <= MOST_GRADES:
        raise InvalidInput(NO_GRADES, field="grades")
    return list(found.values())


def _read_line(count: int, typed: str) -> GradeLine:
    parts = [tidy(part) for part in typed.replace("｜", "|").split("|")]
    try:
        zh, en, counts, *price = parts
        weight = read_whole_number(counts.removesuffix("%"))
        fen = read_fen(price[0]) if price and price[0] else None
    except (ValueError, WrongNumber) as error:
        raise InvalidInput(BAD_LINE, field="grades", line=count) from error
    fits = zh and en and len(zh) <= 20 and len(en) <= 40 and len(price) <= 1 and fen != 0
    if not fits or not 1 <= weight <= MOST_WEIGHT:
        raise InvalidInput(BAD_LINE, field="grades", line=count)
    return GradeLine(zh, en, weight, fen)


def _grades(session: Session, good_id: int) -> dict[str, RawGrade]:
    found = session.scalars(sa.select(RawGrade).where(RawGrade.raw_good_id == good_id))
    return {grade.name_zh: grade for grade in found}


def _write_grades(
    session: Session, good_id: int, before: Mapping[str, RawGrade], wanted: Sequence[GradeLine]
) -> None:
    """What is no longer named is no longer weighed in; its slips stay."""
    for grade in before.values():
        grade.active = False
    for position, said in enumerate(wanted, 1):
        grade = before.get(said.name_zh) or RawGrade(raw_good_id=good_id, name_zh=said.name_zh)
        grade.name_en, grade.weight, grade.position, grade.active = said.name_en, said.weight, position, True
        session.add(grade)
    session.flush()


def _write_prices(
    session: Session,
    good_id: int,
    wanted: Sequence[GradeLine],
    since: date,
    actor_id: int | None,
    now: datetime,
) -> None:
    grades = _grades(session, good_id)
    standing = {line.name_zh: line.fen_per_jin for line in grade_lines(session, good_id, on=since)}
    for count, said in enumerate(wanted, 1):
        if said.fen_per_jin == standing[said.name_zh]:
            continue
        if said.fen_per_jin is None:
            raise InvalidInput(PRICE_STAYS, field="grades", line=count)
        session.add(
            GradePrice(
                grade_id=grades[said.name_zh].id,
                valid_from=since,
                fen_per_jin=said.fen_per_jin,
                set_at=now,
                set_by_id=actor_id,
            )
        )
    session.flush()


def _price_text(fen: int | None) -> tuple[str, ...]:
    return () if fen is None else (plain_yuan(fen),)
