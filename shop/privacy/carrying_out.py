"""Erasures whose day has come, one after the other; what is still open holds one back and is tried again."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.accounts.privacy_models import UNSETTLED, AboutWhat, PrivacyRequest, RequestStatus
from shop.kit.errors import NotFound
from shop.notifications.messages import Message
from shop.privacy.asking import locked, note_step, settle, tell
from shop.privacy.erasing import erase
from shop.privacy.files import delete_doomed_files
from shop.privacy.people import person_of
from shop.storage.media import MediaStore
from shop.storage.row_by_row import done
from shop.storage.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)


def carry_out_erasures(unit_of_work: UnitOfWork, store: MediaStore, *, now: datetime) -> int:
    """Returns how many people were erased. Each in a transaction of its own, their files after it."""
    numbers = unit_of_work.run(partial(_due, now=now))
    erased = done(unit_of_work, [partial(_carry_out, number=number, now=now) for number in numbers])
    delete_doomed_files(unit_of_work, store)
    return erased


def _due(session: Session, now: datetime) -> list[str]:
    due = sa.select(PrivacyRequest.number).where(
        PrivacyRequest.status == RequestStatus.WAITING, PrivacyRequest.erase_at <= now
    )
    return list(session.scalars(due.order_by(PrivacyRequest.id)))


def _carry_out(session: Session, number: str, now: datetime) -> bool:
    request = locked(session, number)
    if request.status is not RequestStatus.WAITING or request.erase_at is None or request.erase_at > now:
        return False
    _hold_account(session, request)
    try:
        person = replace(
            person_of(session, request.about, request.about_id), keeps_reviews=request.keeps_reviews
        )
        erased = erase(session, person, now=now)
    except NotFound:
        erased = None  # erased by another request
    request = locked(session, number)
    if erased is not None and erased.obstacles:
        codes = " ".join(one.what.value for one in erased.obstacles)
        if request.held_back != codes:
            if not request.held_back:
                tell(session, Message.ERASURE_HELD_BACK, request, now)  # once: it is tried again each hour
            request.held_back = codes
            note_step(session, request, "held_back", None, now, obstacles=codes)
        return False
    request.held_back = ""
    _settle_others(session, request, now)
    settle(session, request, RequestStatus.DONE, None, now)
    note_step(session, request, "erased", None, now)
    return erased is not None


def _hold_account(session: Session, request: PrivacyRequest) -> None:
    """An order that is being placed with the account waits, or is waited for: none slips in between."""
    if request.about is AboutWhat.USER:
        account = sa.select(User.id).where(User.id == int(request.about_id))
        session.execute(account.with_for_update())


def _settle_others(session: Session, request: PrivacyRequest, now: datetime) -> None:
    """What else was asked about somebody of whom nothing is left."""
    others = sa.select(PrivacyRequest).where(
        PrivacyRequest.about == request.about,
        PrivacyRequest.about_id == request.about_id,
        PrivacyRequest.status.in_(UNSETTLED),
        PrivacyRequest.id != request.id,
    )
    for other in session.scalars(others):
        settle(session, other, RequestStatus.WITHDRAWN, None, now)
