"""A campaign of coupons is proposed by one person and begun by another; then it can be paused, ended and extended.

What it gives cannot be changed any more: money leaves by it, and two persons agreed to that.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.proved_email import demand_known_owners
from shop.kit.errors import Conflict, InvalidInput, NotAllowed, NotFound
from shop.kit.text import msg, tidy
from shop.ordering.coupons.campaign_wish import LONGEST, LONGEST_REASON, WHY, CampaignWish, refuse_senseless
from shop.ordering.coupons.codes import digest_of, word_of
from shop.ordering.coupons.models import (
    CampaignState,
    CouponAudience,
    CouponBearer,
    CouponCampaign,
    CouponCode,
    CouponInvited,
    CouponKind,
    CouponScope,
    CouponTarget,
)
from shop.ordering.coupons.transitions import CAMPAIGNS
from shop.storage.locks import LockRank, lock_row

TARGET_COLUMNS: Final = {
    CouponScope.CATEGORIES: "category_id",
    CouponScope.PRODUCTS: "product_id",
    CouponScope.VILLAGES: "village_id",
    CouponScope.SELLERS: "seller_id",
}


def propose_campaign(session: Session, wish: CampaignWish, *, actor_id: int | None, now: datetime) -> int:
    """Written down for another person to begin; the same form sent twice proposes once. Raises InvalidInput."""
    known = session.scalar(sa.select(CouponCampaign.id).where(CouponCampaign.token == wish.token))
    if known is not None:
        return known
    refuse_senseless(session, wish, now)
    campaign = _campaign(wish, actor_id, now)
    session.add(campaign)
    session.flush()
    if wish.word:
        _add_word(session, campaign.id, wish.word, wish.most_per_word)
    note_campaign(session, campaign, "proposed", actor_id, now)
    return campaign.id


def approve_campaign(session: Session, campaign_id: int, *, actor_id: int | None, now: datetime) -> bool:
    """Agree to what another person proposed; False when it was agreed to before.

    Raises NotFound, NotAllowed, Conflict; OwnersUnknown where it names accounts whose address nobody has confirmed.
    """
    campaign = lock_campaign(session, campaign_id)
    if campaign.state is CampaignState.APPROVED:
        return False
    if campaign.proposed_by_id == actor_id or actor_id is None:
        raise NotAllowed(msg("Nobody decides what they proposed."))
    if campaign.state is not CampaignState.PROPOSED:
        raise Conflict(msg("It was decided already."))
    if campaign.ends_at <= now:
        raise Conflict(msg("Its time is over already. Decline it, and propose another."))
    demand_known_owners(session, _named_accounts(session, campaign.id))
    campaign.state = CAMPAIGNS.step(campaign.state, CampaignState.APPROVED)
    campaign.approved_by_id, campaign.approved_at = actor_id, now
    note_campaign(session, campaign, "approved", actor_id, now)
    return True


def decline_campaign(
    session: Session, campaign_id: int, reason: str, *, actor_id: int | None, now: datetime
) -> bool:
    return _step(session, campaign_id, CampaignState.DECLINED, reason, actor_id, now)


def pause_campaign(
    session: Session, campaign_id: int, reason: str, *, actor_id: int | None, now: datetime
) -> bool:
    """Its codes take nothing off until it goes on; orders that were placed keep theirs."""
    return _step(session, campaign_id, CampaignState.PAUSED, reason, actor_id, now)


def resume_campaign(session: Session, campaign_id: int, *, actor_id: int | None, now: datetime) -> bool:
    """It goes on as it was agreed to. Raises NotFound, IllegalStep."""
    campaign = lock_campaign(session, campaign_id)
    if campaign.state is CampaignState.APPROVED:
        return False
    if campaign.state is CampaignState.PROPOSED:
        raise Conflict(msg("It was not approved yet."))
    campaign.state, campaign.decision = CAMPAIGNS.step(campaign.state, CampaignState.APPROVED), ""
    note_campaign(session, campaign, "resumed", actor_id, now)
    return True


def end_campaign(
    session: Session, campaign_id: int, reason: str, *, actor_id: int | None, now: datetime
) -> bool:
    return _step(session, campaign_id, CampaignState.ENDED, reason, actor_id, now)


def extend_campaign(
    session: Session, campaign_id: int, ends_at: datetime, *, actor_id: int | None, now: datetime
) -> bool:
    """Give it more time; budget and limits stay. By another person than who proposed it. Raises as `approve_campaign`."""
    campaign = lock_campaign(session, campaign_id)
    if campaign.ends_at == ends_at:
        return False
    if campaign.proposed_by_id == actor_id:
        raise NotAllowed(msg("Somebody else than who proposed it gives it more time."))
    if campaign.state not in (CampaignState.APPROVED, CampaignState.PAUSED):
        raise Conflict(msg("It is not running."))
    if ends_at <= max(campaign.ends_at, now):
        raise InvalidInput(msg("Please choose a later day than its last one."), field="last_day")
    if ends_at > max(campaign.starts_at, now) + LONGEST:
        raise InvalidInput(msg("At most a year."), field="last_day")
    campaign.ends_at = ends_at
    note_campaign(session, campaign, "extended", actor_id, now)
    return True


def lock_campaign(session: Session, campaign_id: int) -> CouponCampaign:
    """Raises NotFound."""
    found = lock_row(
        session, LockRank.COUPON, sa.select(CouponCampaign).where(CouponCampaign.id == campaign_id)
    )
    if found is None:
        raise NotFound()
    return found


def note_campaign(
    session: Session, campaign: CouponCampaign, what: str, actor_id: int | None, now: datetime
) -> None:
    facts = {
        "name": campaign.name_zh,
        "budget_fen": campaign.budget_fen,
        "starts_at": campaign.starts_at.isoformat(),
        "ends_at": campaign.ends_at.isoformat(),
        "reason": campaign.decision or campaign.reason,
    }
    audit(session, actor_id, f"coupon.{what}", "coupon_campaign", campaign.id, facts, now=now)


def _step(
    session: Session,
    campaign_id: int,
    state: CampaignState,
    reason: str,
    actor_id: int | None,
    now: datetime,
) -> bool:
    """False when it was so before. Raises NotFound, InvalidInput, IllegalStep."""
    campaign = lock_campaign(session, campaign_id)
    if campaign.state is state:
        return False
    said = tidy(reason)[:LONGEST_REASON]
    if not said:
        raise InvalidInput(WHY, field="decision")
    campaign.state, campaign.decision = CAMPAIGNS.step(campaign.state, state), said
    note_campaign(session, campaign, state.value, actor_id, now)
    return True


def _named_accounts(session: Session, campaign_id: int) -> Sequence[int]:
    named = sa.select(CouponInvited.user_id).where(
        CouponInvited.campaign_id == campaign_id, CouponInvited.user_id.is_not(None)
    )
    return [user_id for user_id in session.scalars(named) if user_id is not None]


def _campaign(wish: CampaignWish, actor_id: int | None, now: datetime) -> CouponCampaign:
    column = TARGET_COLUMNS.get(wish.scope)
    invited = [CouponInvited(unit_id=one) for one in dict.fromkeys(wish.unit_ids)]
    invited += [CouponInvited(user_id=one) for one in dict.fromkeys(wish.user_ids)]
    return CouponCampaign(
        name_zh=tidy(wish.name_zh),
        name_en=tidy(wish.name_en),
        kind=wish.kind,
        amount_fen=wish.amount_fen if wish.kind is CouponKind.AMOUNT else None,
        percent=wish.percent if wish.kind is CouponKind.PERCENT else None,
        most_fen=None if wish.kind is CouponKind.AMOUNT else wish.most_fen,
        minimum_fen=wish.minimum_fen,
        scope=wish.scope,
        audience=wish.audience,
        most_uses=wish.most_uses,
        most_per_person=wish.most_per_person,
        budget_fen=wish.budget_fen,
        with_freight=wish.with_freight and wish.kind is not CouponKind.FREIGHT,
        bearer=wish.bearer,
        fund_name=tidy(wish.fund_name) if wish.bearer is CouponBearer.FUND else "",
        starts_at=wish.starts_at,
        ends_at=wish.ends_at,
        reason=tidy(wish.reason)[:LONGEST_REASON],
        proposed_by_id=actor_id,
        proposed_at=now,
        token=wish.token,
        targets=[CouponTarget(**{column: one}) for one in dict.fromkeys(wish.targets)] if column else [],
        invited=invited if wish.audience in (CouponAudience.UNITS, CouponAudience.ACCOUNTS) else [],
    )


def _add_word(session: Session, campaign_id: int, word: str, most_uses: int | None) -> None:
    shown = word_of(word)
    session.add(CouponCode(campaign_id=campaign_id, digest=digest_of(shown), word=shown, most_uses=most_uses))
    session.flush()
