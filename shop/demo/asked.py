"""What people of the demo asked about their data, what they agreed to, and who of the team opened a household's file."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.consents import give_consent
from shop.accounts.file_looks import note_look
from shop.accounts.models import User
from shop.accounts.page_texts import consent_versions
from shop.accounts.privacy_models import AboutWhat, AskedFor, PrivacyRequest, RequestStatus
from shop.catalogue.models import Household
from shop.kit.clock import shanghai_date
from shop.kit.references import random_code

BUYER, ADMIN, OTHER_ADMIN = "buyer@demo.example", "admin@demo.example", "admin2@demo.example"
_DAYS: Final = 21  # about fifteen working days


def add_requests(session: Session, *, now: datetime) -> None:
    """Where the demo's accounts are; a second year of the demo asks nothing more."""
    ids: dict[str | None, int] = {
        email: user_id
        for user_id, email in session.execute(
            sa.select(User.id, User.email).where(User.email.in_([BUYER, ADMIN, OTHER_ADMIN]))
        )
    }
    known = session.scalar(sa.select(PrivacyRequest.id).limit(1))
    if len(ids) < 3 or known is not None:
        return
    for document, version in consent_versions(session).items():
        give_consent(session, document, version, user_id=ids[BUYER], now=now - timedelta(days=90))
    household_id = session.scalar(sa.select(sa.func.min(Household.id)))
    if household_id is not None:
        _settled_for_household(session, household_id, ids[ADMIN], now)
    _asked_by_buyer(session, ids[BUYER], now)
    session.flush()


def _settled_for_household(session: Session, household_id: int, admin_id: int, now: datetime) -> None:
    """Written down by the desk, done three days later, with the look into the file that it took."""
    asked_at, done_at = now - timedelta(days=30), now - timedelta(days=27)
    settled = _ask(AskedFor.HOUSEHOLD, AboutWhat.HOUSEHOLD, household_id, "故事里的地名写错了。", asked_at)
    settled.by_desk, settled.asked_by_id, settled.owner_id = True, admin_id, admin_id
    settled.status, settled.answer = RequestStatus.DONE, "已改，联络员当面念给家里听过。"
    settled.settled_at, settled.settled_by_id = done_at, admin_id
    session.add(settled)
    note_look(session, household_id, "correct", actor_id=admin_id, now=done_at)
    _write_down(session, "privacy.asked", settled, admin_id, asked_at)
    _write_down(session, "privacy.answered", settled, admin_id, done_at)


def _asked_by_buyer(session: Session, buyer_id: int, now: datetime) -> None:
    at = now - timedelta(days=3)
    asked = _ask(AskedFor.CORRECTION, AboutWhat.USER, buyer_id, "单位调到后勤集团了，请帮我改一下。", at)
    asked.asked_by_id, asked.contact = buyer_id, "内线 8866"
    session.add(asked)
    _write_down(session, "privacy.asked", asked, buyer_id, at)


def _write_down(session: Session, action: str, request: PrivacyRequest, actor_id: int, at: datetime) -> None:
    facts = {"asked_for": request.kind.value}
    audit(session, actor_id, action, "privacy_request", request.number, facts, now=at)


def _ask(kind: AskedFor, about: AboutWhat, about_id: int, text: str, at: datetime) -> PrivacyRequest:
    return PrivacyRequest(
        number=random_code(8), kind=kind, about=about, about_id=str(about_id), text=text, contact="", asked_at=at,
        due_on=shanghai_date(at) + timedelta(days=_DAYS), held_back="", answer="", by_desk=False,
        status=RequestStatus.OPEN,
    )  # fmt: skip
