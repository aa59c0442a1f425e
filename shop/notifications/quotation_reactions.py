"""Who asked for a quotation is told when an offer is there, or that there is none."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from shop.accounts.models import Organisation
from shop.notifications.enqueueing import enqueue_message
from shop.notifications.messages import Message
from shop.quotations.events import QuotationDeclined, QuotationSent
from shop.quotations.models import Quotation, QuotationVersion


def tell_quotation_sent(session: Session, event: QuotationSent) -> None:
    version = session.get_one(QuotationVersion, event.version_id)
    quotation = session.get_one(Quotation, version.quotation_id)
    _tell(session, quotation, f"version {version.id}", version=version.number)


def tell_quotation_declined(session: Session, event: QuotationDeclined) -> None:
    quotation = session.get_one(Quotation, event.quotation_id)
    _tell(session, quotation, f"declined {quotation.id}", reason=quotation.decision)


def _tell(session: Session, quotation: Quotation, dedupe_key: str, **more: Any) -> None:
    """Nobody where the account is gone."""
    if quotation.requested_by_id is None:
        return
    organisation = session.get_one(Organisation, quotation.organisation_id)
    facts = {"organisation": organisation.name, "slug": organisation.slug, "number": quotation.number, **more}
    enqueue_message(
        session,
        Message.QUOTATION_ANSWERED,
        user_id=quotation.requested_by_id,
        facts=facts,
        dedupe_key=dedupe_key,
        now=quotation.waits_since,
    )
