"""Who agreed to which version of which text."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.errors import AgreeFirst
from shop.accounts.models import Consent
from shop.accounts.page_texts import CONSENT_DOCUMENTS, consent_versions
from shop.kit.errors import Conflict


def give_consent(
    session: Session,
    document: str,
    version: str,
    *,
    now: datetime,
    user_id: int | None = None,
    order_number: str | None = None,
) -> None:
    """Of an account, or of a guest with one order. The face asks without a ticked box."""
    if user_id is None and order_number is None:
        raise ValueError("consent is somebody's")
    session.add(
        Consent(user_id=user_id, order_number=order_number, document=document, version=version, at=now)
    )


def consents_of(session: Session, user_id: int) -> list[Consent]:
    """What an account agreed to, the newest first."""
    found = (
        sa.select(Consent).where(Consent.user_id == user_id).order_by(Consent.at.desc(), Consent.id.desc())
    )
    return list(session.scalars(found.limit(50)))


def texts_to_agree_anew(session: Session, user_id: int) -> dict[str, str]:
    """Document → version of the texts that were changed since the account agreed to them, or to which somebody else may
    have agreed for it.

    An account that the team made has agreed to nothing here, and is not asked by this.
    """
    known = _last_agreed(session, user_id)
    if not known:
        return {}
    return {
        document: version
        for document, version in consent_versions(session).items()
        if document in known and known[document] != version
    }


def owes_first_agreement(session: Session, user_id: int) -> bool:
    """Its owner has taken the account over, and has not agreed to a text to which somebody else did. One statement."""
    return None in _last_agreed(session, user_id).values()


def demand_agreement(session: Session, user_id: int) -> None:
    """Before somebody orders, as before an account is made. Raises AgreeFirst."""
    if owes_first_agreement(session, user_id):
        raise AgreeFirst()


def _last_agreed(session: Session, user_id: int) -> dict[str, str | None]:
    """Text → the version that the account agreed to last; None where that was taken back."""
    latest = (
        sa.select(Consent.document, sa.func.max(Consent.id).label("id"))
        .where(Consent.user_id == user_id, Consent.document.in_(CONSENT_DOCUMENTS))
        .group_by(Consent.document)
        .subquery()
    )
    agreed = session.execute(
        sa.select(Consent.document, Consent.version, Consent.withdrawn_at).join(
            latest, latest.c.id == Consent.id
        )
    )
    return {row.document: None if row.withdrawn_at else row.version for row in agreed}


def take_back_consent(session: Session, user_id: int, *, now: datetime) -> bool:
    """Somebody else may have agreed with this account: its owner is asked anew. False where nothing was agreed to."""
    taken_back = session.execute(
        sa.update(Consent)
        .where(Consent.user_id == user_id, Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
        .returning(Consent.id)
    )
    return bool(taken_back.all())


def agree_anew(session: Session, user_id: int, shown: dict[str, str], *, now: datetime) -> None:
    """Agree to the versions that were shown. Raises Conflict when a text was changed again meanwhile."""
    wanted = texts_to_agree_anew(session, user_id)
    if any(shown.get(document) != version for document, version in wanted.items()):
        raise Conflict()
    for document, version in wanted.items():
        give_consent(session, document, version, user_id=user_id, now=now)
