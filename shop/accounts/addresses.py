"""A person's address book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.contacts import normalise_phone
from shop.accounts.models import Address
from shop.accounts.organisation_models import OrganisationAddress
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import msg, tidy

MOST_ADDRESSES = 20


@dataclass(frozen=True)
class AddressFields:
    """As typed; province, city and district are Chinese names."""

    recipient: str
    phone: str
    province: str
    city: str
    district: str
    street: str
    is_default: bool = False


def list_addresses(session: Session, user_id: int) -> Sequence[Address]:
    """The default one first, then the newest."""
    statement = sa.select(Address).where(Address.user_id == user_id)
    return session.scalars(statement.order_by(Address.is_default.desc(), Address.id.desc())).all()


def get_address(session: Session, user_id: int, address_id: int) -> Address:
    """Raises NotFound for somebody else's, too."""
    address = session.scalar(sa.select(Address).where(Address.id == address_id, Address.user_id == user_id))
    if address is None:
        raise NotFound()
    return address


def add_address(session: Session, user_id: int, fields: AddressFields) -> Address:
    """The first one is the default. Raises InvalidInput, or Conflict beyond 20."""
    count = (
        session.scalar(sa.select(sa.func.count()).select_from(Address).where(Address.user_id == user_id)) or 0
    )
    if count >= MOST_ADDRESSES:
        raise Conflict(
            msg("An address book holds %(count)s addresses. Please delete one first."), count=MOST_ADDRESSES
        )
    address = Address(user_id=user_id)
    write_fields(address, fields)
    session.add(address)
    session.flush()
    if fields.is_default or count == 0:
        _make_default(session, address)
    return address


def change_address(session: Session, user_id: int, address_id: int, fields: AddressFields) -> Address:
    """Raises NotFound, InvalidInput. Orders keep the address they were placed with."""
    address = get_address(session, user_id, address_id)
    write_fields(address, fields)
    if fields.is_default:
        _make_default(session, address)
    return address


def delete_address(session: Session, user_id: int, address_id: int) -> None:
    """Raises NotFound."""
    session.delete(get_address(session, user_id, address_id))


def forget_addresses(session: Session, user_id: int) -> int:
    """Returns how many there were."""
    gone = session.execute(sa.delete(Address).where(Address.user_id == user_id).returning(Address.id))
    return len(gone.all())


def write_fields(address: Address | OrganisationAddress, fields: AddressFields) -> None:
    """Raises InvalidInput at the field that is missing or too long."""
    for name, longest in (
        ("recipient", 60),
        ("province", 40),
        ("city", 40),
        ("district", 40),
        ("street", 200),
    ):
        value = tidy(getattr(fields, name))
        if not value and name not in {"city", "district"}:  # some places have none
            raise InvalidInput(msg("Please fill this in."), field=name)
        if len(value) > longest:
            raise InvalidInput(msg("Please use at most %(count)s characters."), field=name, count=longest)
        setattr(address, name, value)
    address.phone = normalise_phone(fields.phone)


def _make_default(session: Session, address: Address) -> None:
    session.flush()
    session.execute(
        sa.update(Address)
        .where(Address.user_id == address.user_id, Address.id != address.id)
        .values(is_default=False)
        .execution_options(synchronize_session=False)
    )
    address.is_default = True
