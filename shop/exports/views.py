"""Saving views of reports, naming, sharing and deleting them, and choosing which one a report begins with.

The caller has judged that its reader may read the report and that the choices fit it. A view holds no rows: who opens
one of somebody else sees the rows of their own scope.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.models import RoleName, User
from shop.exports.choices import Choices, choices_of
from shop.exports.errors import NameTaken, NotShareable, TooManyViews
from shop.exports.models import DefaultView, ReportView
from shop.exports.reader import Reader
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.storage.named_locks import lock_name

LONGEST_NAME: Final = 60
MOST: Final = 200  # views of one person


@dataclass(frozen=True)
class SavedView:
    """A view as its reader sees it."""

    id: int
    report: str
    name: str
    choices: Choices
    shared_with: RoleName | None
    is_own: bool
    owner: str  # empty: nobody's name is known
    is_default: bool
    changed_at: datetime


def views_of(
    session: Session, reader: Reader, reports: Collection[str], *, view_id: int | None = None
) -> list[SavedView]:
    """Own views of these reports and those shared with a role of the reader, own ones first."""
    statement = (
        sa.select(ReportView, User.name, DefaultView.view_id)
        .outerjoin(User, User.id == ReportView.owner_id)
        .outerjoin(
            DefaultView, sa.and_(DefaultView.view_id == ReportView.id, DefaultView.user_id == reader.user_id)
        )
        .where(
            ReportView.report.in_(reports),
            sa.or_(ReportView.owner_id == reader.user_id, ReportView.shared_with.in_(reader.roles)),
        )
        .order_by(
            sa.case((ReportView.owner_id == reader.user_id, 0), else_=1), ReportView.name, ReportView.id
        )
        .limit(2 * MOST)
    )
    if view_id is not None:
        statement = statement.where(ReportView.id == view_id)
    return [_saved(view, owner, default, reader) for view, owner, default in session.execute(statement)]


def find_view(session: Session, reader: Reader, reports: Collection[str], view_id: int) -> SavedView:
    """Raises NotFound for one that is somebody else's and not shared, as for one that is not there."""
    found = views_of(session, reader, reports, view_id=view_id)
    if not found:
        raise NotFound()
    return found[0]


def save_view(
    session: Session,
    reader: Reader,
    report: str,
    name: str,
    choices: Choices,
    shared_with: RoleName | None,
    *,
    may_share: Sequence[RoleName],
    now: datetime,
) -> int:
    """The view's id; the same form sent twice saves one. Raises InvalidInput, NameTaken, NotShareable, TooManyViews."""
    named = _named(name)
    _check_sharing(shared_with, may_share)
    lock_name(session, f"views of {reader.user_id}")
    mine = ReportView.owner_id == reader.user_id
    known = session.scalar(
        sa.select(ReportView).where(mine, ReportView.report == report, ReportView.name == named)
    )
    if known is not None:
        if known.choices == choices.kept() and known.shared_with == shared_with:
            return known.id
        raise NameTaken(field="name")
    if (session.scalar(sa.select(sa.func.count(ReportView.id)).where(mine)) or 0) >= MOST:
        raise TooManyViews()
    view = ReportView(
        owner_id=reader.user_id,
        report=report,
        name=named,
        choices=choices.kept(),
        shared_with=shared_with,
        made_at=now,
        changed_at=now,
    )
    session.add(view)
    session.flush()
    _note(session, reader, "report_view.saved", view, now)
    return view.id


def change_view(
    session: Session,
    reader: Reader,
    view_id: int,
    *,
    name: str | None = None,
    choices: Choices | None = None,
    sharing: tuple[RoleName | None, Sequence[RoleName]] | None = None,
    now: datetime,
) -> bool:
    """False where nothing is other than before. `sharing`: with whom, and with whom the reader may. Raises NotFound,
    InvalidInput, NameTaken, NotShareable.
    """
    view = _own(session, reader, view_id)
    before = (view.name, view.choices, view.shared_with)
    if name is not None:
        view.name = _free_name(session, view, _named(name))
    if choices is not None:
        view.choices = choices.kept()
    if sharing is not None and sharing[0] != view.shared_with:
        _check_sharing(*sharing)
        view.shared_with = sharing[0]
    if before == (view.name, view.choices, view.shared_with):
        return False
    view.changed_at = now
    _note(session, reader, "report_view.changed", view, now)
    return True


def delete_view(session: Session, reader: Reader, view_id: int, *, now: datetime) -> None:
    """It is nobody's default any more. Raises NotFound."""
    view = _own(session, reader, view_id)
    _note(session, reader, "report_view.deleted", view, now)
    session.execute(sa.delete(DefaultView).where(DefaultView.view_id == view_id))
    session.execute(sa.delete(ReportView).where(ReportView.id == view_id))


def begin_with(session: Session, reader: Reader, report: str, view_id: int | None) -> None:
    """The report begins with this view for this reader, or with all its columns."""
    lock_name(session, f"views of {reader.user_id}")
    of_this = sa.and_(DefaultView.user_id == reader.user_id, DefaultView.report == report)
    session.execute(sa.delete(DefaultView).where(of_this))
    if view_id is not None:
        session.add(DefaultView(user_id=reader.user_id, report=report, view_id=view_id))


def _saved(view: ReportView, owner: str | None, default: int | None, reader: Reader) -> SavedView:
    return SavedView(
        id=view.id,
        report=view.report,
        name=view.name,
        choices=choices_of(view.choices),
        shared_with=view.shared_with,
        is_own=view.owner_id == reader.user_id,
        owner=owner or "",
        is_default=default is not None,
        changed_at=view.changed_at,
    )


def _own(session: Session, reader: Reader, view_id: int) -> ReportView:
    mine = sa.and_(ReportView.id == view_id, ReportView.owner_id == reader.user_id)
    view = session.scalar(sa.select(ReportView).where(mine).with_for_update())
    if view is None:
        raise NotFound()
    return view


def _named(name: str) -> str:
    named = tidy(name)
    if not named:
        raise InvalidInput(msg("Please give the view a name."), field="name")
    if len(named) > LONGEST_NAME:
        raise InvalidInput(msg("A name has at most 60 characters."), field="name")
    return named


def _free_name(session: Session, view: ReportView, named: str) -> str:
    others = sa.select(ReportView.id).where(
        ReportView.owner_id == view.owner_id,
        ReportView.report == view.report,
        ReportView.name == named,
        ReportView.id != view.id,
    )
    if session.scalar(others) is not None:
        raise NameTaken(field="name")
    return named


def _check_sharing(shared_with: RoleName | None, may_share: Sequence[RoleName]) -> None:
    if shared_with is not None and shared_with not in may_share:
        raise NotShareable()


def _note(session: Session, reader: Reader, action: str, view: ReportView, now: datetime) -> None:
    facts = {"report": view.report, "name": view.name}
    if view.shared_with is not None:
        facts["shared_with"] = view.shared_with.value
    audit(session, reader.user_id, action, "report_view", view.id, facts, now=now)
