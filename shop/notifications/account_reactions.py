"""Which letter follows what happened to somebody's account, or to where a household's money goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from shop.accounts.events import (
    CampusLinked,
    CampusUnlinked,
    ContactChanged,
    ContactCodeAsked,
    Invited,
    NewDeviceUsed,
    PasskeyAdded,
    PasskeyRemoved,
    PasswordChanged,
    Registered,
    RegisteredAgain,
    ResetRequested,
    SecondFactorChanged,
    SecondFactorReset,
    SignInCodeAsked,
    WaysDropped,
)
from shop.catalogue.assignments import producer_of_household, workers_of
from shop.kit.references import token_digest
from shop.ledger.events import PayeeChanged
from shop.notifications.enqueueing import enqueue_message
from shop.notifications.messages import Message


def tell_reset_requested(session: Session, event: ResetRequested) -> None:
    """Whether anybody has this address is looked up when the message is written."""
    enqueue_message(
        session,
        Message.RESET_PASSWORD,
        email=event.email,
        language=event.language,
        dedupe_key=event.request_id,
        now=event.at,
    )


def tell_sign_in_code(session: Session, event: SignInCodeAsked) -> None:
    """The code lies sealed in the outbox."""
    enqueue_message(
        session,
        Message.SIGN_IN_CODE,
        phone=event.phone,
        facts={"sealed_code": event.sealed_code},
        dedupe_key=token_digest(event.sealed_code),
        now=event.at,
    )


def tell_contact_code(session: Session, event: ContactCodeAsked) -> None:
    """The code lies sealed in the outbox."""
    enqueue_message(
        session,
        Message.CONTACT_CODE,
        phone=event.phone,
        email=event.email,
        language=event.language,
        facts={"sealed_code": event.sealed_code},
        dedupe_key=token_digest(event.sealed_code),
        now=event.at,
    )


def tell_contact_changed(session: Session, event: ContactChanged) -> None:
    """Whichever of both it was: to both, as they were before."""
    for way, contact in (("phone", event.old_phone), ("email", event.old_email)):
        if contact:
            enqueue_message(
                session,
                Message.CONTACT_CHANGED,
                **{way: contact},  # type: ignore[arg-type]  # one of the two parameters of this name
                language=event.language,
                dedupe_key=f"{event.user_id} {event.at.isoformat()} {way}",
                now=event.at,
            )


def tell_passkey_added(session: Session, event: PasskeyAdded) -> None:
    _tell_owner(session, Message.PASSKEY_ADDED, event, {"label": event.label})


def tell_passkey_removed(session: Session, event: PasskeyRemoved) -> None:
    _tell_owner(session, Message.PASSKEY_REMOVED, event, {"label": event.label})


def tell_campus_linked(session: Session, event: CampusLinked) -> None:
    _tell_owner(session, Message.CAMPUS_LINKED, event, {"provider": event.provider})


def tell_campus_unlinked(session: Session, event: CampusUnlinked) -> None:
    _tell_owner(session, Message.CAMPUS_UNLINKED, event, {"provider": event.provider})


def tell_ways_dropped(session: Session, event: WaysDropped) -> None:
    facts = {"dropped": [way.value for way in event.dropped], "taken_over": event.taken_over}
    _tell_owner(session, Message.WAYS_DROPPED, event, facts)


def tell_registered(session: Session, event: Registered) -> None:
    """To the address that somebody typed, which may be another person's. The code lies sealed in the outbox."""
    enqueue_message(
        session,
        Message.REGISTERED,
        email=event.email,
        language=event.language,
        facts={"sealed_code": event.sealed_code} if event.sealed_code else None,
        dedupe_key=str(event.user_id),
        now=event.at,
    )


def tell_new_device(session: Session, event: NewDeviceUsed) -> None:
    _tell_owner(session, Message.NEW_DEVICE, event, {"device": event.device})


def tell_password_changed(session: Session, event: PasswordChanged) -> None:
    _tell_owner(session, Message.PASSWORD_CHANGED, event, {"how": event.how.value})


def tell_second_factor_reset(session: Session, event: SecondFactorReset) -> None:
    _tell_owner(session, Message.SECOND_FACTOR_RESET, event)


def tell_second_factor_changed(session: Session, event: SecondFactorChanged) -> None:
    facts = {"news": event.news.value, "codes_left": event.codes_left}
    _tell_owner(session, Message.SECOND_FACTOR_CHANGED, event, facts)


def tell_registered_again(session: Session, event: RegisteredAgain) -> None:
    _tell_owner(session, Message.REGISTERED_AGAIN, event)


def tell_invited(session: Session, event: Invited) -> None:
    _tell_owner(session, Message.INVITED, event)


def tell_payee_changed(session: Session, event: PayeeChanged) -> None:
    """To the telephone that was known before, and to everybody who works for the household."""
    key = f"{event.household_id} {event.version}"
    if event.old_phone:
        enqueue_message(
            session, Message.PAYEE_CHANGED, phone=event.old_phone, dedupe_key=f"{key} phone", now=event.at
        )
    producer_id = producer_of_household(session, event.household_id)
    for worker in workers_of(session, producer_id) if producer_id is not None else ():
        enqueue_message(
            session,
            Message.PAYEE_CHANGED,
            user_id=worker.user_id,
            dedupe_key=f"{key} {worker.user_id}",
            now=event.at,
        )


def _tell_owner(
    session: Session,
    message: Message,
    event: PasswordChanged
    | SecondFactorChanged
    | SecondFactorReset
    | RegisteredAgain
    | Invited
    | PasskeyAdded
    | PasskeyRemoved
    | CampusLinked
    | CampusUnlinked
    | WaysDropped
    | NewDeviceUsed,
    facts: Mapping[str, object] | None = None,
) -> None:
    enqueue_message(
        session,
        message,
        user_id=event.user_id,
        facts=facts,
        dedupe_key=f"{event.user_id} {event.at.isoformat()}",
        now=event.at,
    )


Reaction = Callable[[Session, Any], None]
LETTERS: Final[Mapping[type, tuple[Reaction, ...]]] = {
    ResetRequested: (tell_reset_requested,),
    SignInCodeAsked: (tell_sign_in_code,),
    ContactCodeAsked: (tell_contact_code,),
    ContactChanged: (tell_contact_changed,),
    CampusLinked: (tell_campus_linked,),
    CampusUnlinked: (tell_campus_unlinked,),
    WaysDropped: (tell_ways_dropped,),
    Registered: (tell_registered,),
    PasskeyAdded: (tell_passkey_added,),
    PasskeyRemoved: (tell_passkey_removed,),
    NewDeviceUsed: (tell_new_device,),
    PasswordChanged: (tell_password_changed,),
    SecondFactorReset: (tell_second_factor_reset,),
    SecondFactorChanged: (tell_second_factor_changed,),
    RegisteredAgain: (tell_registered_again,),
    Invited: (tell_invited,),
    PayeeChanged: (tell_payee_changed,),
}
