"""Weighing in: a slip for each time a household brings raw goods, taken back by a counter-entry and never changed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from shop.accounts.audit import audit
from shop.catalogue.models import Household, Producer
from shop.inventory.intake.errors import IntakeTakenBack, IntakeUsed, UnusualWeight
from shop.inventory.intake.models import Intake, RawGood, RawGrade
from shop.inventory.intake.workshops import is_workshop, own_workshop, price_on
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.references import token_digest
from shop.kit.text import msg, tidy
from shop.kit.weights import plain_jin
from shop.storage.locks import LockRank, lock_row
from shop.storage.named_locks import lock_name

HEAVIEST_G: Final = 5_000_000  # five tonnes: no household brings more
LONGEST_REASON: Final = 200
NOTHING_WEIGHED: Final = msg("It has to weigh something, and less than 10,000 jin.")
SAY_WHY: Final = msg("Please say why.")
SAME_WEIGHT: Final = msg("That is the weight that the slip says already.")


@dataclass(frozen=True, slots=True)
class Weighing:
    """What the scale says. `sure_g`: the weight for which somebody looked twice.

    `weighed_at`: when, where a phone without a network sends it later; the price is that of its day.
    """

    producer_id: int
    household_id: int
    grade_id: int
    grams: int
    sure_g: int | None = None
    token: str = ""  # of the form: sent twice, it makes one slip
    weighed_at: datetime | None = None


def weigh_in(
    session: Session, weighing: Weighing, *, village_ids: Collection[int], actor_id: int | None, now: datetime
) -> Intake:
    """A new slip, with the next number of its workshop; the one there is for a form that was sent before.

    Locks the workshop's numbers. Raises NotFound for somebody else's workshop or household, InvalidInput,
    UnusualWeight.
    """
    lock_numbers(session, weighing.producer_id)
    known = _sent_before(session, weighing.token)
    if known is not None:
        return known
    own_workshop(session, weighing.producer_id, village_ids)
    _own_household(session, weighing.household_id, village_ids)
    grade = _grade(session, weighing.grade_id)
    if not 0 < weighing.grams <= HEAVIEST_G:
        raise InvalidInput(NOTHING_WEIGHED, field="weight")
    _look_twice(grade.raw_good, weighing)
    intake = _write(session, weighing, grade, actor_id, now)
    facts = {"household_id": intake.household_id, "grade_id": grade.id, "weight_g": intake.grams}
    audit(session, actor_id, "intake.weighed", "intake", intake.number, facts, now=now)
    return intake


def take_back(
    session: Session,
    intake_id: int,
    *,
    reason: str,
    right_g: int | None = None,
    sure_g: int | None = None,
    village_ids: Collection[int],
    actor_id: int | None,
    now: datetime,
) -> Intake:
    """Counter an intake of which nothing is used; with `right_g`, write a new slip with that weight.

    Returns the new slip, else the counter-entry. Locks the workshop's numbers and the intake. Raises NotFound,
    InvalidInput, IntakeUsed, IntakeTakenBack, UnusualWeight.
    """
    wrong = _own_intake(session, intake_id, village_ids)
    lock_numbers(session, wrong.producer_id)
    lock_row(session, LockRank.INTAKE, sa.select(Intake).where(Intake.id == intake_id))
    said = tidy(reason)[:LONGEST_REASON]
    _judge(wrong, said, right_g)
    counter = _counter(session, wrong, said, actor_id, now)
    facts = {"taken_back_by": counter.number, "weight_g": wrong.grams, "reason": said}
    audit(session, actor_id, "intake.taken_back", "intake", wrong.number, facts, now=now)
    if right_g is None:
        return counter
    again = Weighing(wrong.producer_id, wrong.household_id, wrong.grade_id, right_g, sure_g)
    return weigh_in(session, again, village_ids=village_ids, actor_id=actor_id, now=now)


def lock_numbers(session: Session, producer_id: int) -> None:
    """Who takes a workshop's next number, or its raw goods, takes turns with all others who do."""
    lock_name(session, f"intake/{producer_id}")


def _judge(wrong: Intake, reason: str, right_g: int | None) -> None:
    if wrong.reverses_id is not None or wrong.taken_back_g:
        raise IntakeTakenBack()
    if wrong.used_g:
        raise IntakeUsed()
    if not reason:
        raise InvalidInput(SAY_WHY, field="reason")
    if right_g == wrong.grams:
        raise InvalidInput(SAME_WEIGHT, field="weight")


def _write(
    session: Session, weighing: Weighing, grade: RawGrade, actor_id: int | None, now: datetime
) -> Intake:
    weighed_at = weighing.weighed_at or now
    today = shanghai_date(weighed_at)
    price = session.scalar(sa.select(price_on(today)).select_from(RawGrade).where(RawGrade.id == grade.id))
    intake = Intake(
        producer_id=weighing.producer_id,
        household_id=weighing.household_id,
        grade_id=grade.id,
        grams=weighing.grams,
        left_g=weighing.grams,
        weight=grade.weight,
        fen_per_jin=price,
        weighed_at=weighed_at,
        weighed_by_id=actor_id,
        token_hash=token_digest(weighing.token) if weighing.token else None,
    )
    return _number(session, intake)


def _counter(session: Session, wrong: Intake, reason: str, actor_id: int | None, now: datetime) -> Intake:
    counter = Intake(
        producer_id=wrong.producer_id,
        household_id=wrong.household_id,
        grade_id=wrong.grade_id,
        grams=-wrong.grams,
        weight=wrong.weight,
        fen_per_jin=wrong.fen_per_jin,
        weighed_at=now,
        weighed_by_id=actor_id,
        reverses_id=wrong.id,
        reason=reason,
    )
    wrong.left_g, wrong.taken_back_g = 0, wrong.grams
    return _number(session, counter)


def _number(session: Session, intake: Intake) -> Intake:
    """The next one of the workshop, such as RK7-00042, behind the lock of its numbers."""
    last = sa.select(sa.func.max(Intake.sequence)).where(Intake.producer_id == intake.producer_id)
    intake.sequence = (session.scalar(last) or 0) + 1
    intake.number = f"RK{intake.producer_id}-{intake.sequence:05d}"
    session.add(intake)
    session.flush()
    return intake


def _look_twice(raw_good: RawGood, weighing: Weighing) -> None:
    if raw_good.heaviest_g < weighing.grams != weighing.sure_g:
        raise UnusualWeight(
            grams=weighing.grams, jin=plain_jin(weighing.grams), most=plain_jin(raw_good.heaviest_g)
        )


def _sent_before(session: Session, token: str) -> Intake | None:
    if not token:
        return None
    return session.scalar(sa.select(Intake).where(Intake.token_hash == token_digest(token)))


def _grade(session: Session, grade_id: int) -> RawGrade:
    grade = session.scalar(
        sa.select(RawGrade)
        .join(RawGrade.raw_good)
        .where(RawGrade.id == grade_id, RawGrade.active.is_(True), RawGood.active.is_(True))
        .options(joinedload(RawGrade.raw_good))
    )
    if grade is None:
        raise NotFound()
    return grade


def _own_household(session: Session, household_id: int, village_ids: Collection[int]) -> None:
    found = sa.select(Household.id).where(
        Household.id == household_id, Household.village_id.in_(village_ids), Household.active.is_(True)
    )
    if session.scalar(found) is None:
        raise NotFound()


def _own_intake(session: Session, intake_id: int, village_ids: Collection[int]) -> Intake:
    intake = session.scalar(
        sa.select(Intake)
        .join(Producer, Producer.id == Intake.producer_id)
        .where(Intake.id == intake_id, is_workshop(village_ids))
    )
    if intake is None:
        raise NotFound()
    return intake
