"""What the hub is paid for each step, from a day on. What was written stays; a later row overrules an earlier one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.fulfilment.hub.models import HubRates, HubStepKind
from shop.kit.clock import LATEST, shanghai_date
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.storage.named_locks import lock_name
from shop.storage.paging import Page, read_page

PRICE_COLUMNS: Final[Mapping[HubStepKind, str]] = {kind: f"{kind.value}_fen" for kind in HubStepKind}
HIGHEST_FEN: Final = 100_000
_LOCK: Final = "fulfilment.hub_rates"
_TOO_HIGH: Final = msg("A step costs between ¥0 and ¥1,000.")
_NOT_BEFORE_TODAY: Final = msg("Prices count from today or a later day: steps that were done keep theirs.")


def rates_on(session: Session, day: date) -> HubRates | None:
    """The prices of a Shanghai day; None before there were any. One statement."""
    return session.scalar(
        sa.select(HubRates)
        .where(HubRates.valid_from <= day)
        .order_by(HubRates.valid_from.desc(), HubRates.id.desc())
        .limit(1)
    )


def price_of(session: Session, kind: HubStepKind, day: date) -> int:
    """Fen for one piece; 0 before there were any prices."""
    rates = rates_on(session, day)
    return getattr(rates, PRICE_COLUMNS[kind]) if rates is not None else 0


def all_rates(session: Session, *, page: int = 1) -> Page[HubRates]:
    """The latest day first; of one day, what was written last. Two statements."""
    statement: sa.Select[*tuple[Any, ...]] = sa.select(HubRates).order_by(
        HubRates.valid_from.desc(), HubRates.id.desc()
    )
    return read_page(session, statement, number=page, scalars=True)


def write_rates(
    session: Session,
    fen: Mapping[HubStepKind, int],
    valid_from: date,
    *,
    actor_id: int | None,
    now: datetime,
) -> int:
    """Prices from that day on; returns the row's id. The same said twice is written once.

    Raises InvalidInput for a day that is over, and for a price that nobody pays.
    """
    errors = {PRICE_COLUMNS[kind]: _TOO_HIGH for kind in HubStepKind if not 0 <= fen[kind] <= HIGHEST_FEN}
    if not shanghai_date(now) <= valid_from <= LATEST:
        errors["valid_from"] = _NOT_BEFORE_TODAY
    if errors:
        raise InvalidInput(errors=errors)
    lock_name(session, _LOCK)
    known = rates_on(session, valid_from)
    values = {PRICE_COLUMNS[kind]: fen[kind] for kind in HubStepKind}
    if known is not None and all(getattr(known, name) == value for name, value in values.items()):
        return known.id
    row = HubRates(valid_from=valid_from, written_at=now, written_by_id=actor_id, **values)
    session.add(row)
    session.flush()
    facts = {"valid_from": valid_from.isoformat(), **values}
    audit(session, actor_id, "hub_rates.created", "hub_rates", row.id, facts, now=now)
    return row.id
