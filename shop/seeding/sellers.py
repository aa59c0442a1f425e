"""Who sells and invoices, and the rule by which prices are divided."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from shop.catalogue.models import Seller, SplitRule
from shop.kit.clock import shanghai_midnight
from shop.seeding.document import Mistake
from shop.seeding.keyed import Keyed
from shop.seeding.read import Record, Seed, SeedRefused

_PARTS: Final = (
    *("household_bp", "packing_bp", "freight_bp"),
    *("payment_fee_bp", "village_fund_bp", "shop_bp"),
)


def write_sellers(session: Session, seed: Seed) -> None:
    """Raises SeedRefused when the file changes a split rule that is loaded already."""
    sellers = Keyed(session, Seller, "slug")
    for record in seed.records("sellers"):
        sellers.put(**record)
    rules = Keyed(session, SplitRule, "version")
    for place, record in enumerate(seed.records("split_rules")):
        known = rules.find(record["version"])
        if known is None:
            rules.add(_rule(record))
        elif [getattr(known, part) for part in _PARTS] != [record[part] for part in _PARTS]:
            words = f"version {known.version} is in the books with other parts; add a new version"
            raise SeedRefused([Mistake(f"$.split_rules[{place}]", words)])
    session.flush()


def _rule(record: Record) -> SplitRule:
    parts = {part: record[part] for part in _PARTS}
    valid_from = shanghai_midnight(date.fromisoformat(record["valid_from"]))
    return SplitRule(version=record["version"], valid_from=valid_from, **parts)
