"""The first proof of an account's e-mail address: what somebody else may have tied to the account before goes.

Whoever registered with another person's address knows a password of it. The owner of the address comes to the account
by a link or a code, and must not share it with a telephone, a key, a campus account or a browser of a stranger.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.addresses import forget_addresses
from shop.accounts.audit import audit
from shop.accounts.campus.identities import drop_identities
from shop.accounts.cards import end_card
from shop.accounts.consents import take_back_consent
from shop.accounts.events import AccountTakenOver, DroppedWay, WaysDropped
from shop.accounts.known_browsers import forget_browsers
from shop.accounts.message_models import MessageRobot
from shop.accounts.message_ways import remove_robot
from shop.accounts.models import User
from shop.accounts.passkeys import forget_passkeys, list_passkeys
from shop.accounts.privacy_models import own_requests
from shop.accounts.proved_email import may_be_a_strangers
from shop.accounts.sessions import end_sessions, was_elsewhere
from shop.storage.event_log import record


def prove_email(
    session: Session, user: User, *, keep: Collection[int] = (), takes_over: bool = False, now: datetime
) -> tuple[DroppedWay, ...]:
    """The address is its person's. The first time, everything that opens the account goes, but for the password, which
    the caller knows about, and the sessions `keep` of the browser in which it was proved; its owner is told.

    `takes_over`: by a link, without the password that somebody chose. Then addresses, agreements and what was begun go
    as well: they may be a stranger's. Who types the code is signed in with the password, and keeps what they typed.
    An account that never had a password was made by the shop's team, and nobody else can have come in: it keeps all.
    """
    doubtful, user.confirmed_at = may_be_a_strangers(user), user.confirmed_at or now
    session.flush()
    if not doubtful:
        return ()
    dropped = _drop_ways(session, user, now)
    if _drop_typed_phone(session, user, keep, now):
        dropped.append(DroppedWay.TYPED_PHONE)
    forget_browsers(session, user.id)
    end_card(session, user.id, actor_id=user.id, now=now)
    if end_sessions(session, user.id, keep=keep, now=now):
        dropped.append(DroppedWay.DEVICES)
    if takes_over:
        dropped += _drop_words(session, user, now)
        record(session, AccountTakenOver(user.id, now))
    session.flush()
    if dropped:
        audit(session, user.id, "user.ways_dropped", "user", user.id, {"dropped": dropped}, now=now)
        record(session, WaysDropped(user.id, tuple(dropped), takes_over, now))
    return tuple(dropped)


def _drop_ways(session: Session, user: User, now: datetime) -> list[DroppedWay]:
    dropped = []
    if user.phone_confirmed_at is not None:
        dropped.append(DroppedWay.PHONE)
        user.phone, user.phone_confirmed_at = None, None
    if list_passkeys(session, user.id):
        forget_passkeys(session, user.id)
        dropped.append(DroppedWay.PASSKEYS)
    if user.totp_confirmed_at is not None:
        dropped.append(DroppedWay.AUTHENTICATOR)
    user.totp_secret, user.totp_confirmed_at, user.totp_last_counter = None, None, 0
    user.recovery_codes = []
    if drop_identities(session, user.id, now=now):
        dropped.append(DroppedWay.CAMPUS)
    if session.get(MessageRobot, user.id) is not None:
        remove_robot(session, user.id, now=now)
        dropped.append(DroppedWay.ROBOT)
    return dropped


def _drop_typed_phone(session: Session, user: User, keep: Collection[int], now: datetime) -> bool:
    """Unless the browser in which the address was proved is the only one that ever was in the account: then it typed it."""
    if user.phone is None or (keep and not was_elsewhere(session, user, keep, now=now)):
        return False
    user.phone = None
    return True


def _drop_words(session: Session, user: User, now: datetime) -> list[DroppedWay]:
    """What a stranger may have said in the owner's name; the requests themselves are called off by who keeps them."""
    dropped = []
    if forget_addresses(session, user.id):
        dropped.append(DroppedWay.ADDRESSES)
    if take_back_consent(session, user.id, now=now):
        dropped.append(DroppedWay.CONSENT)
    if user.unit_id != user.proved_unit_id:
        user.unit_id = user.proved_unit_id
        dropped.append(DroppedWay.UNIT)
    if user.counts_for_unit is not None:
        user.counts_for_unit = None
        dropped.append(DroppedWay.COUNTING)
    if session.scalar(sa.select(own_requests(user.id).exists())):
        dropped.append(DroppedWay.REQUESTS)
    return dropped
