"""New versions of the rule by which prices are divided. A version, once written, never changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.catalogue.models import SplitRule
from shop.catalogue.version import bump_version
from shop.kit.errors import InvalidInput
from shop.kit.text import msg

WHOLE_BP: Final = 10_000
PARTS: Final = ("household_bp", "packing_bp", "freight_bp", "payment_fee_bp", "village_fund_bp", "shop_bp")


def list_rules(session: Session) -> Sequence[SplitRule]:
    """All versions, the newest first."""
    return session.scalars(sa.select(SplitRule).order_by(SplitRule.version.desc())).all()


def add_rule(
    session: Session, parts: Mapping[str, int], valid_from: datetime, *, actor_id: int | None, now: datetime
) -> int:
    """The next version, for orders placed from that moment on; returns its number.

    Raises InvalidInput: the parts make 100 %, and no version begins in the past or before the one before it.
    """
    values = {name: int(parts[name]) for name in PARTS}
    if sum(values.values()) != WHOLE_BP or min(values.values()) < 0:
        raise InvalidInput(msg("The parts must add up to 100 per cent."), field="shop_bp")
    if valid_from < now:
        raise InvalidInput(msg("A new version cannot begin in the past."), field="valid_from")
    last = session.scalar(sa.select(SplitRule).order_by(SplitRule.version.desc()).limit(1).with_for_update())
    if last is not None and valid_from <= last.valid_from:
        raise InvalidInput(
            msg("Version %(version)s begins later. A new version follows it."),
            field="valid_from",
            version=last.version,
        )
    rule = SplitRule(version=last.version + 1 if last else 1, valid_from=valid_from, **values)
    session.add(rule)
    session.flush()
    facts = {"valid_from": valid_from.isoformat(), **values}
    audit(session, actor_id, "split_rule.created", "split_rule", rule.version, facts, now=now)
    bump_version(session)
    return rule.version
