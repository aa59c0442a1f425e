"""What a message says to whom, read from the database when it is about to be sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session, joinedload

from shop.accounts.invitations import language_of_invited
from shop.accounts.models import User
from shop.accounts.password_resets import issue_reset_token
from shop.accounts.proved_email import invitation_left, may_be_a_strangers
from shop.accounts.shop_settings import read_shop_settings
from shop.catalogue.models import Variant
from shop.fulfilment.reminding import silent_in
from shop.notifications.campaign_letters import OF_CAMPAIGNS, reader_of
from shop.notifications.household_texts import OF_TASKS, task_text
from shop.notifications.letter import Letter
from shop.notifications.messages import TEXTS, Message
from shop.notifications.order_letters import order_letter
from shop.notifications.organisation_letters import OF_ORGANISATIONS, invitation_facts, organisation_facts
from shop.notifications.purchase_reactions import unit_facts
from shop.notifications.readers import account_that_reads
from shop.notifications.recall_letters import OF_RECALLS, recall_facts
from shop.notifications.what_stays import read_what_stays

_OF_READERS = OF_RECALLS | OF_ORGANISATIONS | {Message.UNIT_BEHIND}
_ADDRESSED = frozenset(
    {
        Message.RESET_PASSWORD,
        Message.ORDER_CODE,
        Message.SIGN_IN_CODE,
        Message.CONTACT_CODE,
        Message.REGISTERED,
        Message.CONTACT_CHANGED,
    }
)


def compose(session: Session, payload: Mapping[str, Any], *, now: datetime) -> Letter | None:
    """The letter for an outbox message, or None when there is nobody to write to any more."""
    message = Message(payload["message"])
    if _is_forgotten(message, payload):
        return None
    if message in _WITH_LINK:
        return _WITH_LINK[message](session, payload, now)
    if message in _ADDRESSED or (message is Message.PAYEE_CHANGED and "user_id" not in payload):
        return _addressed_letter(message, payload)
    if message is Message.CONVERSATION_ANSWERED or message in OF_CAMPAIGNS:
        reader = reader_of(session, message, payload, now=now)
        return Letter(message, reader.language, reader.email, reader.phone, reader.facts) if reader else None
    if "order_id" in payload:
        return order_letter(session, message, payload)
    return _user_letter(session, message, payload, now)


def _is_forgotten(message: Message, payload: Mapping[str, Any]) -> bool:
    """So old that its address, or its words, were forgotten."""
    if message is Message.REPLY_ANSWERED:
        return "facts" not in payload
    return message in _ADDRESSED and not payload.keys() & {"email", "phone"}


def _reset_letter(session: Session, payload: Mapping[str, Any], now: datetime) -> Letter | None:
    """The token is made here, at the last moment: the outbox never holds one."""
    issued = issue_reset_token(session, payload["email"], now=now)
    if issued is None:
        return None
    _user_id, token = issued
    return Letter(Message.RESET_PASSWORD, payload["language"], payload["email"], None, {"token": token})


def _task_letter(
    session: Session, message: Message, payload: Mapping[str, Any], now: datetime
) -> Letter | None:
    found = task_text(session, message, payload, now)
    return None if found is None else Letter(message, "zh", None, *found)


def _invitation(session: Session, user: User | None, now: datetime) -> Letter | None:
    """To the address that the team invited; nothing where the account has left it meanwhile."""
    if user is None or user.email is None or invitation_left(user):
        return None
    issued = issue_reset_token(session, user.email, now=now)
    if issued is None:
        return None
    facts = {"token": issued[1], "name": user.name, "email": user.email}
    return Letter(Message.INVITED, user.language or "zh", user.email, None, facts)


def _organisation_invitation(session: Session, payload: Mapping[str, Any], now: datetime) -> Letter | None:
    found = invitation_facts(session, payload, now=now)
    if found is None:
        return None
    contact, facts = found
    email, phone = (contact, None) if "@" in contact else (None, contact)
    language = language_of_invited(session, contact) or payload.get("language", "zh")
    return Letter(Message.ORGANISATION_INVITED, language, email, phone, facts)


# Their links are made here, at the last moment.
_WITH_LINK: Final = {
    Message.RESET_PASSWORD: _reset_letter,
    Message.ORGANISATION_INVITED: _organisation_invitation,
}


def _addressed_letter(message: Message, payload: Mapping[str, Any]) -> Letter | None:
    """To an address or telephone that may be nobody's account."""
    email, phone = payload.get("email"), payload.get("phone")
    if not (email or phone):
        return None
    return Letter(message, payload.get("language", "zh"), email, phone, payload.get("facts", {}))


def _user_letter(
    session: Session, message: Message, payload: Mapping[str, Any], now: datetime
) -> Letter | None:
    user_id = account_that_reads(session, payload)
    user = session.get(User, user_id) if user_id is not None else None
    if message is Message.INVITED:
        return _invitation(session, user, now)
    if user is None or not user.active:
        return None
    if message is Message.TASKS_OVERDUE:
        return _silence_letter(session, user, payload["facts"]["village_id"])
    if message in OF_TASKS:
        return _task_letter(session, message, payload, now)
    if message in _OF_READERS:
        return _letter_of_reader(session, message, user, payload, now)
    facts = {"name": user.name} | payload.get("facts", {})
    if message is Message.NEW_DEVICE:
        facts["doubtful"] = may_be_a_strangers(user)
    if message is Message.WAYS_DROPPED and facts.get("taken_over"):
        facts["stays"] = read_what_stays(session, user.id)
    if message is Message.BACK_IN_STOCK:
        facts["pack"] = session.get(Variant, facts["variant_id"], options=[joinedload(Variant.product)])
    return Letter(message, user.language or "zh", user.email, user.phone, facts)


def _letter_of_reader(
    session: Session, message: Message, user: User, payload: Mapping[str, Any], now: datetime
) -> Letter | None:
    """What it says depends on who reads it."""
    if message in OF_ORGANISATIONS:
        facts = organisation_facts(session, message, user, payload, now=now)
    elif message is Message.UNIT_BEHIND:
        facts = unit_facts(session, payload, now)
    else:
        facts = recall_facts(session, message, user, payload)
    if facts is None:
        return None
    if message in TEXTS:
        return Letter(message, "zh", None, user.phone, facts)
    return Letter(message, user.language or "zh", user.email, user.phone, facts)


def _silence_letter(session: Session, user: User, village_id: int) -> Letter | None:
    """To a coordinator; None when everybody has answered meanwhile."""
    told = silent_in(session, village_id)
    if told is None:
        return None
    facts = {"name": user.name, "told": told, "hours": read_shop_settings(session).coordinator_hours}
    return Letter(Message.TASKS_OVERDUE, user.language or "zh", user.email, user.phone, facts)
