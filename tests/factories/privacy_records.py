"""What people ask about their data: one wish of each buyer, and an erasure that the desk has to decide."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from shop.accounts.privacy_models import AboutWhat, AskedFor, PrivacyRequest
from shop.kit.clock import shanghai_date

DESK, OF_BUYER, OF_OTHER, ABSENT = "SAFEDESK", "SAFEAAAA", "SAFEBBBB", "00000000"


def plant_requests(session: Session, users: dict[str, int], now: datetime) -> None:
    facts: dict[str, Any] = {"asked_at": now, "due_on": shanghai_date(now) + timedelta(days=21)}
    for number, name in ((OF_BUYER, "buyer"), (OF_OTHER, "buyer2")):
        session.add(
            PrivacyRequest(
                number=number, kind=AskedFor.OBJECTION, about=AboutWhat.USER, about_id=str(users[name]),
                text="不想收短信", contact="办公室电话", asked_by_id=users[name], **facts,
            )
        )  # fmt: skip
    session.add(
        PrivacyRequest(
            number=DESK, kind=AskedFor.COPY, about=AboutWhat.USER, about_id=str(users["buyer"]), by_desk=True,
            text="本人到店", asked_by_id=users["clerk"], owner_id=users["clerk"], **facts,
        )
    )  # fmt: skip
