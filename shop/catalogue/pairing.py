"""Which departments stand by which households."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.editing.rows import Sheet, get_row, save_row
from shop.accounts.editing.rules import Values, day, line, link
from shop.accounts.models import Unit
from shop.catalogue.models import Household, Pair, Village
from shop.catalogue.version import bump_version
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.storage.paging import Page, read_page

PAIR = Sheet(
    "pair",
    {
        "unit_id": link(),
        "household_id": link(),
        "first_day": day(needed=True),
        "last_day": day(),
        "agreed_by": line(120, needed=True),
    },
    unique=(),
    links={"unit_id": Unit, "household_id": Household},
)
PAIRED_ALREADY = msg("These two are paired on some of these days already.")


def running_on(today: date | sa.BindParameter[Any]) -> sa.ColumnElement[bool]:
    """SQL for pairs that hold on this day."""
    return sa.and_(Pair.first_day <= today, sa.or_(Pair.last_day.is_(None), Pair.last_day >= today))


def find_pairs(
    session: Session, *, today: date, unit_id: int | None = None, running: bool | None = None, page: int = 1
) -> Page[Any]:
    """Rows of (Pair, unit_zh, unit_en, household_zh, household_en, village_zh, village_en), by unit and household."""
    found = (
        sa.select(
            Pair,
            *(Unit.name_zh.label("unit_zh"), Unit.name_en.label("unit_en")),
            *(Household.alias_zh.label("household_zh"), Household.alias_en.label("household_en")),
            *(Village.name_zh.label("village_zh"), Village.name_en.label("village_en")),
        )
        .join(Unit, Unit.id == Pair.unit_id)
        .join(Household, Household.id == Pair.household_id)
        .join(Village, Village.id == Household.village_id)
        .order_by(Unit.name_zh, Unit.id, Village.id, Household.alias_zh, Pair.first_day, Pair.id)
    )
    if unit_id is not None:
        found = found.where(Pair.unit_id == unit_id)
    if running is not None:
        found = found.where(running_on(today) if running else sa.not_(running_on(today)))
    return read_page(session, found, number=page)


def households_to_pair(session: Session) -> list[Any]:
    """(id, alias_zh, alias_en, village_zh, village_en) of those that supply goods, by village and alias."""
    return list(
        session.execute(
            sa.select(
                *(Household.id, Household.alias_zh, Household.alias_en),
                *(Village.name_zh.label("village_zh"), Village.name_en.label("village_en")),
            )
            .join(Village, Village.id == Household.village_id)
            .where(Household.active)
            .order_by(Village.id, Household.alias_zh, Household.id)
        )
    )


def get_pair(session: Session, record_id: int) -> Pair:
    """Raises NotFound."""
    return get_row(session, Pair, record_id)


def save_pair(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    """Who is paired stays as it is; only the days and who agreed can change. Locks the household.

    Raises NotFound; InvalidInput also for a last day before the first, or days on which these two are paired already.
    """
    known = get_pair(session, record_id) if record_id is not None else None
    first, last = values.get("first_day"), values.get("last_day")
    if first is not None and last is not None and last < first:
        raise InvalidInput(msg("The last day lies before the first."), field="last_day")
    unit_id, household_id = (
        (known.unit_id, known.household_id) if known else (values.get("unit_id"), values.get("household_id"))
    )
    session.execute(sa.select(Household.id).where(Household.id == household_id).with_for_update())
    if first is not None and _overlaps(session, record_id, unit_id, household_id, first, last):
        raise InvalidInput(PAIRED_ALREADY, field="first_day")
    saved = save_row(session, Pair, PAIR, record_id, values, actor_id=actor_id, now=now)
    pair: Pair = saved.row
    bump_version(session)
    return pair.id


def _overlaps(
    session: Session,
    record_id: int | None,
    unit_id: int | None,
    household_id: int | None,
    first: date,
    last: date | None,
) -> bool:
    same = sa.select(Pair.id).where(
        Pair.unit_id == unit_id,
        Pair.household_id == household_id,
        Pair.id != (record_id or 0),
        sa.or_(Pair.last_day.is_(None), Pair.last_day >= first),
    )
    if last is not None:
        same = same.where(Pair.first_day <= last)
    return session.scalar(same.limit(1)) is not None
