"""Codes of one use each, made together. They are in the answer that makes them and nowhere else: the table has digests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.ordering.coupons.campaigns import lock_campaign
from shop.ordering.coupons.codes import digest_of, grouped, new_code
from shop.ordering.coupons.models import CampaignState, CouponBatch, CouponCode

MOST_CODES: Final = 2_000
_OPEN: Final = (CampaignState.PROPOSED, CampaignState.APPROVED, CampaignState.PAUSED)


class MadeBefore(Conflict):
    code = "codes_made_before"
    default_message = msg(
        "These codes were made already and are not shown a second time. If their file is lost, void the batch and make"
        " another."
    )


def make_batch(
    session: Session,
    campaign_id: int,
    count: int,
    label: str,
    *,
    token: str,
    actor_id: int | None,
    now: datetime,
) -> list[str]:
    """So many new codes, in letters, in the order of their numbers. Raises NotFound, InvalidInput, MadeBefore, Conflict."""
    campaign = lock_campaign(session, campaign_id)
    if session.scalar(sa.select(CouponBatch.id).where(CouponBatch.token == token)) is not None:
        raise MadeBefore()
    if campaign.state not in _OPEN:
        raise Conflict(msg("It is over: no more codes are made for it."))
    errors = {}
    if not 0 < count <= MOST_CODES:
        errors["count"] = msg("Please enter a number from 1 to 2,000.")
    if not tidy(label):
        errors["label"] = msg("Please say what they are for.")
    if errors:
        raise InvalidInput(errors=errors)
    batch = CouponBatch(
        campaign_id=campaign_id,
        label=tidy(label)[:60],
        count=count,
        made_at=now,
        made_by_id=actor_id,
        token=token,
    )
    session.add(batch)
    session.flush()
    codes = [new_code() for _ in range(count)]
    session.execute(sa.insert(CouponCode), _rows(batch, codes))
    facts = {"label": batch.label, "coupon_codes": count}
    audit(session, actor_id, "coupon.codes_made", "coupon_campaign", campaign_id, facts, now=now)
    return [grouped(code) for code in codes]


def void_batch(
    session: Session, campaign_id: int, batch_id: int, *, actor_id: int | None, now: datetime
) -> bool:
    """None of its codes holds good any more; orders that were placed keep theirs. False when it was void. Raises NotFound."""
    lock_campaign(session, campaign_id)
    batch = session.scalar(
        sa.select(CouponBatch).where(CouponBatch.id == batch_id, CouponBatch.campaign_id == campaign_id)
    )
    if batch is None:
        raise NotFound()
    if batch.voided_at is not None:
        return False
    batch.voided_at = now
    facts = {"label": batch.label, "coupon_codes": batch.count}
    audit(session, actor_id, "coupon.codes_voided", "coupon_campaign", campaign_id, facts, now=now)
    return True


def _rows(batch: CouponBatch, codes: Sequence[str]) -> list[dict[str, object]]:
    return [
        {
            "campaign_id": batch.campaign_id,
            "batch_id": batch.id,
            "serial": serial,
            "digest": digest_of(code),
            "most_uses": 1,
        }
        for serial, code in enumerate(codes, start=1)
    ]
