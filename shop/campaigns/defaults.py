"""The default package for who did not choose: given in parts, counted as strictly as what people choose, undone as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.families import family_of
from shop.campaigns.entitled import Rest, Unserved, packages_left
from shop.campaigns.expected import unchosen_members
from shop.campaigns.member_models import (
    CampaignMember,
    CampaignUnit,
    Choice,
    ChoiceLine,
    ChosenBy,
    GotNothing,
    YearOfAllowance,
)
from shop.campaigns.models import Campaign, CampaignGood, CampaignSlot
from shop.campaigns.own_models import TopUp
from shop.campaigns.reading import Offer, Package
from shop.campaigns.spending import begin_years, move_units, spend_of_unit, year_of, yearly_cap_fen
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
    spent = _locked_years(session, campaign, members)
    rest = Rest(
        package.price_fen,
        campaign.allowance_fen,
        yearly_cap_fen(session),
        _locked_units(session, members),
        packages_left(package.rows),
    )
    ids_given, nothing = rest.share(
        [Unserved(one.id, one.unit_id, spent[one.staff_number]) for one in members]
    )
    _note_nothing(session, nothing)
    chosen = set(ids_given)
    given = [one for one in members if one.id in chosen]
    if given:
        _count(session, campaign, given, package)
        _write(session, campaign, given, package, _places(session, campaign, len(given)), now)
    campaign.closing_done = ids[-1]
    session.flush()
    return True


def undo_defaults(session: Session, campaign: Campaign) -> None:
    """As if none had been given. The campaign is locked."""
    _undo(session, campaign, Choice.chosen_by == ChosenBy.DEFAULT)


def undo_choices(session: Session, campaign: Campaign) -> None:
    """As if nobody had chosen. The campaign is locked, and what members bought themselves is given up."""
    _undo(session, campaign, sa.true())


def _undo(session: Session, campaign: Campaign, which: sa.ColumnElement[bool]) -> None:
    mine = sa.select(CampaignMember.id).where(CampaignMember.campaign_id == campaign.id)
    given = sa.and_(Choice.member_id.in_(mine), which)
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
            year_of(session, campaign),
            YearOfAllowance.staff_number.in_(numbers),
        )
        .values(spent_fen=YearOfAllowance.spent_fen - spent),
    )
    undone = sa.select(Choice.member_id).where(given)
    _run(session, sa.delete(ChoiceLine).where(ChoiceLine.member_id.in_(undone)))
    _run(session, sa.delete(Choice).where(given))
    _run(
        session,
        sa.update(CampaignMember)
        .where(CampaignMember.campaign_id == campaign.id, CampaignMember.got_nothing.is_not(None))
        .values(got_nothing=None),
    )
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


def _locked_years(
    session: Session, campaign: Campaign, members: Sequence[CampaignMember]
) -> Mapping[str, int]:
    """What counted for each of them in the year already. Locks their years."""
    family_id = family_of(session, campaign.organisation_id)
    keys = [(family_id, one.staff_number, campaign.year) for one in members]
    begin_years(session, keys)
    rows = session.execute(
        sa.select(YearOfAllowance.staff_number, YearOfAllowance.spent_fen)
        .where(
            year_of(session, campaign),
            YearOfAllowance.staff_number.in_([one.staff_number for one in members]),
        )
        .order_by(YearOfAllowance.staff_number)
        .with_for_update()
    )
    return dict(rows.all())


def _locked_units(session: Session, members: Sequence[CampaignMember]) -> dict[int, int | None]:
    """What each sub-union's quota leaves in fen. Locks them."""
    ids = sorted({one.unit_id for one in members if one.unit_id is not None})
    locked = sa.select(CampaignUnit).where(CampaignUnit.id.in_(ids)).order_by(CampaignUnit.id)
    units = session.scalars(locked.with_for_update().execution_options(populate_existing=True))
    return {one.id: one.left_fen for one in units}


def _note_nothing(session: Session, nothing: Mapping[int, GotNothing]) -> None:
    """They are told when the campaign is closed, and the organiser sees them."""
    for why in sorted(set(nothing.values())):
        ids = [member_id for member_id, reason in nothing.items() if reason is why]
        _run(session, sa.update(CampaignMember).where(CampaignMember.id.in_(ids)).values(got_nothing=why))


def _count(session: Session, campaign: Campaign, given: Sequence[CampaignMember], package: Package) -> None:
    numbers = [one.staff_number for one in given]
    _run(
        session,
        sa.update(YearOfAllowance)
        .where(
            year_of(session, campaign),
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
