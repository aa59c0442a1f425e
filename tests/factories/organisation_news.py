"""What letters to organisations and members of their campaigns are about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Unit
from shop.accounts.organisation_models import OrganisationInvitation
from shop.campaigns.approval_models import CampaignApproval
from shop.campaigns.member_models import CampaignMember, Choice, ChosenBy, GotNothing
from shop.campaigns.models import Campaign, CampaignState
from shop.fulfilment.models import Parcel
from shop.gifts.approval_models import GiftApproval
from shop.gifts.models import Gift, GiftStatus
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.references import secret_token
from shop.notifications.gift_reactions import day_of_telling
from shop.notifications.messages import Message
from shop.ordering.approvals.models import ApprovalState, OrderApproval
from shop.ordering.gift_models import OrderGift
from shop.purchases.models import UnitTarget
from shop.storage.unit_of_work import UnitOfWork

MEMBERS = {
    Message.CAMPAIGN_OPENED,
    Message.CAMPAIGN_REMINDER,
    Message.CAMPAIGN_CODE,
    Message.CAMPAIGN_UNCOLLECTED,
    Message.CAMPAIGN_NOTHING,
    Message.CAMPAIGN_CALLED_OFF,
    Message.CAMPAIGN_LESS,
}

GIFTS = {
    Message.GIFT_ORDERED,
    Message.GIFT_SHIPPED,
    Message.GIFT_APPROVAL_ASKED,
    Message.GIFT_APPROVAL_ENDED,
}

BILLS = (Message.CAMPAIGN_APPROVAL_ASKED, Message.CAMPAIGN_APPROVAL_ENDED)


def news_of_organisations(
    unit_of_work: UnitOfWork,
    message: Message,
    *,
    organisation_id: int,
    order_id: int,
    point_id: int,
    user_id: int,
) -> dict[str, Any]:
    """The payload of a message about something of this organisation, which is made; empty for any other message."""
    return unit_of_work.run(
        lambda session: _news(session, message, organisation_id, order_id, point_id, user_id)
    )


def _news(
    session: Session, message: Message, organisation_id: int, order_id: int, point_id: int, user_id: int
) -> dict[str, Any]:
    if message in {Message.APPROVAL_ASKED, Message.APPROVAL_ENDED}:
        is_over = message is Message.APPROVAL_ENDED
        return {
            "user_id": user_id,
            "approval_id": _approval(session, organisation_id, order_id, is_over=is_over),
        }
    if message in GIFTS or message in BILLS:
        if message in GIFTS:
            told = _of_gift(session, message, organisation_id, order_id)
        else:
            bill_id = _bill(session, organisation_id, point_id, user_id, is_over=message is BILLS[1])
            told = {"campaign_approval_id": bill_id}
        return {"user_id": user_id, "facts": told}
    if message is Message.ORGANISATION_INVITED:
        return {"invitation_id": _invitation(session, organisation_id)}
    if message is Message.UNIT_BEHIND:
        return {"user_id": user_id, "organisation_id": organisation_id, "facts": _behind(session)}
    if message in MEMBERS:
        has_chosen = message in {
            *(Message.CAMPAIGN_CODE, Message.CAMPAIGN_UNCOLLECTED, Message.CAMPAIGN_LESS)
        }
        member_id = _member(session, organisation_id, point_id, user_id, has_chosen=has_chosen)
        _ended(session, member_id, message)
        return {"member_id": member_id}
    return {}


def _of_gift(session: Session, message: Message, organisation_id: int, order_id: int) -> dict[str, Any]:
    is_over = message is not Message.GIFT_APPROVAL_ASKED
    approval = session.get_one(GiftApproval, _gift(session, organisation_id, is_over=is_over))
    if message in {Message.GIFT_APPROVAL_ASKED, Message.GIFT_APPROVAL_ENDED}:
        return {"gift_approval_id": approval.id}
    session.add(OrderGift(order_id=order_id, gift_id=approval.gift_id))
    session.execute(sa.update(Parcel).where(Parcel.order_id == order_id).values(shipped_at=utc_now()))
    return {"gift_id": approval.gift_id, "day": day_of_telling(utc_now()).isoformat()}


def _gift(session: Session, organisation_id: int, *, is_over: bool) -> int:
    now = utc_now()
    gift = Gift(
        organisation_id=organisation_id,
        name="中秋客户礼",
        made_token=secret_token(),
        created_at=now,
        updated_at=now,
    )
    session.add(gift)
    session.flush()
    approval = GiftApproval(
        gift_id=gift.id, organisation_id=organisation_id, amount_fen=88_000, over=[],
        state=ApprovalState.RETURNED if is_over else ApprovalState.WAITING, before=GiftStatus.DRAFT,
        asked_at=now, expires_at=now + timedelta(hours=72), decided_at=now if is_over else None,
        reason="太多" if is_over else "",
    )  # fmt: skip
    session.add(approval)
    session.flush()
    return approval.id


def _approval(session: Session, organisation_id: int, order_id: int, *, is_over: bool) -> int:
    now = utc_now()
    decided = {"state": ApprovalState.RETURNED, "reason": "太多", "decided_at": now} if is_over else {}
    approval = OrderApproval(
        order_id=order_id, organisation_id=organisation_id, amount_fen=100, over=[], asked_at=now,
        expires_at=now + timedelta(days=2), **decided,
    )  # fmt: skip
    return _added(session, approval)


def _invitation(session: Session, organisation_id: int) -> int:
    now = utc_now()
    invitation = OrganisationInvitation(
        organisation_id=organisation_id, contact="lin@example.com", role="buyer", invited_at=now,
        expires_at=now + timedelta(days=7),
    )  # fmt: skip
    return _added(session, invitation)


def _behind(session: Session) -> dict[str, int]:
    unit_id, year = _added(session, Unit(slug="behind", name_zh="后勤", name_en="Logistics")), _year()
    _added(session, UnitTarget(unit_id=unit_id, year=year, version=1, target_fen=10**9, set_at=utc_now()))
    return {"year": year, "unit_id": unit_id}


def _member(session: Session, organisation_id: int, point_id: int, user_id: int, *, has_chosen: bool) -> int:
    now = utc_now()
    campaign = Campaign(
        organisation_id=organisation_id, title="春节福利", opens_at=now - timedelta(days=1),
        closes_at=now + timedelta(days=7), distribution_on=shanghai_date(now) + timedelta(days=30),
        year=_year(), allowance_fen=20_000, token="news", made_at=now, contact="周老师", contact_phone="+8613800001234",
        state=CampaignState.CLOSED if has_chosen else CampaignState.OPEN,
    )  # fmt: skip
    campaign_id = _added(session, campaign)
    member_id = _added(
        session,
        CampaignMember(
            campaign_id=campaign_id, staff_number="A001", name="王会员", user_id=user_id, enrolled_at=now
        ),
    )
    if has_chosen:
        session.add(
            Choice(
                member_id=member_id, pickup_point_id=point_id, total_fen=0, allowance_fen=0, chosen_by=ChosenBy.MEMBER,
                chosen_at=now, changed_at=now, pickup_code="123456",
            )
        )  # fmt: skip
    return member_id


def _ended(session: Session, member_id: int, message: Message) -> None:
    """What only an ended campaign tells."""
    member = session.get_one(CampaignMember, member_id)
    campaign = session.get_one(Campaign, member.campaign_id)
    if message is Message.CAMPAIGN_NOTHING:
        campaign.state, member.got_nothing = CampaignState.CLOSED, GotNothing.QUOTA
    elif message is Message.CAMPAIGN_CALLED_OFF:
        campaign.state, campaign.called_off_reason = CampaignState.CALLED_OFF, "停电"
    session.flush()


def _bill(session: Session, organisation_id: int, point_id: int, user_id: int, *, is_over: bool) -> int:
    now = utc_now()
    member_id = _member(session, organisation_id, point_id, user_id, has_chosen=False)
    approval = CampaignApproval(
        campaign_id=session.get_one(CampaignMember, member_id).campaign_id, organisation_id=organisation_id,
        amount_fen=88_000, over=[], state=ApprovalState.RETURNED if is_over else ApprovalState.WAITING, asked_at=now,
        expires_at=now + timedelta(hours=72), decided_at=now if is_over else None, reason="太多" if is_over else "",
    )  # fmt: skip
    return _added(session, approval)


def _year() -> int:
    return shanghai_date(utc_now()).year


def _added(session: Session, row: Any) -> int:
    session.add(row)
    session.flush()
    number: int = row.id
    return number
