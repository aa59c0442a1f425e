"""The last step of a close: what goes instead is written into the choices, and everybody gets a pickup code."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.campaigns.defaults import recount
from shop.campaigns.member_models import (
    CampaignMember,
    Choice,
    ChoiceLine,
    GotNothing,
    Standing,
    Telling,
    YearOfAllowance,
)
from shop.campaigns.models import Campaign, CampaignGood, CampaignState
from shop.campaigns.order_places import all_orders
from shop.campaigns.own_models import CampaignSwap
from shop.campaigns.reading import Offer
from shop.campaigns.spending import year_of
from shop.campaigns.swapping import Swap
from shop.campaigns.transitions import CAMPAIGNS
from shop.ordering.events import OneInvoiceWanted
from shop.storage.event_log import record

_BULK: Final = {"synchronize_session": False}
_DIGITS: Final = 6  # of a pickup code, or more where more people collect at once


def finish(
    session: Session, campaign: Campaign, offer: Offer, swaps: Sequence[Swap], *, now: datetime
) -> None:
    """Every order is accepted. The campaign is locked."""
    _write_swaps(session, campaign, offer, swaps)
    _give_codes(session, campaign.id)
    goes_home = sa.and_(Choice.pickup_point_id.is_(None), Choice.allowance_fen > 0)
    is_told = sa.or_(Choice.pickup_code.is_not(None), goes_home)
    chosen = sa.select(Choice.member_id).where(is_told)
    session.execute(
        sa.update(CampaignMember)
        .where(CampaignMember.campaign_id == campaign.id, CampaignMember.id.in_(chosen))
        .values(to_tell=Telling.CODE),
        execution_options=_BULK,
    )
    _tell_of_nothing(session, campaign.id)
    campaign.state, campaign.closed_at = CAMPAIGNS.step(campaign.state, CampaignState.CLOSED), now
    session.flush()
    orders = tuple(session.scalars(all_orders(campaign.id)))
    record(session, OneInvoiceWanted(orders, campaign.organisation_id, campaign.closing_by_id, now))
    facts = {"swapped": len(swaps)}
    audit(session, campaign.closing_by_id, "campaign.closed", "campaign", campaign.id, facts, now=now)


def _tell_of_nothing(session: Session, campaign_id: int) -> None:
    """Whom the default package was not given to, and of whose choice the harvest left nothing."""
    mine = CampaignMember.campaign_id == campaign_id
    emptied = sa.select(Choice.member_id).where(Choice.allowance_fen == 0)
    session.execute(
        sa.update(CampaignMember)
        .where(mine, CampaignMember.id.in_(emptied))
        .values(got_nothing=GotNothing.HARVEST),
        execution_options=_BULK,
    )
    session.execute(
        sa.update(CampaignMember)
        .where(mine, CampaignMember.got_nothing.is_not(None), CampaignMember.standing == Standing.ENROLLED)
        .values(to_tell=Telling.NOTHING),
        execution_options=_BULK,
    )


def _write_swaps(session: Session, campaign: Campaign, offer: Offer, swaps: Sequence[Swap]) -> None:
    """Swaps are by value, so sums only fall; what falls is not charged and counts for nobody's year.

    What is limited for who comes first is not when it goes instead of other goods, as agreed beforehand.
    """
    if not swaps:
        return
    by_member: dict[int, list[Swap]] = defaultdict(list)
    for swap in swaps:
        by_member[swap.member_id].append(swap)
    choices = session.scalars(sa.select(Choice).where(Choice.member_id.in_(by_member))).all()
    for choice in choices:
        for swap in by_member[choice.member_id]:
            _swap_line(session, offer, swap, choice.member_id)
        session.flush()
        before, goods_fen = choice.allowance_fen, _sum_of(session, choice.member_id)
        if not goods_fen:
            choice.freight_fen = 0  # nothing is left to be sent
        after = goods_fen + (choice.freight_fen if campaign.freight_counts else 0)
        choice.total_fen, choice.allowance_fen = after + choice.own_fen, after
        _spend_less(session, campaign, choice.member_id, before - after)
    session.flush()
    instead = {swap.substitute_id for swap in swaps if swap.substitute_id is not None}
    session.execute(
        sa.update(CampaignGood)
        .where(CampaignGood.campaign_id == campaign.id, CampaignGood.variant_id.in_(instead))
        .values(most_units=None),
        execution_options=_BULK,
    )
    recount(session, campaign.id)


def _swap_line(session: Session, offer: Offer, swap: Swap, member_id: int) -> None:
    line = session.get_one(ChoiceLine, (member_id, swap.variant_id))
    if line.quantity > swap.quantity:  # the rest came instead of other goods
        line.quantity -= swap.quantity
    else:
        session.delete(line)
    session.add(
        CampaignSwap(
            member_id=member_id,
            variant_id=swap.variant_id,
            quantity=swap.quantity,
            substitute_id=swap.substitute_id,
            instead=swap.instead,
            returned_fen=swap.returned_fen,
        )
    )
    session.flush()
    if swap.substitute_id is None:
        return
    known = session.get(ChoiceLine, (member_id, swap.substitute_id))
    if known is not None:
        known.quantity += swap.instead
        return
    price_fen = offer.goods[swap.substitute_id].price_fen
    session.add(
        ChoiceLine(
            member_id=member_id, variant_id=swap.substitute_id, quantity=swap.instead, price_fen=price_fen
        )
    )


def _sum_of(session: Session, member_id: int) -> int:
    total = sa.select(sa.func.sum(ChoiceLine.quantity * ChoiceLine.price_fen))
    return int(session.scalar(total.where(ChoiceLine.member_id == member_id)) or 0)


def _spend_less(session: Session, campaign: Campaign, member_id: int, less_fen: int) -> None:
    number = sa.select(CampaignMember.staff_number).where(CampaignMember.id == member_id).scalar_subquery()
    session.execute(
        sa.update(YearOfAllowance)
        .where(
            year_of(session, campaign),
            YearOfAllowance.staff_number == number,
        )
        .values(spent_fen=YearOfAllowance.spent_fen - less_fen),
        execution_options=_BULK,
    )


def _give_codes(session: Session, campaign_id: int) -> None:
    """One for each member who collects something, no two alike in the campaign."""
    ids = session.scalars(
        sa.select(Choice.member_id)
        .join(CampaignMember, CampaignMember.id == Choice.member_id)
        .where(CampaignMember.campaign_id == campaign_id, Choice.total_fen > 0, Choice.pickup_code.is_(None))
        .where(Choice.pickup_point_id.is_not(None))
        .order_by(Choice.member_id)
    ).all()
    codes = _different_codes(len(ids))
    if ids:
        session.execute(
            sa.update(Choice),
            [
                {"member_id": member_id, "pickup_code": code}
                for member_id, code in zip(ids, codes, strict=True)
            ],
        )


def _different_codes(count: int) -> list[str]:
    """Sparse: of a hundred typed at random at most a few are anybody's."""
    digits = max(_DIGITS, len(str(count)) + 2)
    found: dict[str, None] = {}
    while len(found) < count:
        found[f"{secrets.randbelow(10**digits):0{digits}d}"] = None
    return list(found)
