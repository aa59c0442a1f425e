"""Which account a member has: by campus number, or by an address or telephone that its person has proved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.campus.models import CampusIdentity
from shop.accounts.models import User
from shop.campaigns.batches import in_batches
from shop.campaigns.member_models import CampaignMember, Standing
from shop.campaigns.models import Campaign, CampaignState


def match_accounts(session: Session, members: Sequence[CampaignMember]) -> None:
    """Fill in `user_id` where one account fits. The campus number goes before address and telephone."""
    for some in in_batches([one for one in members if one.user_id is None]):
        numbers = _found(
            session,
            sa.select(CampusIdentity.campus_number, CampusIdentity.user_id).where(
                CampusIdentity.campus_number.in_([one.staff_number for one in some]),
                CampusIdentity.ended_at.is_(None),
            ),
        )
        emails = _found(
            session,
            sa.select(User.email, User.id).where(
                User.email.in_([one.email for one in some if one.email]), User.confirmed_at.is_not(None)
            ),
        )
        phones = _found(
            session,
            sa.select(User.phone, User.id).where(
                User.phone.in_([one.phone for one in some if one.phone]), User.phone_confirmed_at.is_not(None)
            ),
        )
        for one in some:
            one.user_id = (
                numbers.get(one.staff_number) or emails.get(one.email or "") or phones.get(one.phone or "")
            )
    session.flush()


def member_of_user(session: Session, campaign_id: int, user_id: int) -> CampaignMember | None:
    """The account's own place in a campaign: as matched before, else by what is proved of it now."""
    found = session.scalars(
        sa.select(CampaignMember)
        .where(CampaignMember.campaign_id == campaign_id, _is_somebody(), _fits(session, user_id))
        .order_by(CampaignMember.user_id.is_(None), CampaignMember.id)
    ).all()
    return found[0] if found else None


def open_campaigns_of(session: Session, user_id: int) -> Sequence[Campaign]:
    """Those in which this account's person may choose or has chosen, the newest first."""
    return session.scalars(
        sa.select(Campaign)
        .where(
            Campaign.state.in_(
                [CampaignState.OPEN, CampaignState.WAITING, CampaignState.CLOSING, CampaignState.CLOSED]
            ),
            Campaign.id.in_(
                sa.select(CampaignMember.campaign_id).where(_is_somebody(), _fits(session, user_id))
            ),
        )
        .order_by(Campaign.id.desc())
        .limit(20)
    ).all()


def _is_somebody() -> sa.ColumnElement[bool]:
    return CampaignMember.standing != Standing.TAKEN_BACK


def _fits(session: Session, user_id: int) -> sa.ColumnElement[bool]:
    user = session.get(User, user_id)
    numbers = session.scalars(
        sa.select(CampusIdentity.campus_number).where(
            CampusIdentity.user_id == user_id,
            CampusIdentity.ended_at.is_(None),
            CampusIdentity.campus_number != "",
        )
    ).all()
    known: list[sa.ColumnElement[bool]] = [CampaignMember.staff_number.in_(numbers)] if numbers else []
    if user is not None and user.email and user.confirmed_at:
        known.append(CampaignMember.email == user.email)
    if user is not None and user.phone and user.phone_confirmed_at:
        known.append(CampaignMember.phone == user.phone)
    is_matched = CampaignMember.user_id == user_id
    return (
        sa.or_(is_matched, sa.and_(CampaignMember.user_id.is_(None), sa.or_(*known))) if known else is_matched
    )


def _found(session: Session, statement: sa.Select[*tuple[Any, ...]]) -> dict[str, int]:
    """What leads to one account alone."""
    owners: dict[str, set[int]] = {}
    for key, user_id in session.execute(statement):
        owners.setdefault(key, set()).add(user_id)
    return {key: next(iter(ids)) for key, ids in owners.items() if len(ids) == 1}
