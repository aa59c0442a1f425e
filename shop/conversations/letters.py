"""Thanks on their way: the coordinator reads them first, the household answers, the coordinator sends the answer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.catalogue.models import Household, Village
from shop.conversations.errors import AlreadyAnswered
from shop.conversations.events import ThanksAnswered
from shop.conversations.thanks_models import LetterState, ReadyReply, SignedAs, Thanks, ThanksLetter
from shop.conversations.typed import LONGEST_THANKS, words, words_without_contacts
from shop.kit.errors import NotFound
from shop.storage.event_log import record
from shop.storage.paging import Page, read_page

SHOWN_AT_ONCE: Final = 20
WAITING_FOR_COORDINATOR: Final = (LetterState.WAITING, LetterState.REPLIED)
READ_BY_HOUSEHOLD: Final = (LetterState.SHOWN, LetterState.REPLIED, LetterState.SENT)


@dataclass(frozen=True)
class Letter:
    """Nothing in it says who the buyer is."""

    id: int
    state: LetterState
    text: str
    signed_as: SignedAs
    at: datetime
    alias_zh: str
    alias_en: str
    village_zh: str
    village_en: str
    ready_reply: ReadyReply | None
    reply: str
    reason: str
    read_at: datetime | None


@dataclass(frozen=True)
class LetterReach:
    """Whose letters somebody handles: those of some villages, some households, or all of them."""

    village_ids: Collection[int] = ()
    household_ids: Collection[int] = ()
    everything: bool = False

    def holds(self) -> sa.ColumnElement[bool]:
        if self.everything:
            return sa.true()
        of_villages = sa.select(Household.id).where(Household.village_id.in_(self.village_ids))
        return sa.or_(
            ThanksLetter.household_id.in_(self.household_ids), ThanksLetter.household_id.in_(of_villages)
        )


def find_letters(
    session: Session, reach: LetterReach, *, states: Sequence[LetterState] = tuple(LetterState), page: int = 1
) -> Page[Letter]:
    """What waits for the coordinator first, then the newest. Two statements."""
    waits = ThanksLetter.state.in_(WAITING_FOR_COORDINATOR)
    statement = (
        sa.select(
            *(ThanksLetter.id, ThanksLetter.state, Thanks.text, Thanks.signed_as, Thanks.at),
            *(Household.alias_zh, Household.alias_en, Village.name_zh, Village.name_en),
            *(ThanksLetter.ready_reply, ThanksLetter.reply, ThanksLetter.reason, ThanksLetter.read_at),
        )
        .join(Thanks, Thanks.id == ThanksLetter.thanks_id)
        .join(Household, Household.id == ThanksLetter.household_id)
        .join(Village, Village.id == Household.village_id)
        .where(reach.holds(), ThanksLetter.state.in_(states))
        .order_by(sa.case((waits, 0), else_=1), Thanks.at.desc(), ThanksLetter.id.desc())
    )
    return read_page(session, statement, number=page, size=SHOWN_AT_ONCE).map(lambda row: Letter(*row))


def letters_counted(village_ids: Collection[int]) -> sa.Select[Any]:
    """How many wait for their coordinator."""
    return (
        sa.select(sa.func.count(ThanksLetter.id))
        .join(Household, Household.id == ThanksLetter.household_id)
        .where(Household.village_id.in_(village_ids), ThanksLetter.state.in_(WAITING_FOR_COORDINATOR))
    )


def unread_letters(session: Session, household_ids: Collection[int]) -> tuple[int, int]:
    """How many a household has, and how many of them it has not opened. One statement."""
    new = sa.case((ThanksLetter.read_at.is_(None), 1), else_=0)
    all_of_them, unread = session.execute(
        sa.select(sa.func.count(ThanksLetter.id), sa.func.coalesce(sa.func.sum(new), 0)).where(
            ThanksLetter.household_id.in_(household_ids), ThanksLetter.state.in_(READ_BY_HOUSEHOLD)
        )
    ).one()
    return int(all_of_them), int(unread)


def show_letter(
    session: Session, letter_id: int, reach: LetterReach, *, actor_id: int, now: datetime
) -> None:
    """The household may read it. Raises NotFound, AlreadyAnswered."""
    _move(
        session,
        letter_id,
        reach,
        (LetterState.WAITING,),
        state=LetterState.SHOWN,
        looked_by_id=actor_id,
        looked_at=now,
    )
    audit(session, actor_id, "thanks.shown", "thanks", letter_id, {}, now=now)


def keep_back(
    session: Session, letter_id: int, reason: str, reach: LetterReach, *, actor_id: int, now: datetime
) -> None:
    """The household does not read it, or not any more. Raises NotFound, AlreadyAnswered, InvalidInput."""
    said = words(reason, 200, field="reason")
    _move(
        session,
        letter_id,
        reach,
        (LetterState.WAITING, LetterState.SHOWN),
        state=LetterState.KEPT_BACK,
        looked_by_id=actor_id,
        looked_at=now,
        reason=said,
    )
    audit(session, actor_id, "thanks.kept_back", "thanks", letter_id, {"reason": said}, now=now)


def tap_reply(session: Session, letter_id: int, reply: ReadyReply | None, reach: LetterReach) -> None:
    """What the household answers, and None to take it back, until it is sent. Raises NotFound, AlreadyAnswered."""
    state = LetterState.SHOWN if reply is None else LetterState.REPLIED
    _move(session, letter_id, reach, (LetterState.SHOWN, LetterState.REPLIED), state=state, ready_reply=reply)


def send_reply(
    session: Session, letter_id: int, text: str, reach: LetterReach, *, actor_id: int, now: datetime
) -> None:
    """What the household says, tapped or told, goes to the buyer. Raises NotFound, AlreadyAnswered, InvalidInput."""
    said = words_without_contacts(text, LONGEST_THANKS, field="reply")
    _move(
        session,
        letter_id,
        reach,
        (LetterState.SHOWN, LetterState.REPLIED),
        state=LetterState.SENT,
        reply=said,
        sent_by_id=actor_id,
        sent_at=now,
    )
    order_id = session.scalar(
        sa.select(Thanks.order_id)
        .join(ThanksLetter, ThanksLetter.thanks_id == Thanks.id)
        .where(ThanksLetter.id == letter_id)
    )
    if order_id is None:
        raise NotFound()
    audit(session, actor_id, "thanks.reply_sent", "thanks", letter_id, {}, now=now)
    record(session, ThanksAnswered(letter_id, order_id))


def note_letters_read(session: Session, household_ids: Collection[int], *, now: datetime) -> None:
    session.execute(
        sa.update(ThanksLetter)
        .where(
            ThanksLetter.household_id.in_(household_ids),
            ThanksLetter.state.in_(READ_BY_HOUSEHOLD),
            ThanksLetter.read_at.is_(None),
        )
        .values(read_at=now),
        execution_options={"synchronize_session": False},
    )


def _move(
    session: Session, letter_id: int, reach: LetterReach, of: Sequence[LetterState], **values: Any
) -> None:
    """By one statement, so that of two who press at once one is too late."""
    own = sa.and_(ThanksLetter.id == letter_id, reach.holds())
    moved = session.execute(
        sa.update(ThanksLetter)
        .where(own, ThanksLetter.state.in_(of))
        .values(**values)
        .returning(ThanksLetter.id),
        execution_options={"synchronize_session": False},
    ).all()
    if moved:
        return
    if session.scalar(sa.select(ThanksLetter.id).where(own)) is None:
        raise NotFound()
    raise AlreadyAnswered()
