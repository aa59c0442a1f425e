"""Projects that an organisation's purchases are booked to, and the names that stand on its papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.organisation_models import Duty, OrganisationProject, OrganisationSigner
from shop.accounts.terms import lock_organisation
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import msg, tidy

DUTIES: Final = {Duty.HANDLER: msg("Handler"), Duty.ACCEPTOR: msg("Acceptor")}
Row = TypeVar("Row", OrganisationProject, OrganisationSigner)
# What an entry of the audit trail says was changed.
PAPERS: Final = {
    "project": msg("Project number"),
    "project_removed": msg("Project number removed"),
    "signer": msg("Name of a handler or acceptor"),
    "signer_removed": msg("Name of a handler or acceptor removed"),
    "address": msg("Address"),
    "address_removed": msg("Address removed"),
}
MOST_PROJECTS: Final = 50
MOST_SIGNERS: Final = 50  # of each duty
FULL: Final = msg("There are %(count)s already. Please remove one that is not needed any more.")
NEEDED: Final = msg("Please fill this in.")


@dataclass(frozen=True)
class Papers:
    """What can be chosen when buying for an organisation."""

    projects: Sequence[OrganisationProject]
    handlers: Sequence[OrganisationSigner]
    acceptors: Sequence[OrganisationSigner]


def papers_of(session: Session, organisation_id: int) -> Papers:
    """The default project first, then by number; names by name. Two statements."""
    return papers_of_all(session, [organisation_id])[organisation_id]


def papers_of_all(session: Session, organisation_ids: Sequence[int]) -> dict[int, Papers]:
    """The same for several organisations at once. Two statements."""
    projects = session.scalars(
        sa.select(OrganisationProject)
        .where(OrganisationProject.organisation_id.in_(organisation_ids))
        .order_by(OrganisationProject.is_default.desc(), OrganisationProject.number)
    ).all()
    signers = session.scalars(
        sa.select(OrganisationSigner)
        .where(OrganisationSigner.organisation_id.in_(organisation_ids))
        .order_by(OrganisationSigner.name, OrganisationSigner.id)
    ).all()
    return {
        one: Papers(
            [project for project in projects if project.organisation_id == one],
            [name for name in signers if name.organisation_id == one and name.duty is Duty.HANDLER],
            [name for name in signers if name.organisation_id == one and name.duty is Duty.ACCEPTOR],
        )
        for one in organisation_ids
    }


def add_project(
    session: Session,
    organisation_id: int,
    number: str,
    name: str,
    *,
    is_default: bool = False,
    actor_id: int,
    now: datetime,
) -> None:
    """The first one is the default. A number that is there gets the new name. Raises InvalidInput, Conflict."""
    wanted, called = _line(number, 40, "number"), tidy(name)[:80]
    lock_organisation(session, organisation_id)
    known = papers_of(session, organisation_id).projects
    project = next((one for one in known if one.number == wanted), None)
    if project is None:
        if len(known) >= MOST_PROJECTS:
            raise Conflict(FULL, count=MOST_PROJECTS)
        project = OrganisationProject(organisation_id=organisation_id, number=wanted, is_default=False)
        session.add(project)
    project.name = called
    session.flush()
    if is_default or not known:
        _make_default(session, project)
    _audit(session, actor_id, organisation_id, "project", wanted, now)


def make_default(
    session: Session, organisation_id: int, project_id: int, *, actor_id: int, now: datetime
) -> None:
    """Raises NotFound."""
    lock_organisation(session, organisation_id)
    project = _own(session, OrganisationProject, organisation_id, project_id)
    _make_default(session, project)
    _audit(session, actor_id, organisation_id, "project", project.number, now)


def remove_project(
    session: Session, organisation_id: int, project_id: int, *, actor_id: int, now: datetime
) -> None:
    """Orders that carry it keep it. Without a default, none is chosen beforehand. Raises NotFound."""
    lock_organisation(session, organisation_id)
    project = _own(session, OrganisationProject, organisation_id, project_id)
    session.delete(project)
    _audit(session, actor_id, organisation_id, "project_removed", project.number, now)


def add_signer(
    session: Session, organisation_id: int, duty: Duty, name: str, *, actor_id: int, now: datetime
) -> None:
    """Once, however often it is sent. Raises InvalidInput, Conflict."""
    called = _line(name, 60, "name")
    lock_organisation(session, organisation_id)
    papers = papers_of(session, organisation_id)
    known = papers.handlers if duty is Duty.HANDLER else papers.acceptors
    if called in {one.name for one in known}:
        return
    if len(known) >= MOST_SIGNERS:
        raise Conflict(FULL, count=MOST_SIGNERS)
    session.add(OrganisationSigner(organisation_id=organisation_id, duty=duty, name=called))
    session.flush()
    _audit(session, actor_id, organisation_id, "signer", "", now)


def remove_signer(
    session: Session, organisation_id: int, signer_id: int, *, actor_id: int, now: datetime
) -> None:
    """Raises NotFound."""
    lock_organisation(session, organisation_id)
    signer = _own(session, OrganisationSigner, organisation_id, signer_id)
    session.delete(signer)
    _audit(session, actor_id, organisation_id, "signer_removed", "", now)


def _own(session: Session, entity: type[Row], organisation_id: int, row_id: int) -> Row:
    row = session.get(entity, row_id)
    if row is None or row.organisation_id != organisation_id:
        raise NotFound()
    return row


def _make_default(session: Session, project: OrganisationProject) -> None:
    session.execute(
        sa.update(OrganisationProject)
        .where(
            OrganisationProject.organisation_id == project.organisation_id,
            OrganisationProject.id != project.id,
        )
        .values(is_default=False)
        .execution_options(synchronize_session=False)
    )
    project.is_default = True
    session.flush()


def _line(typed: str, most: int, field: str) -> str:
    text = tidy(typed)
    if not text:
        raise InvalidInput(NEEDED, field=field)
    if len(text) > most:
        raise InvalidInput(msg("Please use at most %(count)s characters."), field=field, count=most)
    return text


def _audit(
    session: Session, actor_id: int, organisation_id: int, what: str, which: str, now: datetime
) -> None:
    facts = {"papers": what, "named": which}
    audit(session, actor_id, "organisation.papers_changed", "organisation", organisation_id, facts, now=now)
