"""A text message came in: carried out once, by the same steps as the buttons, and answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.text_choice import choose_texts
from shop.fulfilment.events import TextAnswered
from shop.fulfilment.replies import answers
from shop.fulfilment.replies.carrying_out import Said, carry_out
from shop.fulfilment.replies.grammar import LONGEST, Reply, Word, read_reply
from shop.fulfilment.replies.models import ReplyOutcome, TextReply
from shop.fulfilment.replies.tasks import (
    MeantTask,
    Writer,
    newest_task,
    numbered_task,
    waiting_tasks,
    writers,
)
from shop.kit.text import tidy
from shop.storage.event_log import record
from shop.storage.named_locks import lock_name

KEPT: Final = timedelta(days=90)
# A telephone that answers by itself would be answered for ever, and each message costs the shop.
MOST_ANSWERED: Final = 20
ANSWERED_WITHIN: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class IncomingText:
    """`id` is the provider's name for it; `phone` in E.164."""

    id: str
    phone: str
    text: str


def find_reply(session: Session, provider_id: str) -> TextReply | None:
    return session.scalar(sa.select(TextReply).where(TextReply.provider_id == provider_id))


def take_reply(session: Session, came: IncomingText, *, now: datetime) -> TextReply:
    """What became of it, now or before. Raises what the step raises that it asks for: then nothing is written."""
    lock_name(session, f"text reply:{came.id}")
    known = find_reply(session, came.id)
    if known is not None:
        return known
    people = writers(session, came.phone)
    if not people:
        return _write(session, came, None, Said(ReplyOutcome.STRANGER, ""), now)
    return _write(session, came, people[0], _answer(session, came.text, people, now), now)


def note_too_late(session: Session, came: IncomingText, *, now: datetime) -> TextReply:
    """Somebody was faster in the very moment: said as it stands now."""
    lock_name(session, f"text reply:{came.id}")
    known = find_reply(session, came.id)
    people = writers(session, came.phone)
    if known is not None or not people:
        return known or _write(session, came, None, Said(ReplyOutcome.STRANGER, ""), now)
    reply = read_reply(came.text)
    task = _named_or_newest(session, reply.number if reply else "", _producers(people), now)
    said = (
        Said(ReplyOutcome.TOO_LATE, answers.too_late(task), task.id)
        if task
        else Said(ReplyOutcome.UNCLEAR, answers.NOTHING_WAITS)
    )
    return _write(session, came, people[0], said, now)


def forget_old_replies(session: Session, *, now: datetime) -> None:
    """What people wrote, after 90 days."""
    session.execute(sa.delete(TextReply).where(TextReply.received_at < now - KEPT))


def _answer(session: Session, text: str, people: list[Writer], now: datetime) -> Said:
    reply = read_reply(text)
    if reply is None:
        waits = waiting_tasks(session, _producers(people))
        unclear = answers.UNCLEAR if waits else answers.UNCLEAR_AND_NOTHING_WAITS
        return Said(ReplyOutcome.UNCLEAR, unclear)
    if reply.word is Word.POLITE:
        waits = waiting_tasks(session, _producers(people))
        return Said(ReplyOutcome.POLITE, answers.still_waits(waits) if waits else "")
    if reply.word in {Word.STOP, Word.START}:
        return _choose(session, people, wants=reply.word is Word.START, now=now)
    task = _meant(session, reply, _producers(people), now)
    if isinstance(task, Said):
        return task
    by = next(one for one in people if task.producer_id in one.producer_ids)
    return carry_out(session, reply, task, by, now=now)


def _meant(session: Session, reply: Reply, producer_ids: frozenset[int], now: datetime) -> MeantTask | Said:
    """The task that is named, or the only one that waits; else what to say."""
    waiting = waiting_tasks(session, producer_ids)
    if not reply.number and len(waiting) == 1:
        return waiting[0]
    if not reply.number and waiting:
        return Said(ReplyOutcome.WHICH, answers.which(waiting))
    found = _named_or_newest(session, reply.number, producer_ids, now)
    if found is not None:
        return found
    if reply.number:
        return Said(ReplyOutcome.UNCLEAR, answers.no_such_number(reply.number, waiting))
    return Said(ReplyOutcome.UNCLEAR, answers.NOTHING_WAITS)


def _named_or_newest(
    session: Session, number: str, producer_ids: frozenset[int], now: datetime
) -> MeantTask | None:
    if number:
        return numbered_task(session, producer_ids, number, now=now)
    return newest_task(session, producer_ids, now=now)


def _choose(session: Session, people: list[Writer], *, wants: bool, now: datetime) -> Said:
    """For everybody who has this telephone: it is the telephone that rings."""
    for one in people:
        choose_texts(session, one.user_id, wants=wants, actor_id=one.user_id, now=now)
    return Said(ReplyOutcome.CHOSEN, answers.STARTED if wants else answers.STOPPED)


def _write(session: Session, came: IncomingText, by: Writer | None, said: Said, now: datetime) -> TextReply:
    answer = said.answer if by is not None and _may_answer(session, by.user_id, now) else ""
    reply = TextReply(
        provider_id=came.id,
        user_id=by.user_id if by else None,
        task_id=said.task_id,
        text=tidy(came.text)[:LONGEST] if by else "",
        received_at=now,
        outcome=said.outcome,
        answer=answer,
    )
    session.add(reply)
    session.flush()
    if by is not None and answer:
        record(session, TextAnswered(reply.id, by.user_id, answer, now))
    return reply


def _may_answer(session: Session, user_id: int, now: datetime) -> bool:
    lately = sa.select(sa.func.count(TextReply.id)).where(
        TextReply.user_id == user_id, TextReply.received_at > now - ANSWERED_WITHIN, TextReply.answer != ""
    )
    return (session.scalar(lately) or 0) < MOST_ANSWERED


def _producers(people: list[Writer]) -> frozenset[int]:
    return frozenset().union(*(one.producer_ids for one in people))
