"""The default package for who did not choose: given in parts, counted as strictly as what people choose, undone as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.allowances import usable_fen
from shop.campaigns.closing_plan import unchosen_members
from shop.campaigns.member_models import (
    CampaignMember,
    CampaignUnit,
    Choice,
    ChoiceLine,
    ChosenBy,
    YearOfAllowance,
)
from shop.campaigns.models import Campaign, CampaignGood, CampaignSlot
from shop.campaigns.own_models import TopUp
from shop.campaigns.reading import Offer, Package
from shop.campaigns.spending import begin_years, move_units, spend_of_unit, yearly_cap_fen
from shop.ordering.models import OrderLine

AT_ONCE: Final = 500
_BULK: Final = {"synchronize_session": False}


def give_defaults(session: Session, campaign: Campaign, offer: Offer, *, now: datetime) -> bool:
    """The next part; False when everybody has had a turn. The campaign is locked and closing.

    Who has no allowance left for it this year, or whose unit's quota is used up, gets none. Nobody gets one twice:
    who has a choice is not found again.
    """
    package = offer.default
    waiting = unchosen_members(campaign.id).where(CampaignMember.id > campaign.closing_done).limit(AT_ONCE)
    ids = session.scalars(waiting).all() if package is not None else []
    if package is None or not ids:
        return False
    members = session.scalars(
        sa.select(CampaignMember).where(CampaignMember.id.in_(ids)).order_by(CampaignMember.id)
    ).all()
    given = _within_units(
        session, _within_cap(session, campaign, members, package.price_fen), package.price_fen
    )
    given = given[: _left_of(offer, package)]
    if given:
        _count(session, campaign, given, package)
        _write(session, campaign, given, package, _places(session, campaign, len(given)), now)
    campaign.closing_done = ids[-1]
    session.flush()
    return True


def undo_defaults(session: Session, campaign: Campaign) -> None:
    """As if none had been given. The campaign is locked."""
    mine = sa.select(CampaignMember.id).where(CampaignMember.campaign_id == campaign.id)
    given = sa.and_(Choice.member_id.in_(mine), Choice.chosen_by == ChosenBy.DEFAULT)
    spent = (
        sa.select(Choice.allowance_fen)
        .join(CampaignMember, CampaignMember.id == Choice.member_id)
        .where(given, CampaignMember.staff_number == YearOfAllowance.staff_number)
        .scalar_subquery()
    )
    numbers = (
        sa.select(CampaignMember.staff_number)
        .join(Choice, Choice.member_id == CampaignMember.id)
        .where(given)
    )
    _run(
        session,
        sa.update(YearOfAllowance)
        .where(
            YearOfAllowance.organisation_id == campaign.organisation_id,
            YearOfAllowance.year == campaign.year,
            YearOfAllowance.staff_number.in_(numbers),
        )
        .values(spent_fen=YearOfAllowance.spent_fen - spent),
    )
    of_default = sa.select(Choice.member_id).where(given)
    _run(session, sa.delete(ChoiceLine).where(ChoiceLine.member_id.in_(of_default)))
    _run(session, sa.delete(Choice).where(given))
    recount(session, campaign.id)
    campaign.closing_done = 0
    session.flush()


def recount(session: Session, campaign_id: int) -> None:
    """Units' sums, places and goods as the choices say that there are now. The campaign is locked."""
    of_unit = (
        sa.select(sa.func.coalesce(sa.func.sum(Choice.allowance_fen), 0))
        .join(CampaignMember, CampaignMember.id == Choice.member_id)
        .where(CampaignMember.unit_id == CampaignUnit.id)
        .scalar_subquery()
    )
    here = sa.select(sa.func.count()).where(Choice.slot_id == CampaignSlot.id).scalar_subquery()
    taken = (
        sa.select(sa.func.coalesce(sa.func.sum(ChoiceLine.quantity), 0))
        .join(CampaignMember, CampaignMember.id == ChoiceLine.member_id)
        .where(CampaignMember.campaign_id == campaign_id, ChoiceLine.variant_id == CampaignGood.variant_id)
        .scalar_subquery()
    )
    bought = (
        sa.select(sa.func.coalesce(sa.func.sum(OrderLine.quantity), 0))
        .join(TopUp, TopUp.order_id == OrderLine.order_id)
        .join(CampaignMember, CampaignMember.id == TopUp.member_id)
        .where(CampaignMember.campaign_id == campaign_id, OrderLine.variant_id == CampaignGood.variant_id)
        .where(TopUp.given_up_at.is_(None))
        .scalar_subquery()
    )
    _run(
        session,
        sa.update(CampaignUnit).where(CampaignUnit.campaign_id == campaign_id).values(spent_fen=of_unit),
    )
    _run(session, sa.update(CampaignSlot).where(CampaignSlot.campaign_id == campaign_id).values(taken=here))
    _run(
        session,
        sa.update(CampaignGood)
        .where(CampaignGood.campaign_id == campaign_id)
        .values(taken_units=taken + bought),
    )


def _within_cap(
    session: Session, campaign: Campaign, members: Sequence[CampaignMember], price_fen: int
) -> list[CampaignMember]:
    """Whose year still holds it. Locks their years."""
    keys = [(campaign.organisation_id, one.staff_number, campaign.year) for one in members]
    begin_years(session, keys)
    spent: Mapping[str, int] = dict(
        session.execute(
            sa.select(YearOfAllowance.staff_number, YearOfAllowance.spent_fen)
            .where(
                YearOfAllowance.organisation_id == campaign.organisation_id,
                YearOfAllowance.year == campaign.year,
                YearOfAllowance.staff_number.in_([one.staff_number for one in members]),
            )
            .order_by(YearOfAllowance.staff_number)
            .with_for_update()
        ).all()
    )
    cap_fen = yearly_cap_fen(session)
    return [
        one
        for one in members
        if usable_fen(campaign.allowance_fen, cap_fen=cap_fen, spent_elsewhere_fen=spent[one.staff_number])
        >= price_fen
    ]


def _within_units(
    session: Session, members: Sequence[CampaignMember], price_fen: int
) -> list[CampaignMember]:
    """As far as each unit's quota in fen reaches, by the order of the list."""
    ids = sorted({one.unit_id for one in members if one.unit_id is not None})
    locked = sa.select(CampaignUnit).where(CampaignUnit.id.in_(ids)).order_by(CampaignUnit.id)
    units = session.scalars(locked.with_for_update().execution_options(populate_existing=True))
    left = {one.id: None if one.most_fen is None else one.most_fen - one.spent_fen for one in units}
    found = []
    for one in members:
        rest = left.get(one.unit_id) if one.unit_id is not None else None
        if rest is not None and rest < price_fen:
            continue
        if rest is not None and one.unit_id is not None:
            left[one.unit_id] = rest - price_fen
        found.append(one)
    return found


def _left_of(offer: Offer, package: Package) -> int:
    """For how many the goods suffice that come first, served first."""
    limits = [good.left // quantity for good, quantity in package.items if good.left is not None]
    return min(limits, default=AT_ONCE)


def _count(session: Session, campaign: Campaign, given: Sequence[CampaignMember], package: Package) -> None:
    numbers = [one.staff_number for one in given]
    _run(
        session,
        sa.update(YearOfAllowance)
        .where(
            YearOfAllowance.organisation_id == campaign.organisation_id,
            YearOfAllowance.year == campaign.year,
            YearOfAllowance.staff_number.in_(numbers),
        )
        .values(spent_fen=YearOfAllowance.spent_fen + package.price_fen),
    )
    for unit_id in sorted({one.unit_id for one in given if one.unit_id is not None}):
        people = sum(one.unit_id == unit_id for one in given)
        spend_of_unit(session, unit_id, people * package.price_fen)
    units = {good.variant.id: quantity * len(given) for good, quantity in package.items}
    move_units(session, campaign.id, units)


def _places(session: Session, campaign: Campaign, count: int) -> list[tuple[int, int | None]]:
    """(point, slot) for so many: the times in their order as long as they have places, then the first point without one."""
    locked = sa.select(CampaignSlot).where(CampaignSlot.campaign_id == campaign.id).order_by(CampaignSlot.id)
    slots = session.scalars(locked.with_for_update().execution_options(populate_existing=True)).all()
    in_order = sorted(slots, key=lambda slot: (slot.starts_at, slot.pickup_point_id))
    found: list[tuple[int, int | None]] = []
    for slot in in_order:
        here = min(slot.left, count - len(found))
        found += [(slot.pickup_point_id, slot.id)] * here
        slot.taken += here
    session.flush()
    return found + [(in_order[0].pickup_point_id, None)] * (count - len(found))


def _write(
    session: Session,
    campaign: Campaign,
    given: Sequence[CampaignMember],
    package: Package,
    places: Sequence[tuple[int, int | None]],
    now: datetime,
) -> None:
    common = {
        "package_id": package.row.id,
        "total_fen": package.price_fen,
        "allowance_fen": package.price_fen,
        "own_fen": 0,
        "freight_fen": 0,
        "chosen_by": ChosenBy.DEFAULT,
        "chosen_at": now,
        "changed_at": now,
        "token": "",
    }
    choices: list[dict[str, Any]] = [
        {"member_id": member.id, "pickup_point_id": point_id, "slot_id": slot_id, **common}
        for member, (point_id, slot_id) in zip(given, places, strict=True)
    ]
    lines = [
        {
            "member_id": member.id,
            "variant_id": good.variant.id,
            "quantity": quantity,
            "price_fen": good.price_fen,
        }
        for member in given
        for good, quantity in package.items
    ]
    session.execute(sa.insert(Choice), choices)
    session.execute(sa.insert(ChoiceLine), lines)


def _run(session: Session, statement: Any) -> None:
    session.execute(statement, execution_options=_BULK)
