"""Addresses that everybody who buys for an organisation may send goods to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.addresses import AddressFields, write_fields
from shop.accounts.audit import audit
from shop.accounts.organisation_models import OrganisationAddress
from shop.accounts.terms import lock_organisation
from shop.kit.errors import Conflict, NotFound
from shop.kit.text import msg

MOST: Final = 30


def addresses_of(session: Session, organisation_ids: Sequence[int]) -> Sequence[OrganisationAddress]:
    """In the order in which they were written down."""
    statement = sa.select(OrganisationAddress).where(
        OrganisationAddress.organisation_id.in_(organisation_ids)
    )
    ordered = statement.order_by(OrganisationAddress.organisation_id, OrganisationAddress.id)
    return session.scalars(ordered).all()


def get_organisation_address(session: Session, organisation_id: int, address_id: int) -> OrganisationAddress:
    """Raises NotFound, also for another organisation's."""
    address = session.get(OrganisationAddress, address_id)
    if address is None or address.organisation_id != organisation_id:
        raise NotFound()
    return address


def save_organisation_address(
    session: Session,
    organisation_id: int,
    address_id: int | None,
    fields: AddressFields,
    *,
    actor_id: int,
    now: datetime,
) -> None:
    """Without an id a new one; the same typed twice is one. Raises NotFound, InvalidInput, Conflict when it is full.

    Orders keep the address they were placed with.
    """
    lock_organisation(session, organisation_id)
    known = addresses_of(session, [organisation_id])
    if address_id is None:
        address = OrganisationAddress(organisation_id=organisation_id)
        write_fields(address, fields)
        if any(_same(one, address) for one in known):
            return
        if len(known) >= MOST:
            raise Conflict(
                msg("An address book holds %(count)s addresses. Please delete one first."), count=MOST
            )
        session.add(address)
    else:
        address = get_organisation_address(session, organisation_id, address_id)
        write_fields(address, fields)
    session.flush()
    _audit(session, actor_id, organisation_id, "address", now)


def delete_organisation_address(
    session: Session, organisation_id: int, address_id: int, *, actor_id: int, now: datetime
) -> None:
    """Raises NotFound."""
    lock_organisation(session, organisation_id)
    session.delete(get_organisation_address(session, organisation_id, address_id))
    _audit(session, actor_id, organisation_id, "address_removed", now)


def _same(one: OrganisationAddress, other: OrganisationAddress) -> bool:
    names = ("recipient", "phone", "province", "city", "district", "street")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _audit(session: Session, actor_id: int, organisation_id: int, what: str, now: datetime) -> None:
    audit(
        session,
        actor_id,
        "organisation.papers_changed",
        "organisation",
        organisation_id,
        {"papers": what},
        now=now,
    )
