"""Doing with one task what a text message says of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from shop.fulfilment.declining import decline
from shop.fulfilment.gift_tasks import with_its_gift
from shop.fulfilment.models import TaskStatus
from shop.fulfilment.reach import farmer
from shop.fulfilment.readiness import mark_ready
from shop.fulfilment.replies import answers
from shop.fulfilment.replies.grammar import Reply, Word
from shop.fulfilment.replies.models import ReplyOutcome
from shop.fulfilment.replies.tasks import MeantTask, Writer, all_of, missing_before
from shop.fulfilment.shortage import fall_short

NO_GOODS: Final = "没有货"


@dataclass(frozen=True, slots=True)
class Said:
    """What became of a message, and what its sender reads."""

    outcome: ReplyOutcome
    answer: str
    task_id: int | None = None


def carry_out(session: Session, reply: Reply, task: MeantTask, by: Writer, *, now: datetime) -> Said:
    """Raises Conflict where somebody was faster in this very moment."""
    if reply.word is Word.READY and task.status is TaskStatus.READY:
        return Said(ReplyOutcome.DONE, answers.ready_before(task), task.id)
    if not task.waits:
        return Said(ReplyOutcome.TOO_LATE, answers.too_late(task), task.id)
    together = with_its_gift(session, task.id)
    if reply.word is Word.READY:
        mark_ready(session, together, by=farmer(by.user_id, by.producer_ids), now=now)
        return Said(ReplyOutcome.DONE, answers.ready(all_of(session, task, together)), task.id)
    if len(together) > 1:
        return Said(ReplyOutcome.UNCLEAR, answers.several_parcels(task), task.id)
    if reply.word is Word.NONE:
        return _decline(session, task, by, now)
    return _fall_short(session, reply.units, task, by, now)


def _decline(session: Session, task: MeantTask, by: Writer, now: datetime) -> Said:
    all_found = decline(session, task.id, NO_GOODS, by=farmer(by.user_id, by.producer_ids), now=now)
    return Said(ReplyOutcome.DONE, answers.declined(task, all_found=all_found), task.id)


def _fall_short(session: Session, missing: int, task: MeantTask, by: Writer, now: datetime) -> Said:
    """Counted from what the task had at first, so that the same message sent twice takes nothing more away."""
    if len(task.goods) > 1:
        return Said(ReplyOutcome.UNCLEAR, answers.several_kinds(task), task.id)
    has = task.goods[0].units
    at_first = has + missing_before(session, task)
    left = at_first - missing
    if left < 0:
        return Said(ReplyOutcome.UNCLEAR, answers.not_so_many(task, at_first), task.id)
    if left == 0:
        return _decline(session, task, by, now)
    if left >= has:
        return Said(ReplyOutcome.DONE, answers.short_before(task, has), task.id)
    keeps = {task.goods[0].variant_id: left}
    all_found = fall_short(session, task.id, keeps, by=farmer(by.user_id, by.producer_ids), now=now)
    return Said(ReplyOutcome.DONE, answers.short(task, missing, left, all_found=all_found), task.id)
