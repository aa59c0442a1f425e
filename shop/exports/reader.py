"""Who reads a report, as they are at this moment."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from shop.accounts.models import RoleName, User
from shop.accounts.users import roles_of
from shop.catalogue.access import work_places_of


class Desk(StrEnum):
    """Where reports are read: the back office has all of the shop, a village's desk has own villages."""

    ADMIN = "admin"
    VILLAGE = "village"


@dataclass(frozen=True)
class Reader:
    user_id: int
    roles: frozenset[RoleName]
    village_ids: frozenset[int] = frozenset()

    @property
    def handles_money(self) -> bool:
        return RoleName.FINANCE in self.roles


def reader_now(session: Session, user_id: int) -> Reader | None:
    """With the roles and villages of now; None for who is gone or may not sign in."""
    user = session.get(User, user_id)
    if user is None or not user.active:
        return None
    return Reader(user_id, roles_of(session, user_id), work_places_of(session, user_id).village_ids)
