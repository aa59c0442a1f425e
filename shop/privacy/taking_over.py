"""Its owner comes to an account that somebody else may have made: what that one asked about its data is called off."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shop.accounts.events import AccountTakenOver
from shop.accounts.privacy_models import own_requests
from shop.privacy.asking import withdraw


def call_off_requests(session: Session, event: AccountTakenOver) -> None:
    """An erasure would be carried out in some days if the owner did nothing."""
    for request in session.scalars(own_requests(event.user_id).with_for_update()).all():
        withdraw(session, request, event.user_id, event.at)
