"""What is counted with each choice: the member's year, the unit's quota, a slot's places, a good's units.

All by conditional updates, with the conditions of the tables as the last defence: no count is read and then written.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from shop.accounts.families import family_of
from shop.accounts.shop_settings import read_shop_settings
from shop.campaigns.errors import AllTaken, OverQuota, OverYearlyCap, SlotFull
from shop.campaigns.member_models import CampaignUnit, YearOfAllowance
from shop.campaigns.models import Campaign, CampaignGood, CampaignSlot
from shop.kit.money import plain_yuan


def yearly_cap_fen(session: Session) -> int:
    """0: none."""
    return read_shop_settings(session).campaign_year_cap_yuan * 100


def year_of(session: Session, campaign: Campaign) -> sa.ColumnElement[bool]:
    """Everybody's year in which this campaign counts: of its union with all its sub-unions together."""
    return sa.and_(
        YearOfAllowance.organisation_id == family_of(session, campaign.organisation_id),
        YearOfAllowance.year == campaign.year,
    )


def spent_in_year(session: Session, campaign: Campaign, staff_number: str) -> int:
    """In fen, in all campaigns of the union and its sub-unions in the year of this one."""
    here = sa.and_(year_of(session, campaign), YearOfAllowance.staff_number == staff_number)
    return session.scalar(sa.select(YearOfAllowance.spent_fen).where(here)) or 0


def spend(session: Session, campaign: Campaign, staff_number: str, more_fen: int, *, cap_fen: int) -> None:
    """Count `more_fen` (negative: back) in the member's year. Raises OverYearlyCap; then nothing is counted."""
    if not more_fen:
        return
    family_id = family_of(session, campaign.organisation_id)
    begin_years(session, [(family_id, staff_number, campaign.year)])
    counted = sa.update(YearOfAllowance).where(
        YearOfAllowance.organisation_id == family_id,
        YearOfAllowance.staff_number == staff_number,
        YearOfAllowance.year == campaign.year,
    )
    if cap_fen and more_fen > 0:
        counted = counted.where(YearOfAllowance.spent_fen + more_fen <= cap_fen)
    done = session.connection().execute(counted.values(spent_fen=YearOfAllowance.spent_fen + more_fen))
    if done.rowcount == 0:
        left_fen = max(0, cap_fen - spent_in_year(session, campaign, staff_number))
        raise OverYearlyCap(field="units", left=plain_yuan(left_fen))


def begin_years(session: Session, keys: list[tuple[int, str, int]]) -> None:
    """Rows to count in, where there are none yet: of a family, a staff number and a year."""
    rows = [
        {"organisation_id": organisation_id, "staff_number": number, "year": year, "spent_fen": 0}
        for organisation_id, number, year in sorted(keys)
    ]
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.connection().execute(insert(YearOfAllowance).on_conflict_do_nothing(), rows)


def spend_of_unit(session: Session, unit_id: int | None, more_fen: int) -> None:
    """Raises OverQuota when the sub-union's quota in fen does not hold so much."""
    if unit_id is None or not more_fen:
        return
    counted = sa.update(CampaignUnit).where(CampaignUnit.id == unit_id)
    if more_fen > 0:
        fits = CampaignUnit.spent_fen + more_fen <= CampaignUnit.most_fen
        counted = counted.where(sa.or_(CampaignUnit.most_fen.is_(None), fits))
    counted = counted.values(spent_fen=CampaignUnit.spent_fen + more_fen)
    if session.connection().execute(counted).rowcount == 0:
        raise OverQuota()


def move_slot(session: Session, before: int | None, after: int | None) -> None:
    """One place less here, one more there; by id, so that two who swap do not wait in a ring. Raises SlotFull."""
    if before == after:
        return
    for slot_id in sorted(one for one in (before, after) if one is not None):
        step = 1 if slot_id == after else -1
        counted = sa.update(CampaignSlot).where(CampaignSlot.id == slot_id)
        if step > 0:
            counted = counted.where(CampaignSlot.taken < CampaignSlot.capacity)
        counted = counted.values(taken=CampaignSlot.taken + step)
        if session.connection().execute(counted).rowcount == 0:
            raise SlotFull(field="slot_id")


def move_units(session: Session, campaign_id: int, changes: Mapping[int, int]) -> None:
    """By variant, in that order. Raises AllTaken when one of them was limited and is used up."""
    for variant_id, more in sorted(changes.items()):
        if not more:
            continue
        counted = sa.update(CampaignGood).where(
            CampaignGood.campaign_id == campaign_id, CampaignGood.variant_id == variant_id
        )
        if more > 0:
            fits = CampaignGood.taken_units + more <= CampaignGood.most_units
            counted = counted.where(sa.or_(CampaignGood.most_units.is_(None), fits))
        counted = counted.values(taken_units=CampaignGood.taken_units + more)
        if session.connection().execute(counted).rowcount == 0:
            raise AllTaken(field="units")
