"""What people ask about their own data: written down once, with the day by which they are answered."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.privacy_models import (
    UNSETTLED,
    AboutWhat,
    AskedFor,
    PrivacyRequest,
    RequestStatus,
)
from shop.accounts.shop_settings import read_shop_settings
from shop.delivery.calendar import calendar_from
from shop.kit.clock import shanghai_date
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.references import random_code
from shop.kit.text import msg, tidy, tidy_lines
from shop.notifications.enqueueing import enqueue_message
from shop.notifications.messages import Message
from shop.privacy.obstacles import Open, find_obstacles
from shop.privacy.people import person_of

SUBJECT: Final = "privacy_request"
LONGEST_TEXT: Final = 1000  # of one form
LONGEST_IN_ALL: Final = 4000
NO_WORDS: Final = "–"  # of who has their own account erased: nothing is asked
LONGEST_CONTACT: Final = 120
TOO_LONG: Final = msg(
    "With what stands in the open request %(number)s already this is too long. Please say it shorter."
)
_NUMBER_LENGTH: Final = 8


class StillOpen(Conflict):
    """`obstacles` say what has to end first."""

    code = "still_open"
    default_message = msg("This cannot be erased yet: something of it is still open.")

    def __init__(self, obstacles: list[Open]) -> None:
        super().__init__()
        self.obstacles = obstacles


def ask(
    session: Session,
    kind: AskedFor,
    about: AboutWhat,
    about_id: str,
    *,
    text: str = "",
    contact: str = "",
    asked_by_id: int | None,
    by_desk: bool = False,
    now: datetime,
) -> PrivacyRequest:
    """Write a request down. What is asked while the same waits already is added to that one, which keeps its day;
    sent twice it is there once. Raises InvalidInput (text, contact), NotFound.
    """
    person_of(session, about, about_id)
    said = tidy_lines(text)[:LONGEST_TEXT]
    if not said and (by_desk or kind is not AskedFor.COPY):
        raise InvalidInput(msg("Please say in a sentence what it is about."), field="text")
    known = _open_one(session, kind, about, about_id)
    if known is not None:
        _add_to(session, known, said, tidy(contact)[:LONGEST_CONTACT], asked_by_id, now)
        return known
    days, today = read_shop_settings(session).privacy_days, shanghai_date(now)
    request = PrivacyRequest(
        number=random_code(_NUMBER_LENGTH),
        kind=kind,
        about=about,
        about_id=about_id,
        text=said,
        contact=tidy(contact)[:LONGEST_CONTACT],
        by_desk=by_desk,
        asked_at=now,
        asked_by_id=asked_by_id,
        due_on=calendar_from(session, today).add_working_days(today, days),
    )
    session.add(request)
    session.flush()
    note_step(session, request, "asked", asked_by_id, now)
    return request


def is_added_to(request: PrivacyRequest, now: datetime) -> bool:
    """Whether what was asked at this moment went to a request that waited already."""
    return request.asked_at < now


def _open_one(session: Session, kind: AskedFor, about: AboutWhat, about_id: str) -> PrivacyRequest | None:
    """Locked; None as well when it was settled meanwhile."""
    known = unsettled(session, kind, about, about_id)
    if known is None:
        return None
    session.refresh(known, with_for_update={"key_share": True})
    return known if known.status in UNSETTLED else None


def _add_to(
    session: Session, known: PrivacyRequest, said: str, contact: str, actor_id: int | None, now: datetime
) -> None:
    """Nothing that was written before goes. Raises InvalidInput where it is more than fits."""
    is_new_text, is_new_contact = (
        not _stands_in(known.text, said),
        bool(contact) and contact not in known.contact.split("; "),
    )
    if not is_new_text and not is_new_contact:
        return
    if is_new_text:
        before = known.text.removeprefix(NO_WORDS)
        known.text = f"{before}\n\n{shanghai_date(now).isoformat()} {said}".strip()
    if is_new_contact:
        known.contact = f"{known.contact}; {contact}".removeprefix("; ")
    if len(known.text) > LONGEST_IN_ALL:
        raise InvalidInput(TOO_LONG, field="text", number=known.number)
    if len(known.contact) > LONGEST_CONTACT:
        raise InvalidInput(TOO_LONG, field="contact", number=known.number)
    session.flush()
    note_step(session, known, "added", actor_id, now)


def _stands_in(text: str, said: str) -> bool:
    """As an entry of its own, word for word; within a longer sentence it may say the opposite."""
    entry = rf"(?:^|\n\n)(?:\d{{4}}-\d\d-\d\d )?{re.escape(said)}(?=\n\n|\Z)"
    return not said or re.search(entry, text) is not None


def plan_erasure(
    session: Session, user_id: int, *, keeps_reviews: bool = False, now: datetime
) -> PrivacyRequest:
    """The account asks to be erased: on a day until when it can be called off. Raises StillOpen, NotFound.

    What the desk was asked before about the same becomes this.
    """
    about_id = str(user_id)
    obstacles = find_obstacles(session, person_of(session, AboutWhat.USER, about_id))
    if obstacles:
        raise StillOpen(obstacles)
    request = _open_one(session, AskedFor.ERASURE, AboutWhat.USER, about_id) or ask(
        session, AskedFor.ERASURE, AboutWhat.USER, about_id, text=NO_WORDS, asked_by_id=user_id, now=now
    )
    if request.status is not RequestStatus.WAITING:
        request.keeps_reviews = keeps_reviews
        wait_to_erase(session, request, user_id, now)
    return request


def wait_to_erase(session: Session, request: PrivacyRequest, actor_id: int | None, now: datetime) -> None:
    days = read_shop_settings(session).erase_after_days
    request.status, request.erase_at = RequestStatus.WAITING, now + timedelta(days=days)
    session.flush()
    day = shanghai_date(request.erase_at).isoformat()
    note_step(session, request, "planned", actor_id, now, erase_on=day)
    tell(session, Message.ERASURE_PLANNED, request, now, erase_on=day)


def call_off(session: Session, number: str, user_id: int, *, now: datetime) -> bool:
    """Whose data it is about takes it back, also what the desk has planned; False when it was settled meanwhile.

    Raises NotFound for another's.
    """
    request = locked(session, number)
    if (request.about, request.about_id) != (AboutWhat.USER, str(user_id)):
        raise NotFound()
    return withdraw(session, request, user_id, now)


def withdraw(session: Session, request: PrivacyRequest, actor_id: int | None, now: datetime) -> bool:
    if request.status not in UNSETTLED:
        return False
    settle(session, request, RequestStatus.WITHDRAWN, actor_id, now)
    note_step(session, request, "withdrawn", actor_id, now)
    return True


def settle(
    session: Session, request: PrivacyRequest, status: RequestStatus, actor_id: int | None, now: datetime
) -> None:
    request.status, request.settled_at, request.settled_by_id = status, now, actor_id
    session.flush()


def unsettled(session: Session, kind: AskedFor, about: AboutWhat, about_id: str) -> PrivacyRequest | None:
    return session.scalar(
        sa.select(PrivacyRequest).where(
            PrivacyRequest.kind == kind,
            PrivacyRequest.about == about,
            PrivacyRequest.about_id == about_id,
            PrivacyRequest.status.in_(UNSETTLED),
        )
    )


def waiting_erasure(session: Session, user_id: int | None) -> PrivacyRequest | None:
    """That of an account which is erased on a day; no statement for who has none."""
    if user_id is None:
        return None
    found = unsettled(session, AskedFor.ERASURE, AboutWhat.USER, str(user_id))
    return found if found is not None and found.status is RequestStatus.WAITING else None


def requests_of(session: Session, about: AboutWhat, about_id: str) -> list[PrivacyRequest]:
    """What was asked about one person's data, the newest first."""
    found = sa.select(PrivacyRequest).where(
        PrivacyRequest.about == about, PrivacyRequest.about_id == about_id
    )
    return list(session.scalars(found.order_by(PrivacyRequest.id.desc()).limit(20)))


def locked(session: Session, number: str) -> PrivacyRequest:
    """The request, nobody else changing it. Raises NotFound."""
    found = session.scalar(
        sa.select(PrivacyRequest).where(PrivacyRequest.number == number).with_for_update(key_share=True)
    )
    if found is None:
        raise NotFound()
    return found


def tell(session: Session, message: Message, request: PrivacyRequest, now: datetime, **facts: str) -> None:
    """To an account's own address; who has none is told by the desk."""
    if request.about is AboutWhat.USER:
        enqueue_message(
            session,
            message,
            user_id=int(request.about_id),
            facts={"number": request.number, **facts},
            dedupe_key=f"{request.number} {now.isoformat()}",
            now=now,
        )


def note_step(
    session: Session, request: PrivacyRequest, step: str, actor_id: int | None, now: datetime, **facts: str
) -> None:
    """The history of a request is in the audit trail, in codes and days alone."""
    said = {"asked_for": request.kind.value, **facts}
    audit(session, actor_id, f"privacy.{step}", SUBJECT, request.number, said, now=now)
