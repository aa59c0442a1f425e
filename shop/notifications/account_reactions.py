"""Which letter follows what happened to somebody's account, or to where a household's money goes."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shop.accounts.events import (
    Invited,
    PasswordChanged,
    RegisteredAgain,
    ResetRequested,
    SecondFactorReset,
    SignInCodeAsked,
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


def tell_password_changed(session: Session, event: PasswordChanged) -> None:
    _tell_owner(session, Message.PASSWORD_CHANGED, event)


def tell_second_factor_reset(session: Session, event: SecondFactorReset) -> None:
    _tell_owner(session, Message.SECOND_FACTOR_RESET, event)


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
    event: PasswordChanged | SecondFactorReset | RegisteredAgain | Invited,
) -> None:
    enqueue_message(
        session,
        message,
        user_id=event.user_id,
        dedupe_key=f"{event.user_id} {event.at.isoformat()}",
        now=event.at,
    )
