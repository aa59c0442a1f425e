"""How far a campaign is: who has chosen, by unit, and what it comes to. Every figure as far as its reader may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from shop.accounts.models import User
from shop.campaigns.access import Desk
from shop.campaigns.member_models import CampaignMember, CampaignUnit, Choice, ChosenBy, Standing
from shop.kit.clock import shanghai_date
from shop.kit.text import like_pattern, tidy
from shop.storage.paging import Page, read_page

CHOSEN, WAITING, NOT_OPENED, LEFT, SAME_NAME = "chosen", "waiting", "not_opened", "left", "same_name"
MOST_NAMED = 100
NOTHING = "nothing"  # they get nothing


@dataclass(frozen=True, slots=True)
class Progress:
    """People by what they have done; default packages are not choices. `own_fen`: what members add themselves."""

    members: int
    chosen: int
    opened: int  # looked at it and chose nothing yet
    allowance_fen: int
    own_fen: int
    defaults: int = 0  # were given the default package, by the close
    nothing: int = 0  # get nothing, since the close or since an order went

    @property
    def waiting(self) -> int:
        """Nothing is chosen for them."""
        return self.members - self.chosen

    @property
    def not_opened(self) -> int:
        return self.waiting - self.opened

    def percent(self, count: int) -> float:
        return round(100 * count / self.members, 1) if self.members else 0.0


@dataclass(frozen=True, slots=True)
class UnitProgress:
    id: int | None
    name: str
    organiser: str
    most_people: int | None
    most_fen: int | None
    spent_fen: int
    progress: Progress


@dataclass(frozen=True, slots=True)
class DayCount:
    day: date
    chosen: int  # in all until the end of that day


def progress_of(session: Session, desk: Desk) -> Progress:
    row = session.execute(_counts(desk)).one()
    return Progress(*(int(value or 0) for value in row))


def progress_by_campaign(
    session: Session, campaign_ids: Sequence[int], *, seen: sa.ColumnElement[bool]
) -> dict[int, Progress]:
    """As `progress_of`, of several campaigns and the members that are `seen`. One statement."""
    rows = session.execute(
        sa.select(CampaignMember.campaign_id, *_FIGURES)
        .select_from(CampaignMember)
        .outerjoin(Choice, Choice.member_id == CampaignMember.id)
        .where(CampaignMember.campaign_id.in_(campaign_ids), seen, _COUNTS)
        .group_by(CampaignMember.campaign_id)
    )
    return {row[0]: Progress(*(int(value or 0) for value in row[1:])) for row in rows}


def units_of(session: Session, desk: Desk) -> list[UnitProgress]:
    """Those with the most who have not chosen first; who belongs to none stands last."""
    counts = {
        row[0]: Progress(*(int(value or 0) for value in row[1:]))
        for row in session.execute(
            _counts(desk)
            .add_columns(CampaignMember.unit_id)
            .group_by(CampaignMember.unit_id)
            .with_only_columns(CampaignMember.unit_id, *_FIGURES)
        )
    }
    wanted = sa.select(CampaignUnit, User.name).outerjoin(User, User.id == CampaignUnit.organiser_id)
    wanted = wanted.where(CampaignUnit.campaign_id == desk.campaign.id).order_by(CampaignUnit.name)
    if desk.unit_ids is not None:
        wanted = wanted.where(CampaignUnit.id.in_(desk.unit_ids))
    none = Progress(0, 0, 0, 0, 0)
    found = [
        UnitProgress(
            unit.id,
            unit.name,
            name or "",
            unit.most_people,
            unit.most_fen,
            unit.spent_fen,
            counts.get(unit.id, none),
        )
        for unit, name in session.execute(wanted)
    ]
    found.sort(key=lambda one: -one.progress.waiting)
    if None in counts and desk.sees_all:
        found.append(UnitProgress(None, "", "", None, None, counts[None].allowance_fen, counts[None]))
    return found


def members_page(
    session: Session, desk: Desk, *, text: str = "", look: str = "", unit_id: int | None = None, page: int = 1
) -> Page[CampaignMember]:
    """With their choices. `look`: chosen, waiting, not_opened, nothing, left, same_name, or all."""
    statement = (
        sa.select(CampaignMember)
        .outerjoin(Choice, Choice.member_id == CampaignMember.id)
        .where(*_seen(desk))
        .options(joinedload(CampaignMember.choice))
        .order_by(CampaignMember.unit_id, CampaignMember.staff_number)
    )
    if words := tidy(text):
        pattern = f"%{like_pattern(words)}%"
        columns = (CampaignMember.name, CampaignMember.staff_number, CampaignMember.phone)
        statement = statement.where(sa.or_(*(column.ilike(pattern, escape="\\") for column in columns)))
    if unit_id is not None:
        statement = statement.where(CampaignMember.unit_id == unit_id)
    return read_page(session, statement.where(*_look(desk, look)), number=page, scalars=True)


def named(session: Session, member_ids: Sequence[int]) -> Sequence[CampaignMember]:
    """By staff number; of many the first hundred."""
    wanted = sa.select(CampaignMember).where(CampaignMember.id.in_(list(member_ids)[:MOST_NAMED]))
    return session.scalars(wanted.order_by(CampaignMember.staff_number)).all()


def chosen_by_day(session: Session, desk: Desk) -> list[DayCount]:
    """Added up, day by day in Shanghai."""
    moments = session.scalars(
        sa.select(Choice.chosen_at)
        .join(CampaignMember, CampaignMember.id == Choice.member_id)
        .where(*_seen(desk), Choice.chosen_by != ChosenBy.DEFAULT)
        .order_by(Choice.chosen_at)
    )
    found: dict[date, int] = {}
    for number, moment in enumerate(moments, 1):
        found[shanghai_date(moment)] = number
    return [DayCount(day, count) for day, count in found.items()]


def same_names(session: Session, desk: Desk) -> Sequence[str]:
    """Names that several members have: to be looked at, since nobody is told by name alone."""
    return session.scalars(
        sa.select(CampaignMember.name)
        .where(*_seen(desk), CampaignMember.standing == Standing.ENROLLED)
        .group_by(CampaignMember.name)
        .having(sa.func.count() > 1)
        .order_by(CampaignMember.name)
        .limit(50)
    ).all()


_IS_CHOSEN = sa.and_(Choice.member_id.is_not(None), Choice.chosen_by != ChosenBy.DEFAULT)
# Of a choice of which nothing is left nobody is served: got_nothing says why.
_IS_SERVED = CampaignMember.got_nothing.is_(None)
_COUNTS = CampaignMember.standing != Standing.TAKEN_BACK
_FIGURES = (
    sa.func.count(CampaignMember.id),
    sa.func.sum(sa.case((sa.and_(_IS_CHOSEN, _IS_SERVED), 1), else_=0)),
    sa.func.sum(
        sa.case((sa.and_(Choice.member_id.is_(None), CampaignMember.opened_at.is_not(None)), 1), else_=0)
    ),
    sa.func.sum(sa.func.coalesce(Choice.allowance_fen, 0)),
    sa.func.sum(sa.func.coalesce(Choice.own_fen, 0)),
    sa.func.sum(sa.case((sa.and_(Choice.chosen_by == ChosenBy.DEFAULT, _IS_SERVED), 1), else_=0)),
    sa.func.sum(sa.case((CampaignMember.got_nothing.is_not(None), 1), else_=0)),
)


def _counts(desk: Desk) -> sa.Select[int, int, int, int, int, int, int]:
    return (
        sa.select(*_FIGURES)
        .select_from(CampaignMember)
        .outerjoin(Choice, Choice.member_id == CampaignMember.id)
        .where(*_seen(desk), _COUNTS)
    )


def _seen(desk: Desk) -> list[sa.ColumnElement[bool]]:
    seen: list[sa.ColumnElement[bool]] = [CampaignMember.campaign_id == desk.campaign.id]
    if desk.unit_ids is not None:
        seen.append(CampaignMember.unit_id.in_(desk.unit_ids))
    return seen


def _look(desk: Desk, look: str) -> list[sa.ColumnElement[bool]]:
    enrolled = CampaignMember.standing == Standing.ENROLLED
    is_waiting = sa.or_(Choice.member_id.is_(None), Choice.chosen_by == ChosenBy.DEFAULT)
    shared = (
        sa.select(CampaignMember.name)
        .where(*_seen(desk))
        .group_by(CampaignMember.name)
        .having(sa.func.count() > 1)
    )
    looks: dict[str, list[sa.ColumnElement[bool]]] = {
        CHOSEN: [_IS_CHOSEN],
        WAITING: [enrolled, is_waiting],
        NOT_OPENED: [enrolled, is_waiting, CampaignMember.opened_at.is_(None)],
        LEFT: [CampaignMember.standing != Standing.ENROLLED],
        NOTHING: [CampaignMember.got_nothing.is_not(None)],
        SAME_NAME: [CampaignMember.name.in_(shared)],
    }
    return looks.get(look, [])
