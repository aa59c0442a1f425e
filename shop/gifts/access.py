"""Whose gifts they are: every member of the organisation reads them, owners and buyers make them."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, OrganisationMember
from shop.gifts.errors import GiftIsBusy, GiftWaits
from shop.gifts.models import Gift, GiftStatus
from shop.kit.errors import NotAllowed, NotFound
from shop.storage.locks import LockRank, lock_row

MAKERS: Final = frozenset({"owner", "buyer"})
_CHANGING: Final = frozenset({GiftStatus.DRAFT, GiftStatus.STOPPED, GiftStatus.PLACED})


def role_in(session: Session, organisation_id: int, user_id: int) -> str:
    """Raises NotFound for who is no member."""
    role = session.scalar(
        sa.select(OrganisationMember.role).where(
            OrganisationMember.organisation_id == organisation_id, OrganisationMember.user_id == user_id
        )
    )
    if role is None:
        raise NotFound()
    return role


def may_make(session: Session, organisation_id: int, user_id: int) -> bool:
    return role_in(session, organisation_id, user_id) in MAKERS


def refuse_reader(session: Session, organisation_id: int, user_id: int) -> None:
    """Raises NotFound for strangers, NotAllowed for members who may only look."""
    if not may_make(session, organisation_id, user_id):
        raise NotAllowed()


def gift_of_member(session: Session, slug: str, gift_id: int, user_id: int) -> Gift:
    """Raises NotFound, the same for an absent gift and another organisation's."""
    gift = session.scalar(
        sa.select(Gift)
        .join(Organisation, Organisation.id == Gift.organisation_id)
        .join(OrganisationMember, OrganisationMember.organisation_id == Organisation.id)
        .where(
            Gift.id == gift_id,
            Gift.status != GiftStatus.DROPPED,
            Organisation.slug == slug,
            OrganisationMember.user_id == user_id,
        )
    )
    if gift is None:
        raise NotFound()
    return gift


def lock_gift(session: Session, gift_id: int, user_id: int) -> Gift:
    """For who changes it. Raises NotFound, NotAllowed, GiftIsBusy while its orders are being placed, and GiftWaits
    while somebody has to approve it.
    """
    gift = lock_any(session, gift_id)
    refuse_reader(session, gift.organisation_id, user_id)
    if gift.status is GiftStatus.PLACING:
        raise GiftIsBusy()
    if gift.status is GiftStatus.WAITING:
        raise GiftWaits()
    if gift.status not in _CHANGING:
        raise NotFound()
    return gift


def lock_any(session: Session, gift_id: int) -> Gift:
    """For the shop itself. Raises NotFound."""
    gift = lock_row(session, LockRank.GIFT, sa.select(Gift).where(Gift.id == gift_id))
    if gift is None:
        raise NotFound()
    return gift
