"""A member's personal link: signed, for that person alone, and ended by raising the version that it names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.errors import LinkOver
from shop.campaigns.locking import lock_member
from shop.campaigns.member_models import CampaignMember, Standing
from shop.kit.references import decode, encode, sign_code, verify_code

_PURPOSE: Final = "campaign-member"
_SIGNATURE: Final = 27  # characters of five bits: 135 bits
_ID: Final = 8
_VERSION: Final = 3


def link_key(member: CampaignMember, secret: str) -> str:
    """What stands in the link, signed with the current secret."""
    body = encode(member.id, _ID) + encode(member.link_version, _VERSION)
    return sign_code(body, secret, purpose=_PURPOSE, length=_SIGNATURE)


def signed_body(key: str, secrets: Iterable[str]) -> str | None:
    """What a link names, whether or not it was taken back; None for one that we never made. Asks no database."""
    body = verify_code(key, secrets, purpose=_PURPOSE, length=_SIGNATURE)
    return body if body is not None and len(body) == _ID + _VERSION else None


def member_of_link(session: Session, key: str, secrets: Iterable[str]) -> CampaignMember:
    """Raises LinkOver for a forged link and for one that was taken back."""
    body = signed_body(key, secrets)
    if body is None:
        raise LinkOver()
    member = session.scalar(
        sa.select(CampaignMember).where(
            CampaignMember.id == decode(body[:_ID]),
            CampaignMember.link_version == decode(body[_ID:]),
            CampaignMember.standing != Standing.TAKEN_BACK,
        )
    )
    if member is None:
        raise LinkOver()
    return member


def end_link(session: Session, member_id: int) -> None:
    """The links that were sent so far open nothing any more. Raises NotFound."""
    lock_member(session, member_id).link_version += 1
    session.flush()
