"""Changing a paid order: what may be changed, what of its freight that moves, and writing it down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.audit import audit
from shop.accounts.models import User
from shop.kit.references import form_digest
from shop.ordering.change_errors import ChangedElsewhere, NotToBeChanged
from shop.ordering.change_models import ChangeKind, OrderChange
from shop.ordering.history import note
from shop.ordering.models import Channel, Order, OrderStatus

# What of the freight was paid and has not gone back, in fen, by the order's id: money is of a floor above.
FreightLeft = Callable[[Session, int], int]
LONGEST_REASON: Final = 300


@dataclass(frozen=True, slots=True)
class FreightChange:
    """In fen. Of what a way costs more the shop may ask for nothing; a cheaper one gives back what is not made up for so.

    `taken_up_fen` is what the shop had waived before and a cheaper way makes up for.
    """

    back_fen: int = 0
    more_fen: int = 0
    taken_up_fen: int = 0

    @property
    def difference_fen(self) -> int:
        """Signed: above nothing the buyer would pay it, below it goes back."""
        return self.more_fen - self.back_fen


@dataclass(frozen=True, slots=True)
class Shown:
    """A change as the team reads it."""

    at: datetime
    kind: ChangeKind
    actor: str | None
    by_team: bool
    before: dict[str, Any]
    after: dict[str, Any]
    difference_fen: int
    waived_fen: int
    reason: str
    supplement: str | None  # the number of the order beside it
    supplement_status: OrderStatus | None


def demand_changeable(order: Order) -> None:
    """Raises NotToBeChanged, ChangedElsewhere. That nothing of it is packed is for the floor above to say."""
    if (
        order.status is not OrderStatus.CONFIRMED
        or order.cancel_requested_at is not None
        or order.money_back_at is not None
    ):
        raise NotToBeChanged()
    if order.channel is not Channel.SHOP:
        raise ChangedElsewhere()


def freight_change(before_fen: int, after_fen: int, *, left_fen: int, waived_fen: int) -> FreightChange:
    """Pure. `before_fen` and `after_fen` are today's prices of both ways, `left_fen` what was paid and did not go back.

    A way without freight gives all of that back.
    """
    if after_fen > before_fen:
        return FreightChange(more_fen=after_fen - before_fen)
    cheaper = before_fen - after_fen if after_fen else max(left_fen + waived_fen, 0)
    taken_up = min(max(waived_fen, 0), cheaper)
    return FreightChange(back_fen=min(cheaper - taken_up, left_fen), taken_up_fen=taken_up)


def waived_of(session: Session, order_id: int) -> int:
    """What the shop has waived of its freight by changes before, in fen."""
    total = sa.select(sa.func.coalesce(sa.func.sum(OrderChange.waived_fen), 0)).where(
        OrderChange.order_id == order_id, OrderChange.kind == ChangeKind.REDIRECTED
    )
    return int(session.scalar(total) or 0)


def changed_with(session: Session, order_id: int, token: str) -> OrderChange | None:
    """The change that this form has made already."""
    return session.scalar(sa.select(OrderChange).where(OrderChange.token == _digest(order_id, token)))


def write_change(
    session: Session,
    order: Order,
    kind: ChangeKind,
    *,
    token: str,
    before: dict[str, Any],
    after: dict[str, Any],
    difference_fen: int = 0,
    waived_fen: int = 0,
    reason: str = "",
    supplement: Order | None = None,
    actor_id: int | None,
    by_team: bool,
    now: datetime,
) -> OrderChange:
    """With its line in the history and in the trail: what they say is of nobody, so no address stands there."""
    change = OrderChange(
        order_id=order.id,
        at=now,
        kind=kind,
        actor_id=actor_id,
        by_team=by_team,
        token=_digest(order.id, token),
        before=before,
        after=after,
        difference_fen=difference_fen,
        waived_fen=waived_fen,
        reason=reason[:LONGEST_REASON],
        supplement_id=supplement.id if supplement is not None else None,
    )
    session.add(change)
    session.flush()
    facts: dict[str, Any] = {"difference_fen": difference_fen, "waived_fen": waived_fen, "reason": reason}
    if supplement is not None:
        facts["supplement"] = supplement.number
    facts = {name: value for name, value in facts.items() if value}
    note(session, order.id, f"order_{kind}", now, actor_id, **facts)
    audit(session, actor_id, f"order.{kind}", "order", order.number, facts, now=now)
    return change


def changes_of_order(session: Session, order_id: int) -> Sequence[Shown]:
    """The newest first. One statement."""
    beside = aliased(Order)
    rows = session.execute(
        sa.select(
            *(OrderChange.at, OrderChange.kind),
            sa.func.coalesce(sa.func.nullif(User.name, ""), User.email),
            *(OrderChange.by_team, OrderChange.before, OrderChange.after),
            *(OrderChange.difference_fen, OrderChange.waived_fen, OrderChange.reason),
            *(beside.number, beside.status),
        )
        .outerjoin(User, User.id == OrderChange.actor_id)
        .outerjoin(beside, beside.id == OrderChange.supplement_id)
        .where(OrderChange.order_id == order_id)
        .order_by(OrderChange.id.desc())
    )
    return [Shown(*row) for row in rows]


def _digest(order_id: int, token: str) -> str:
    return form_digest(f"order {order_id} change", token)
