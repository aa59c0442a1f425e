"""Units leave choices after the close, and what goes instead comes in: lines, sums and the member's year fall, the code ends
where nothing is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from shop.campaigns.after_models import Loss, Why
from shop.campaigns.batches import in_batches
from shop.campaigns.member_models import (
    CampaignMember,
    Choice,
    ChoiceLine,
    GotNothing,
    Telling,
    YearOfAllowance,
)
from shop.campaigns.models import Campaign
from shop.campaigns.spending import year_of

_EMPTIED: Final = {Why.SHORT: GotNothing.HARVEST}


def lose(session: Session, campaign: Campaign, losses: Mapping[int, Sequence[Loss]], why: Why) -> None:
    """By member. The campaign is locked; whoever calls counts units of goods and sub-unions anew."""
    back: dict[str, int] = {}
    for ids in in_batches(list(losses)):
        choices = session.scalars(
            sa.select(Choice)
            .where(Choice.member_id.in_(ids))
            .options(joinedload(Choice.member), selectinload(Choice.lines))
            .order_by(Choice.member_id)
            .execution_options(populate_existing=True)
        ).all()
        for choice in choices:
            number = choice.member.staff_number
            back[number] = _fall(session, campaign, choice, losses[choice.member_id])
            _tell(choice.member, choice, why)
    session.flush()
    _give_years_back(session, campaign, back)


def _fall(session: Session, campaign: Campaign, choice: Choice, losses: Sequence[Loss]) -> int:
    """What of the allowance counts for nobody's year any more, in fen."""
    falls = {one.variant_id: one.quantity for one in losses}
    session.add_all(losses)
    goods_fen = 0
    for line in choice.lines:
        left = line.quantity - falls.get(line.variant_id, 0)
        goods_fen += left * line.price_fen
        if left:
            line.quantity = left
        else:
            session.delete(line)
    session.flush()
    goods_fen += _put_instead(session, choice.member_id, losses)
    if not goods_fen:
        choice.freight_fen, choice.pickup_code = 0, None
    before, after = choice.allowance_fen, goods_fen + (choice.freight_fen if campaign.freight_counts else 0)
    choice.allowance_fen, choice.total_fen = after, after + choice.own_fen
    return before - after


def _put_instead(session: Session, member_id: int, losses: Sequence[Loss]) -> int:
    """What goes instead as lines of the choice; what it is worth, in fen."""
    for one in losses:
        if one.instead_id is None:
            continue
        known = session.get(ChoiceLine, (member_id, one.instead_id))
        if known is not None:
            known.quantity += one.instead
        else:
            line = ChoiceLine(
                member_id=member_id,
                variant_id=one.instead_id,
                quantity=one.instead,
                price_fen=one.instead_fen,
            )
            session.add(line)
            session.flush()
    return sum(one.instead * one.instead_fen for one in losses)


def _tell(member: CampaignMember, choice: Choice, why: Why) -> None:
    """Once; who was not told of the code yet reads what is left of the goods with it."""
    is_empty = not choice.allowance_fen
    if is_empty:
        member.got_nothing = _EMPTIED.get(why, GotNothing.ORDER)
    if is_empty or member.to_tell is not Telling.CODE:
        member.to_tell = Telling.LESS


def _give_years_back(session: Session, campaign: Campaign, back: Mapping[str, int]) -> None:
    """In fen by staff number, in the order in which years are locked."""
    rows = [{"number": number, "less": fen} for number, fen in sorted(back.items()) if fen]
    if not rows:
        return
    session.connection().execute(
        sa.update(YearOfAllowance)
        .where(
            year_of(session, campaign),
            YearOfAllowance.staff_number == sa.bindparam("number"),
        )
        .values(spent_fen=YearOfAllowance.spent_fen - sa.bindparam("less")),
        rows,
    )
