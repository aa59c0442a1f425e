"""How a planned erasure of an account stands today, as its person is told: not only once its day has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from shop.accounts.privacy_models import AboutWhat, PrivacyRequest, RequestStatus
from shop.privacy.asking import waiting_erasure
from shop.privacy.obstacles import find_obstacles
from shop.privacy.people import person_of


@dataclass(frozen=True)
class Planned:
    """`is_held` while something is still open; `is_due` once its day has come: then it is tried each hour."""

    number: str
    erase_at: datetime
    is_held: bool
    is_due: bool


def planned_erasure(session: Session, user_id: int | None, *, now: datetime) -> Planned | None:
    """None for who stays. One statement then, and none for who has no account."""
    request = waiting_erasure(session, user_id)
    return planned_by(session, request, now=now) if request is not None else None


def planned_by(session: Session, request: PrivacyRequest | None, *, now: datetime) -> Planned | None:
    """None for one that has no day yet."""
    if request is None or request.status is not RequestStatus.WAITING or request.erase_at is None:
        return None
    person = person_of(session, AboutWhat.USER, request.about_id)
    is_held = bool(find_obstacles(session, person))
    return Planned(request.number, request.erase_at, is_held, request.erase_at <= now)
