"""The privacy desk: requests by their deadline, who looks after them, and how they end. Erasing needs two admins."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.accounts.privacy_models import UNSETTLED, AboutWhat, AskedFor, PrivacyRequest, RequestStatus
from shop.catalogue.models import Household
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import msg, tidy_lines
from shop.notifications.messages import Message
from shop.privacy.asking import LONGEST_TEXT, StillOpen, locked, note_step, settle, tell, wait_to_erase
from shop.privacy.obstacles import find_obstacles
from shop.privacy.people import person_of
from shop.storage.paging import Page, read_page

KIND_WORDS: Final = {
    AskedFor.COPY: msg("Copy of the data"),
    AskedFor.CORRECTION: msg("Correction"),
    AskedFor.ERASURE: msg("Erasure"),
    AskedFor.OBJECTION: msg("Objection to a use"),
    AskedFor.HOUSEHOLD: msg("File of a household"),
}
ABOUT_WORDS: Final = {
    AboutWhat.USER: msg("Somebody's account"),
    AboutWhat.ORDER: msg("Order without an account"),
    AboutWhat.RECIPIENT: msg("Recipient of what somebody else's account ordered"),
    AboutWhat.HOUSEHOLD: msg("Household"),
}
STATUS_WORDS: Final = {
    RequestStatus.OPEN: msg("Waits for an answer"),
    RequestStatus.PROPOSED: msg("Waits for a second admin"),
    RequestStatus.WAITING: msg("Erased on its day"),
    RequestStatus.DONE: msg("Carried out"),
    RequestStatus.REFUSED: msg("Refused"),
    RequestStatus.WITHDRAWN: msg("Taken back"),
}


HELD_BACK: Final = msg("Held back: something is still open")
ANSWERED: Final = msg("Answered")


def status_word(request: PrivacyRequest) -> str:
    """A message id: how far it is. What is done is erased or answered; an erasure can wait beyond its day."""
    if request.status is RequestStatus.WAITING and request.held_back:
        return HELD_BACK
    if request.status is RequestStatus.DONE and request.kind is not AskedFor.ERASURE:
        return ANSWERED
    return STATUS_WORDS[request.status]


class SamePerson(Conflict):
    code = "same_person"
    default_message = msg("You proposed this erasure yourself. Another admin has to agree.")


class Proposed(Conflict):
    code = "proposed"
    default_message = msg("This erasure is proposed already: whoever proposed it looks after it.")


class Settled(Conflict):
    code = "settled"
    default_message = msg("This request is settled already.")


class AddedMeanwhile(Conflict):
    code = "added_meanwhile"
    default_message = msg("Something was added to this request meanwhile. Please read it again.")


@dataclass(frozen=True)
class Found:
    """A request with whose it is, in words, and who looks after it."""

    request: PrivacyRequest
    name_zh: str
    name_en: str
    owner: str


def find_requests(
    session: Session, *, statuses: Collection[RequestStatus], kind: AskedFor | None = None, page: int = 1
) -> Page[Found]:
    """What is due first stands first; settled ones the newest first. Two statements."""
    conditions: list[sa.ColumnElement[bool]] = [PrivacyRequest.status.in_(statuses)]
    if kind is not None:
        conditions.append(PrivacyRequest.kind == kind)
    is_work = set(statuses) <= set(UNSETTLED)
    order = (PrivacyRequest.due_on, PrivacyRequest.id) if is_work else (PrivacyRequest.id.desc(),)
    statement = _found().where(*conditions).order_by(*order)
    return read_page(session, statement, number=page).map(lambda row: Found(*row))


def read_request(session: Session, number: str) -> Found:
    """Raises NotFound."""
    row = session.execute(_found().where(PrivacyRequest.number == number)).one_or_none()
    if row is None:
        raise NotFound()
    return Found(*row)


def words_of(request: PrivacyRequest) -> str:
    """What stands in it, as a form brings it back: whoever settles has read all that was asked."""
    return sha256(f"{request.text}\0{request.contact}".encode()).hexdigest()[:16]


def take(session: Session, number: str, *, actor_id: int, now: datetime) -> None:
    """This admin looks after it from now on. Raises NotFound, Settled; Proposed, once a second admin is waited for."""
    request = _unsettled(session, number)
    if request.proposed_by_id is not None:
        raise Proposed()
    if request.owner_id != actor_id:
        request.owner_id = actor_id
        note_step(session, request, "taken", actor_id, now)


def answer(
    session: Session,
    number: str,
    text: str,
    *,
    refused: bool,
    seen: str | None = None,
    actor_id: int,
    now: datetime,
) -> None:
    """Settle it with words to who asked. Raises NotFound, Settled, AddedMeanwhile, InvalidInput (answer).

    An erasure is not answered by words: it is planned, or refused.
    """
    request = _unsettled(session, number)
    _demand_read(request, seen)
    said = tidy_lines(text)[:LONGEST_TEXT]
    if not said:
        raise InvalidInput(msg("Please write what you did, or why not: it is the answer."), field="answer")
    if request.kind is AskedFor.ERASURE and not refused:
        raise InvalidInput(msg("An erasure is planned with the button below, or refused."), field="answer")
    request.answer, request.erase_at = said, None
    settle(session, request, RequestStatus.REFUSED if refused else RequestStatus.DONE, actor_id, now)
    note_step(session, request, "refused" if refused else "answered", actor_id, now)
    tell(session, Message.PRIVACY_ANSWERED, request, now)


def propose_erasure(
    session: Session, number: str, *, seen: str | None = None, actor_id: int, now: datetime
) -> None:
    """The first step. Raises NotFound, Settled, StillOpen, AddedMeanwhile; Proposed, where somebody else did it before."""
    request = _erasure(session, number)
    if request.status is not RequestStatus.OPEN:
        if request.proposed_by_id not in (None, actor_id):
            raise Proposed()
        return
    _demand_read(request, seen)
    _refuse_while_open(session, request)
    request.status = RequestStatus.PROPOSED
    request.proposed_by_id = request.owner_id = actor_id
    session.flush()
    note_step(session, request, "proposed", actor_id, now)


def agree_to_erasure(
    session: Session, number: str, *, seen: str | None = None, actor_id: int, now: datetime
) -> None:
    """The second admin: it is carried out when the days to call it off are over. Raises SamePerson, AddedMeanwhile as well."""
    request = _erasure(session, number)
    if request.status is RequestStatus.WAITING:
        return
    if request.status is not RequestStatus.PROPOSED:
        raise Conflict()
    if request.proposed_by_id == actor_id:
        raise SamePerson()
    _demand_read(request, seen)
    _refuse_while_open(session, request)
    request.agreed_by_id = actor_id
    note_step(session, request, "agreed", actor_id, now)
    wait_to_erase(session, request, actor_id, now)


def is_overdue(request: PrivacyRequest, today: date) -> bool:
    return request.status in UNSETTLED and request.due_on < today


def _erasure(session: Session, number: str) -> PrivacyRequest:
    request = _unsettled(session, number)
    if request.kind is not AskedFor.ERASURE:
        raise NotFound()
    return request


def _unsettled(session: Session, number: str) -> PrivacyRequest:
    request = locked(session, number)
    if request.status not in UNSETTLED:
        raise Settled()
    return request


def _demand_read(request: PrivacyRequest, seen: str | None) -> None:
    """None is nobody at a page. Raises AddedMeanwhile."""
    if seen is not None and seen != words_of(request):
        raise AddedMeanwhile()


def _refuse_while_open(session: Session, request: PrivacyRequest) -> None:
    obstacles = find_obstacles(session, person_of(session, request.about, request.about_id))
    if obstacles:
        raise StillOpen(obstacles)


def _found() -> sa.Select[*tuple[Any, ...]]:
    owner = sa.orm.aliased(User)
    is_user = PrivacyRequest.about == AboutWhat.USER
    is_household = PrivacyRequest.about == AboutWhat.HOUSEHOLD
    person = sa.func.coalesce(sa.func.nullif(User.name, ""), User.email, User.phone)
    name = sa.func.coalesce(person, PrivacyRequest.about_id)
    as_text = sa.cast(User.id, sa.String), sa.cast(Household.id, sa.String)
    return (
        sa.select(
            PrivacyRequest,
            sa.func.coalesce(Household.alias_zh, name),
            sa.func.coalesce(Household.alias_en, name),
            sa.func.coalesce(sa.func.nullif(owner.name, ""), owner.email, ""),
        )
        .outerjoin(User, sa.and_(is_user, as_text[0] == PrivacyRequest.about_id))
        .outerjoin(Household, sa.and_(is_household, as_text[1] == PrivacyRequest.about_id))
        .outerjoin(owner, owner.id == PrivacyRequest.owner_id)
    )
