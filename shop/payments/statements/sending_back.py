"""What is left of a receipt was sent back, or is here again after all: above the shop's limit two persons say so.

Until the second has said that it was sent back, the money stays in suspense and nothing can be paid with it. What was
sent back is noted for good: taken up again it needs a reason, and the note says who said what.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.ordering.reasons import Reason
from shop.payments.bank_names import lock_bank_names, refuse_receipts_name, refuse_refunds_name
from shop.payments.errors import NotByOnePerson, ProposalAgreed, ProposalTakenBack
from shop.payments.events import ReceiptsChanged
from shop.payments.refund_settling import bank_reference
from shop.payments.second_person import needs_second
from shop.payments.statements.errors import (
    LineUsed,
    ReasonNeeded,
    RestIsGoingBack,
)
from shop.payments.statements.matches import lock_lines
from shop.payments.statements.models import LineStatus, RestDeed, RestNote, RestNoteStatus, StatementLine
from shop.storage.event_log import record

LONGEST_REASON: Final = 200
GOING: Final = (Reason.REST_SENT_BACK, Reason.REST_GOING_BACK)


def put_sent_back(session: Session, line_id: int, sent_as: str, *, actor_id: int, now: datetime) -> str:
    """Somebody says that what is left of an open receipt was sent back; returns how it stands now.

    Saying it twice is once, and no second person. Locks the line. Raises LineUsed, NotFound, InvalidInput above the
    limit without the bank's reference; SentAsReceipt, SentAsRefund where that stands already.
    """
    lock_bank_names(session)
    (line,) = lock_lines(session, [line_id])
    if line.status is LineStatus.SET_ASIDE and line.reason in GOING:
        return line.reason
    if line.status is not LineStatus.OPEN:
        raise LineUsed()
    named, left_fen = bank_reference(sent_as), line.amount_fen - line.matched_fen
    waits = needs_second(session, left_fen)
    if waits and not named:
        raise InvalidInput(errors={"sent_as": msg("Please enter what the bank calls the transfer.")})
    if named:
        refuse_receipts_name(session, named)
        refuse_refunds_name(session, named)
    line.status, line.sent_as = LineStatus.SET_ASIDE, named
    line.set_aside_by_id, line.set_aside_at = actor_id, now
    note = _note(session, line, RestDeed.SENT_BACK, actor_id, now, waits=waits)
    note.sent_as = named
    if waits:
        line.reason = Reason.REST_GOING_BACK.value
        _tell(session, f"statement.{note.deed}_proposed", note, actor_id, now)
    else:
        _count_sent(session, line, note, actor_id, now)
    return line.reason


def take_sent_back_up(
    session: Session, line: StatementLine, reason: str, *, actor_id: int, now: datetime
) -> None:
    """It is here again, or never left. The line is locked, and open afterwards unless a second person has to agree.

    Asking twice is once. Raises ReasonNeeded, RestIsGoingBack while it is not settled that it left.
    """
    if line.reason == Reason.REST_GOING_BACK:
        raise RestIsGoingBack()
    if _open_note(session, line.id) is not None:
        return
    why = tidy(reason)[:LONGEST_REASON]
    if not why:
        raise ReasonNeeded(field="reason")
    waits = needs_second(session, line.amount_fen - line.matched_fen)
    note = _note(session, line, RestDeed.TAKEN_UP, actor_id, now, waits=waits)
    note.sent_as, note.reason = line.sent_as, why
    if waits:
        _tell(session, f"statement.{note.deed}_proposed", note, actor_id, now)
    else:
        _open_again(session, line, note, actor_id, now)


def about_note(session: Session, note_id: int) -> tuple[int, RestDeed]:
    """The line that it is about, and what it says. Raises NotFound."""
    row = session.execute(
        sa.select(RestNote.line_id, RestNote.deed).where(RestNote.id == note_id)
    ).one_or_none()
    if row is None:
        raise NotFound()
    return row[0], row[1]


def agree_to_note(session: Session, note_id: int, *, actor_id: int, now: datetime) -> bool:
    """The second person says the same. False when that was done before.

    Raises NotFound, NotByOnePerson for who said it, ProposalTakenBack when it was withdrawn.
    """
    line, note = _lock(session, note_id)
    if note.status is RestNoteStatus.WITHDRAWN:
        raise ProposalTakenBack()
    if note.status is RestNoteStatus.COUNTS:
        return False
    if note.said_by_id == actor_id:
        raise NotByOnePerson()
    note.status, note.decided_by_id, note.decided_at = RestNoteStatus.COUNTS, actor_id, now
    act = _count_sent if note.deed is RestDeed.SENT_BACK else _open_again
    act(session, line, note, actor_id, now)
    return True


def withdraw_note(session: Session, note_id: int, *, actor_id: int, now: datetime) -> bool:
    """Either of them takes it back; False when that was done before. Raises NotFound, ProposalAgreed."""
    line, note = _lock(session, note_id)
    if note.status is RestNoteStatus.WITHDRAWN:
        return False
    if note.status is RestNoteStatus.COUNTS:
        raise ProposalAgreed()
    note.status, note.decided_by_id, note.decided_at = RestNoteStatus.WITHDRAWN, actor_id, now
    if note.deed is RestDeed.SENT_BACK:
        _open(line)
    _tell(session, f"statement.{note.deed}_withdrawn", note, actor_id, now)
    return True


def _note(
    session: Session, line: StatementLine, deed: RestDeed, actor_id: int, now: datetime, *, waits: bool
) -> RestNote:
    note = RestNote(
        line_id=line.id,
        deed=deed,
        status=RestNoteStatus.PROPOSED if waits else RestNoteStatus.COUNTS,
        amount_fen=line.amount_fen - line.matched_fen,
        said_by_id=actor_id,
        said_at=now,
    )
    session.add(note)
    session.flush()
    return note


def _lock(session: Session, note_id: int) -> tuple[StatementLine, RestNote]:
    line_id, _ = about_note(session, note_id)
    (line,) = lock_lines(session, [line_id])
    return line, session.get_one(RestNote, note_id, populate_existing=True)


def _open_note(session: Session, line_id: int) -> RestNote | None:
    waits = RestNote.status == RestNoteStatus.PROPOSED
    return session.scalar(sa.select(RestNote).where(RestNote.line_id == line_id, waits))


def _count_sent(session: Session, line: StatementLine, note: RestNote, actor_id: int, now: datetime) -> None:
    line.reason = Reason.REST_SENT_BACK.value
    record(session, ReceiptsChanged((line.id,), now))
    _tell(session, "statement.line_sent_back", note, actor_id, now)


def _open_again(session: Session, line: StatementLine, note: RestNote, actor_id: int, now: datetime) -> None:
    _open(line)
    record(session, ReceiptsChanged((line.id,), now))
    _tell(session, "statement.sent_back_taken_up", note, actor_id, now)


def _open(line: StatementLine) -> None:
    line.status, line.reason, line.sent_as = LineStatus.OPEN, "", ""
    line.set_aside_by_id = line.set_aside_at = None


def _tell(session: Session, action: str, note: RestNote, actor_id: int, now: datetime) -> None:
    facts = {"amount_fen": note.amount_fen, "reference": note.sent_as, "reason": note.reason}
    audit(session, actor_id, action, "bank_line", note.line_id, facts, now=now)
