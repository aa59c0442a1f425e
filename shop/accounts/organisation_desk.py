"""Organisations and their members, as the shop's team keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.contacts import normalise_email
from shop.accounts.editing.rows import Sheet, get_row, save_row
from shop.accounts.editing.rules import NOT_A_CHOICE, Values, choice, line, link, slug, tax_number
from shop.accounts.events import OrganisationMoved
from shop.accounts.families import family_of
from shop.accounts.membership import UNIT_ROLES, put_member
from shop.accounts.models import Organisation, OrganisationKind, OrganisationMember, Unit
from shop.accounts.users import find_user_id
from shop.kit.errors import InvalidInput
from shop.kit.text import like_pattern, msg, tidy
from shop.storage.event_log import record
from shop.storage.named_locks import lock_name
from shop.storage.paging import Page, read_page

KINDS: Final = {
    OrganisationKind.DEPARTMENT: msg("Department or school"),
    OrganisationKind.UNION: msg("Union"),
    OrganisationKind.CANTEEN: msg("Canteen"),
    OrganisationKind.COMPANY: msg("Company"),
}
UNIONS_ONLY: Final = msg("Only a union has sub-unions, and a sub-union is a union itself.")
A_CIRCLE: Final = msg("This one stands under it already: the two would be each other's sub-union.")
ORGANISATION: Final = Sheet(
    "organisation",
    {
        "slug": slug(),
        "name": line(120, needed=True),
        "invoice_title": line(120, needed=True),
        "tax_number": tax_number(),
        "kind": choice(OrganisationKind),
        "parent_id": link(needed=False),
        "unit_id": link(needed=False),
    },
    unique=("slug", "name"),
    links={"parent_id": Organisation, "unit_id": Unit},
)

OF_OWNER: Final = Sheet(
    "organisation",
    {name: ORGANISATION.rules[name] for name in ("invoice_title", "tax_number")},
    unique=(),
)


@dataclass(frozen=True)
class OrganisationRow:
    id: int
    name: str
    kind: OrganisationKind
    tax_number: str
    members: int


def list_organisations(session: Session, *, text: str = "", page: int = 1) -> Page[OrganisationRow]:
    members = (
        sa.select(sa.func.count())
        .where(OrganisationMember.organisation_id == Organisation.id)
        .scalar_subquery()
    )
    statement = sa.select(
        *(Organisation.id, Organisation.name, Organisation.kind, Organisation.tax_number), members
    ).order_by(Organisation.name, Organisation.id)
    if wanted := tidy(text):
        statement = statement.where(Organisation.name.ilike(f"%{like_pattern(wanted)}%", escape="\\"))
    return read_page(session, statement, number=page).map(lambda row: OrganisationRow(*row))


def get_organisation(session: Session, record_id: int) -> Organisation:
    """Raises NotFound."""
    return get_row(session, Organisation, record_id)


def save_organisation(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    """Raises NotFound; InvalidInput also for a tax number whose check digits do not fit, and for a parent that is no
    union or stands below. Changes of parents take turns.
    """
    if record_id is not None and values.get("parent_id") == record_id:
        raise InvalidInput(A_CIRCLE, field="parent_id")
    lock_name(session, "organisations' parents")
    family_id = family_of(session, record_id) if record_id is not None else None
    saved = save_row(session, Organisation, ORGANISATION, record_id, values, actor_id=actor_id, now=now)
    organisation: Organisation = saved.row
    if saved.changes.keys() & {"kind", "parent_id"}:
        _check_place(session, organisation)
    if family_id is not None and (now_in := family_of(session, organisation.id)) != family_id:
        record(session, OrganisationMoved(organisation.id, family_id, now_in))
    return organisation.id


def save_own_facts(
    session: Session,
    organisation_id: int,
    values: Values,
    *,
    unit_role: str | None,
    actor_id: int,
    now: datetime,
) -> None:
    """What its owner may change: title and tax number for invoices, and with which role people of its unit join.

    Raises InvalidInput.
    """
    save_row(
        session,
        Organisation,
        OF_OWNER,
        organisation_id,
        values,
        actor_id=actor_id,
        now=now,
        also={"unit_role": unit_role if unit_role in UNIT_ROLES else None},
    )


def sub_unions(session: Session, organisation_id: int) -> Sequence[Organisation]:
    """Those that stand right under it, by name."""
    statement = sa.select(Organisation).where(Organisation.parent_id == organisation_id)
    return session.scalars(statement.order_by(Organisation.name, Organisation.id)).all()


def unions_and_units(session: Session) -> tuple[list[tuple[int, str]], Sequence[Unit]]:
    """What an organisation may stand under, and which unit it may be linked to. Two statements."""
    unions = sa.select(Organisation.id, Organisation.name).where(Organisation.kind == OrganisationKind.UNION)
    found = [(row[0], row[1]) for row in session.execute(unions.order_by(Organisation.name, Organisation.id))]
    return found, session.scalars(sa.select(Unit).order_by(Unit.name_zh, Unit.id)).all()


def _check_place(session: Session, organisation: Organisation) -> None:
    """Raises InvalidInput at the parent, or at the kind."""
    below = sa.exists().where(Organisation.parent_id == organisation.id)
    if organisation.kind is not OrganisationKind.UNION and session.scalar(sa.select(below)):
        raise InvalidInput(UNIONS_ONLY, field="kind")
    if organisation.parent_id is None:
        return
    parent = session.get(Organisation, organisation.parent_id)
    if parent is None:
        raise InvalidInput(NOT_A_CHOICE, field="parent_id")
    if OrganisationKind.UNION is not organisation.kind or parent.kind is not OrganisationKind.UNION:
        raise InvalidInput(UNIONS_ONLY, field="parent_id")
    while parent is not None:
        if parent.id == organisation.id:
            raise InvalidInput(A_CIRCLE, field="parent_id")
        parent = session.get(Organisation, parent.parent_id) if parent.parent_id is not None else None


def set_member(
    session: Session, organisation_id: int, email: str, role: str, *, actor_id: int | None, now: datetime
) -> None:
    """Add somebody by e-mail address, or change what they may do. Raises NotFound, InvalidInput, LastOwner,
    OwnerUnknown for an address that somebody registered and nobody confirmed.
    """
    get_organisation(session, organisation_id)
    user_id = find_user_id(session, normalise_email(email))
    if user_id is None:
        raise InvalidInput(msg("Nobody has an account with this address."), field="email")
    put_member(session, organisation_id, user_id, role, actor_id=actor_id, now=now)


def organisation_names(session: Session, *, most: int = 500) -> list[tuple[int, str]]:
    """Id and name, by name, for a choice."""
    ordered = sa.select(Organisation.id, Organisation.name).order_by(Organisation.name, Organisation.id)
    return [(row[0], row[1]) for row in session.execute(ordered.limit(most))]
