"""The finance permission: who has it decides where money goes, and who else may."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from shop.accounts.errors import FinanceOnly
from shop.accounts.models import RoleName, UserRole


def demand_finance(session: Session, actor_id: int | None, fields: Iterable[str]) -> None:
    """Raises FinanceOnly at these fields when the actor lacks the permission; None is the command line."""
    if actor_id is not None and session.get(UserRole, (actor_id, RoleName.FINANCE)) is None:
        raise FinanceOnly(errors=dict.fromkeys(fields, FinanceOnly.default_message))
