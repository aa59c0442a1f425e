"""Network addresses are cut to their network after 30 days: where from is enough to look into an abuse of then."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from ipaddress import IPv4Address, IPv4Interface, IPv6Interface, ip_interface, ip_network
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Attempt, AuditEntry, AuditPersonal, SignInSession
from shop.storage.unit_of_work import UnitOfWork

KEPT: Final = timedelta(days=30)
BATCH: Final = 500
_V4, _V6 = 24, 48


def cut_address(address: str) -> str:
    """`203.0.113.9` → `203.0.113.0/24`; what is no address is cut to nothing."""
    try:
        parsed: IPv4Interface | IPv6Interface = ip_interface(address)
    except ValueError:
        return ""
    is_four = isinstance(parsed.ip, IPv4Address)
    return str(ip_network((parsed.ip, _V4 if is_four else _V6), strict=False))


def cut_old_addresses(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Those of sessions, of attempts and of the trail; returns how many changed.

    In small transactions: killed half way it leaves nothing wrong, and the next run does the rest.
    """
    cut = 0
    while done := unit_of_work.run(partial(_cut_some, before=now - KEPT)):
        cut += done
    return cut


def _cut_some(session: Session, before: datetime) -> int:
    return (
        _cut(session, SignInSession, SignInSession.created_at < before)
        + _cut(session, Attempt, Attempt.at < before)
        + _forget_sign_ins(session, before)
    )


def _cut(session: Session, entity: Any, is_old: sa.ColumnElement[bool]) -> int:
    cut = (entity.address.like(f"%/{length}") for length in (_V4, _V6))
    whole = sa.and_(is_old, entity.address != "", ~sa.or_(*cut))
    addresses = session.scalars(sa.select(entity.address).where(whole).distinct().limit(BATCH)).all()
    for address in addresses:
        here = sa.and_(whole, entity.address == address)
        session.execute(sa.update(entity).where(here).values(address=cut_address(address)))
    return len(addresses)


def _forget_sign_ins(session: Session, before: datetime) -> int:
    """The trail's digest knows the whole address only, so there it goes altogether, and the chain stays whole."""
    old = (
        sa.select(AuditPersonal.entry_id)
        .join(AuditEntry, AuditEntry.id == AuditPersonal.entry_id)
        .where(AuditEntry.at < before, AuditEntry.action.like("sign\\_in%", escape="\\"))
        .order_by(AuditPersonal.entry_id)
        .limit(BATCH)
    )
    ids = session.scalars(old).all()
    session.execute(sa.delete(AuditPersonal).where(AuditPersonal.entry_id.in_(ids)))
    return len(ids)
