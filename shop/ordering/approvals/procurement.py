"""Project, handler and acceptor of an order: chosen at checkout, copied, and read for its papers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import OrganisationMember
from shop.accounts.organisations import BUYING
from shop.kit.errors import NotFound
from shop.ordering.approvals.models import OrderProcurement


@dataclass(frozen=True, slots=True)
class Procurement:
    """In the words that are printed; empty where nothing was chosen."""

    project_number: str = ""
    project_name: str = ""
    handler: str = ""
    acceptor: str = ""

    def __bool__(self) -> bool:
        return bool(self.project_number or self.handler or self.acceptor)


NOTHING_SAID: Final = Procurement()


def refuse_stranger(session: Session, user_id: int | None, organisation_id: int) -> None:
    """Raises NotFound unless this account buys for the organisation."""
    role = session.scalar(
        sa.select(OrganisationMember.role).where(
            OrganisationMember.organisation_id == organisation_id,
            OrganisationMember.user_id == (user_id or 0),
        )
    )
    if role not in BUYING:
        raise NotFound()


def write_procurement(session: Session, order_id: int, said: Procurement) -> None:
    """For an order that was just written; nothing where nothing was chosen."""
    if said:
        session.add(
            OrderProcurement(
                order_id=order_id,
                project_number=said.project_number,
                project_name=said.project_name,
                handler=said.handler,
                acceptor=said.acceptor,
            )
        )


def procurement_of(session: Session, order_id: int) -> OrderProcurement | None:
    return session.get(OrderProcurement, order_id)
