"""Who gets what, where and when, and whether they have it: by point, slot and sub-union, as far as its reader may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.models import User
from shop.campaigns.batches import in_batches
from shop.campaigns.day.hands import Hand
from shop.campaigns.day.models import FINAL, Collector, Handout, Leftover, Pile
from shop.campaigns.day.standing import (
    IS_AT_POINT,
    IS_COLLECTED,
    IS_GONE,
    IS_WAITING,
    IS_WITH_REPRESENTATIVE,
    with_standing,
)
from shop.campaigns.member_models import CampaignMember, CampaignUnit, Choice, ChoiceLine
from shop.campaigns.models import CampaignSlot
from shop.kit.errors import NotFound
from shop.kit.text import like_pattern, tidy
from shop.storage.paging import Page, read_page

TAIL: Final = 4  # of a staff number: so much tells people of one name apart
PAGE_SIZE: Final = 30
_HANDED_BY = aliased(User)


class Where(StrEnum):
    """Where somebody's goods are."""

    COLLECTED = "collected"
    WAITING = "waiting"  # at the point
    REPRESENTATIVE = "representative"
    GONE = "gone"  # decided about as left over


@dataclass(frozen=True, slots=True)
class Entry:
    """One member on a list. `goods`: (variant, units). `collector`: whom the member has named."""

    member_id: int
    name: str
    staff_number: str
    unit_id: int | None
    unit: str
    point_id: int
    slot_id: int | None
    package_id: int | None
    campaign_id: int
    collector: str = ""
    handout: Handout | None = None
    handed_by: str = ""
    pile: Pile | None = None
    leftover: Leftover | None = None
    goods: Sequence[tuple[int, int]] = field(default_factory=list)

    @property
    def tail(self) -> str:
        return self.staff_number[-TAIL:]

    @property
    def where(self) -> Where:
        if self.handout is not None:
            return Where.COLLECTED
        if self.leftover is not None and self.leftover.decision in FINAL:
            return Where.GONE
        return Where.REPRESENTATIVE if self.pile is not None else Where.WAITING


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is narrowed to. `look`: collected, missing (whoever has nothing yet), waiting, representative, gone."""

    point_id: int | None = None
    slot_id: int | None = None
    unit_id: int | None = None
    look: str = ""
    text: str = ""

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        found = list(_LOOKS.get(self.look, ()))
        for column, value in (
            (Choice.pickup_point_id, self.point_id),
            (Choice.slot_id, self.slot_id),
            (CampaignMember.unit_id, self.unit_id),
        ):
            if value is not None:
                found.append(column == value)
        if words := tidy(self.text):
            pattern = f"%{like_pattern(words)}%"
            names = (CampaignMember.name, CampaignMember.staff_number)
            found.append(sa.or_(*(one.ilike(pattern, escape="\\") for one in names)))
        return found


@dataclass(frozen=True, slots=True)
class Count:
    """People at one point, of one slot and one sub-union, by where their goods are."""

    point_id: int
    slot_id: int | None
    unit_id: int | None
    people: int
    collected: int
    waiting: int
    representative: int
    gone: int

    @property
    def missing(self) -> int:
        return self.waiting + self.representative


NOBODY: Final = Count(0, None, None, 0, 0, 0, 0, 0)
_LOOKS: Final[Mapping[str, Sequence[sa.ColumnElement[bool]]]] = {
    "missing": (IS_WAITING,),
    Where.COLLECTED: (IS_COLLECTED,),
    Where.WAITING: (IS_AT_POINT,),
    Where.REPRESENTATIVE: (IS_WITH_REPRESENTATIVE,),
    Where.GONE: (IS_GONE,),
}


def day_page(session: Session, by: Hand, campaign_id: int, asked: Asked, *, page: int = 1) -> Page[Entry]:
    """Three statements."""
    statement = _entries(by, campaign_id, asked)
    found = read_page(session, statement, number=page, size=PAGE_SIZE)
    goods = _goods(session, [row[0].id for row in found.items])
    return found.map(lambda row: _entry(row, goods))


def all_entries(session: Session, by: Hand, campaign_id: int, asked: Asked, *, most: int) -> list[Entry]:
    """For paper and files, in the order of the lists: at most so many."""
    rows = session.execute(_entries(by, campaign_id, asked).limit(most)).all()
    goods = _goods(session, [row[0].id for row in rows])
    return [_entry(row, goods) for row in rows]


def entries_of(session: Session, by: Hand, member_ids: Sequence[int]) -> list[Entry]:
    """These members, of whatever campaigns. Raises NotFound where one is out of reach."""
    rows = session.execute(
        _select().where(*by.reaches(), CampaignMember.id.in_(member_ids)).order_by(CampaignMember.id.desc())
    ).all()
    if len(rows) < len(set(member_ids)):
        raise NotFound()
    goods = _goods(session, member_ids)
    return [_entry(row, goods) for row in rows]


def counts_of(session: Session, by: Hand, campaign_id: int) -> list[Count]:
    """By point, slot and sub-union, to be added up as a page wants. One statement."""
    places = (Choice.pickup_point_id, Choice.slot_id, CampaignMember.unit_id)
    figures = [
        sa.func.coalesce(sa.func.sum(sa.case((one, 1), else_=0)), 0)
        for one in (IS_COLLECTED, IS_AT_POINT, IS_WITH_REPRESENTATIVE, IS_GONE)
    ]
    rows = session.execute(
        with_standing(sa.select(*places, sa.func.count(CampaignMember.id), *figures))
        .where(*by.reaches(campaign_id))
        .group_by(*places)
    )
    return [Count(*row) for row in rows]


def added(counts: Sequence[Count], **of: int | None) -> Count:
    """The sum of those of one point, slot or unit, or of all."""
    some = [one for one in counts if all(getattr(one, name) == value for name, value in of.items())]
    figures = ("people", "collected", "waiting", "representative", "gone")
    return Count(0, None, None, *(sum(getattr(one, name) for one in some) for name in figures))


def _select() -> sa.Select[*tuple[Any, ...]]:
    return with_standing(
        sa.select(
            CampaignMember,
            Choice,
            CampaignUnit.name,
            Handout,
            Pile,
            Leftover,
            Collector.name,
            _HANDED_BY.name,
        )
    ).outerjoin(_HANDED_BY, _HANDED_BY.id == Handout.handed_by_id)


def _entries(by: Hand, campaign_id: int, asked: Asked) -> sa.Select[*tuple[Any, ...]]:
    """In the order in which people come: point, time, sub-union, number."""
    return (
        _select()
        .outerjoin(CampaignSlot, CampaignSlot.id == Choice.slot_id)
        .where(*by.reaches(campaign_id), *asked.conditions())
        .order_by(
            Choice.pickup_point_id,
            CampaignSlot.starts_at.is_(None),
            CampaignSlot.starts_at,
            CampaignMember.unit_id.is_(None),
            CampaignMember.unit_id,
            CampaignMember.staff_number,
        )
    )


def _goods(session: Session, member_ids: Sequence[int]) -> dict[int, list[tuple[int, int]]]:
    found: dict[int, list[tuple[int, int]]] = {}
    for some in in_batches(member_ids):
        lines = sa.select(ChoiceLine.member_id, ChoiceLine.variant_id, ChoiceLine.quantity)
        wanted = lines.where(ChoiceLine.member_id.in_(some)).order_by(ChoiceLine.variant_id)
        for member_id, variant_id, quantity in session.execute(wanted):
            found.setdefault(member_id, []).append((variant_id, quantity))
    return found


def _entry(row: Any, goods: Mapping[int, Sequence[tuple[int, int]]]) -> Entry:
    member, choice, unit, handout, pile, leftover, collector, handed_by = row
    return Entry(
        member.id,
        member.name,
        member.staff_number,
        member.unit_id,
        unit or "",
        choice.pickup_point_id,
        choice.slot_id,
        choice.package_id,
        member.campaign_id,
        collector or "",
        handout,
        handed_by or "",
        pile,
        leftover,
        goods.get(member.id, []),
    )
