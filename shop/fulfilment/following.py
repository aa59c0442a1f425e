"""What carriers say of parcels: asked for by the worker, told by the provider itself, and believed once."""

from __future__ import annotations

import logging
from datetime import datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.delivery.tracking.base import JourneyState, Report, TrackingProvider, TrackingUnavailable
from shop.fulfilment.finding import lock_parcel
from shop.fulfilment.journeys import Question, claim_due
from shop.fulfilment.models import Parcel, ParcelJourney, ParcelStatus
from shop.fulfilment.reach import WORKER
from shop.fulfilment.shipping import deliver
from shop.kit.errors import NotFound
from shop.storage.unit_of_work import UnitOfWork

PATIENCE = 3  # questions without an answer, one after the other, and the rest waits for the next turn

log = logging.getLogger(__name__)


def follow_parcels(
    units: UnitOfWork, provider: TrackingProvider | None, *, push_url: str, now: datetime
) -> int:
    """Ask for parcels whose turn it is, each outside any transaction; returns of how many there was news."""
    if provider is None:
        return 0
    news = silent = 0
    for question in units.run(partial(claim_due, now=now)):
        try:
            report = _ask(provider, question, push_url)
        except TrackingUnavailable:
            silent += 1
            if silent == PATIENCE:
                log.warning("parcels cannot be followed: the provider does not answer")
                break
            continue
        silent = 0
        if report is not None and _is_about(report, question):
            news += units.run(partial(note_report, report=report, now=now))
    return news


def note_report(session: Session, *, report: Report, now: datetime) -> bool:
    """The newest that is known of a parcel; what is delivered is so from then on. False where it is no news.

    Older than what stands there, of no parcel of ours, or of one that is over: nothing changes.
    """
    code = session.scalar(
        sa.select(Parcel.code).where(
            Parcel.carrier == report.carrier, Parcel.tracking_number == report.number
        )
    )
    if code is None:
        return False
    try:
        parcel = lock_parcel(session, code, WORKER)
    except NotFound:
        return False
    journey = session.get(ParcelJourney, parcel.id, populate_existing=True)
    if (parcel.carrier, parcel.tracking_number) != (report.carrier, report.number) or journey is None:
        return False
    if journey.happened_at is not None and _key(journey.happened_at, journey.state) >= _key(
        report.happened_at, report.state
    ):
        return False
    journey.state, journey.says, journey.happened_at = report.state, report.says, report.happened_at
    if report.state is JourneyState.DELIVERED and parcel.status is ParcelStatus.SHIPPED:
        at = max(report.happened_at, parcel.shipped_at or report.happened_at)
        deliver(session, parcel, by=WORKER, now=min(at, now))
        journey.ask_at = None
    return True


def _ask(provider: TrackingProvider, question: Question, push_url: str) -> Report | None:
    if question.is_first:
        provider.subscribe(question.followed, push_url)
    return provider.query(question.followed)


def _is_about(report: Report, question: Question) -> bool:
    return (report.carrier, report.number) == (question.followed.carrier, question.followed.number)


def _key(at: datetime, state: JourneyState) -> tuple[datetime, bool]:
    """Later counts; of one moment, that it was delivered."""
    return at, state is JourneyState.DELIVERED
