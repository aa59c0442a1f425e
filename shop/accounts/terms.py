"""Terms (账期) of organisations: one person of finance proposes them, another approves; they end with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.audit import audit
from shop.accounts.models import Organisation, OrganisationMember, User
from shop.accounts.terms_models import OrganisationTerms
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.storage.locks import LockRank, lock_row
from shop.storage.paging import First, read_first

LONGEST_NOTE: Final = 300
MOST_FEN: Final = 1_000_000_000  # ten million yuan
MOST_DAYS: Final = 365
MOST_HOLD_DAYS: Final = 60
BUYING_ROLES: Final = ("owner", "buyer")


class OwnProposal(Conflict):
    code = "own_terms_proposal"
    default_message = msg("You proposed these terms yourself. Somebody else of finance must approve them.")


class TermsProposed(Conflict):
    code = "terms_proposed"
    default_message = msg("Other terms are proposed already. Approve them or take them back first.")


@dataclass(frozen=True, slots=True)
class Grant:
    """Terms in force: in fen, days and working days."""

    organisation_id: int
    organisation: str
    limit_fen: int
    days: int
    hold_days: int | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Terms as they are typed."""

    limit_fen: int
    days: int
    hold_days: int | None
    note: str = ""


@dataclass(frozen=True)
class Version:
    """One version with the persons behind it, as finance reads it."""

    terms: OrganisationTerms
    proposed_by: str
    approved_by: str
    ended_by: str

    @property
    def state(self) -> str:
        if self.terms.ended_at is not None:
            return "ended" if self.terms.approved_at is not None else "withdrawn"
        return "in_force" if self.terms.approved_at is not None else "proposed"


def propose_terms(
    session: Session, organisation_id: int, asked: Asked, *, actor_id: int, now: datetime
) -> None:
    """Raises NotFound, InvalidInput by field, and TermsProposed while others wait for the second person.

    The same terms proposed again by the same person are those that wait. Locks the organisation.
    """
    _refuse_senseless(asked)
    lock_organisation(session, organisation_id)
    waiting = _one(session, organisation_id, OrganisationTerms.approved_at.is_(None))
    if waiting is not None:
        said = (waiting.limit_fen, waiting.days, waiting.hold_days, waiting.proposed_by_id)
        if said == (asked.limit_fen, asked.days, asked.hold_days, actor_id):
            return
        raise TermsProposed()
    terms = OrganisationTerms(
        organisation_id=organisation_id,
        limit_fen=asked.limit_fen,
        days=asked.days,
        hold_days=asked.hold_days,
        note=tidy(asked.note)[:LONGEST_NOTE],
        proposed_at=now,
        proposed_by_id=actor_id,
    )
    session.add(terms)
    session.flush()
    _audit(session, actor_id, "terms.proposed", terms, now)


def approve_terms(session: Session, terms_id: int, *, actor_id: int, now: datetime) -> bool:
    """The second person: they are in force from now on, in place of those before. False when that was so already.

    Raises NotFound also for those taken back, and OwnProposal.
    """
    terms = _lock(session, terms_id)
    if terms.approved_at is not None:
        return False
    if terms.ended_at is not None:
        raise NotFound()
    if terms.proposed_by_id == actor_id:
        raise OwnProposal()
    before = _one(session, terms.organisation_id, OrganisationTerms.approved_at.is_not(None))
    if before is not None:
        before.ended_at, before.ended_by_id = now, actor_id
        session.flush()
    terms.approved_at, terms.approved_by_id = now, actor_id
    session.flush()
    _audit(session, actor_id, "terms.approved", terms, now)
    return True


def end_terms(session: Session, terms_id: int, reason: str, *, actor_id: int, now: datetime) -> bool:
    """No more on these terms; what is owed stays owed. A proposal is taken back. False when that was so already.

    Raises NotFound, and InvalidInput without a reason.
    """
    said = tidy(reason)[:LONGEST_NOTE]
    if not said:
        raise InvalidInput(msg("Please say why."), field="reason")
    terms = _lock(session, terms_id)
    if terms.ended_at is not None:
        return False
    terms.ended_at, terms.ended_by_id, terms.end_reason = now, actor_id, said
    session.flush()
    _audit(session, actor_id, "terms.ended", terms, now, reason=said)
    return True


def grants_of_buyer(session: Session, user_id: int | None) -> Sequence[Grant]:
    """Terms in force of the organisations that this account buys for, by name; a guest has none. One statement."""
    if user_id is None:
        return []
    mine = sa.select(OrganisationMember.organisation_id).where(
        OrganisationMember.user_id == user_id, OrganisationMember.role.in_(BUYING_ROLES)
    )
    return _grants(session, OrganisationTerms.organisation_id.in_(mine))


def grant_of(session: Session, organisation_id: int) -> Grant | None:
    return next(iter(_grants(session, OrganisationTerms.organisation_id == organisation_id)), None)


def versions_of(session: Session, organisation_id: int) -> list[Version]:
    """All that were ever proposed, the newest first. One statement."""
    by, second, last = aliased(User), aliased(User), aliased(User)
    columns: tuple[Any, ...] = (OrganisationTerms, _name(by), _name(second), _name(last))
    statement = (
        sa.select(*columns)
        .outerjoin(by, by.id == OrganisationTerms.proposed_by_id)
        .outerjoin(second, second.id == OrganisationTerms.approved_by_id)
        .outerjoin(last, last.id == OrganisationTerms.ended_by_id)
        .where(OrganisationTerms.organisation_id == organisation_id)
        .order_by(OrganisationTerms.id.desc())
    )
    return [Version(*row) for row in session.execute(statement)]


@dataclass(frozen=True)
class WaitingTerms:
    organisation_id: int
    organisation: str
    limit_fen: int
    proposed_at: datetime


def waiting_terms(session: Session, *, most: int) -> First[WaitingTerms]:
    """Proposals that the second person has not seen, the oldest first. One statement."""
    statement = (
        sa.select(
            *(Organisation.id, Organisation.name, OrganisationTerms.limit_fen, OrganisationTerms.proposed_at)
        )
        .join(Organisation, Organisation.id == OrganisationTerms.organisation_id)
        .where(OrganisationTerms.approved_at.is_(None), OrganisationTerms.ended_at.is_(None))
        .order_by(OrganisationTerms.id)
    )
    return read_first(session, statement, most=most).map(lambda row: WaitingTerms(*row))


def lock_organisation(session: Session, organisation_id: int) -> Organisation:
    """Whoever changes what an organisation owes or may owe takes turns here. Raises NotFound."""
    wanted = sa.select(Organisation).where(Organisation.id == organisation_id)
    organisation = lock_row(session, LockRank.ORGANISATION, wanted)
    if organisation is None:
        raise NotFound()
    return organisation


def _grants(session: Session, which: sa.ColumnElement[bool]) -> list[Grant]:
    statement = (
        sa.select(
            *(Organisation.id, Organisation.name, OrganisationTerms.limit_fen),
            *(OrganisationTerms.days, OrganisationTerms.hold_days),
        )
        .join(Organisation, Organisation.id == OrganisationTerms.organisation_id)
        .where(which, OrganisationTerms.approved_at.is_not(None), OrganisationTerms.ended_at.is_(None))
        .order_by(Organisation.name, Organisation.id)
    )
    return [Grant(*row) for row in session.execute(statement)]


def _refuse_senseless(asked: Asked) -> None:
    errors: dict[str, str] = {}
    if not 0 <= asked.limit_fen <= MOST_FEN:
        errors["limit"] = msg("Please enter an amount between 0 and 10 million yuan.")
    if not 1 <= asked.days <= MOST_DAYS:
        errors["days"] = msg("Please enter a number of days between 1 and 365.")
    if asked.hold_days is not None and not 1 <= asked.hold_days <= MOST_HOLD_DAYS:
        errors["hold_days"] = msg("Please enter a number of working days between 1 and 60, or nothing.")
    if errors:
        raise InvalidInput(errors=errors)


def _lock(session: Session, terms_id: int) -> OrganisationTerms:
    """Behind the lock of its organisation. Raises NotFound."""
    wanted = sa.select(OrganisationTerms.organisation_id).where(OrganisationTerms.id == terms_id)
    organisation_id = session.scalar(wanted)
    if organisation_id is None:
        raise NotFound()
    lock_organisation(session, organisation_id)
    return session.get_one(OrganisationTerms, terms_id, populate_existing=True)


def _one(session: Session, organisation_id: int, which: sa.ColumnElement[bool]) -> OrganisationTerms | None:
    statement = sa.select(OrganisationTerms).where(
        OrganisationTerms.organisation_id == organisation_id, OrganisationTerms.ended_at.is_(None), which
    )
    return session.scalar(statement.execution_options(populate_existing=True))


def _name(person: type[User]) -> sa.ColumnElement[str]:
    return sa.func.coalesce(sa.func.nullif(person.name, ""), person.email, "")


def _audit(
    session: Session, actor_id: int, action: str, terms: OrganisationTerms, now: datetime, **more: str
) -> None:
    facts = {"limit_fen": terms.limit_fen, "days": terms.days, "hold_days": terms.hold_days, **more}
    audit(session, actor_id, action, "organisation", terms.organisation_id, facts, now=now)
