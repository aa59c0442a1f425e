"""The whole map: every table of the shop, in the order in which the record of processing prints it.

A new table stands in the file of its domain under `fields/`; a new domain has a file of its own, named here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Final

from shop.privacy.fields import (
    accounts,
    campaigns,
    campus,
    catalogue,
    ground,
    money,
    ordering,
    talks,
    village,
)
from shop.privacy.mapping import TableMap

_ALL: Final = tuple(
    chain(
        accounts.TABLES,
        campus.TABLES,
        ordering.TABLES,
        campaigns.TABLES,
        talks.TABLES,
        catalogue.TABLES,
        village.TABLES,
        money.TABLES,
        ground.TABLES,
    )
)
WHOLE_MAP: Final[Mapping[str, TableMap]] = {one.name: one for one in _ALL}


def twice(tables: Iterable[TableMap] = _ALL) -> list[str]:
    """Tables that two files map."""
    names = [one.name for one in tables]
    return sorted({name for name in names if names.count(name) > 1})


def retained() -> dict[str, frozenset[str]]:
    """What an erasure leaves, by table: what bookkeeping and food law keep, and nothing else."""
    return {one.name: one.kept_by_law for one in WHOLE_MAP.values() if one.has_people and one.kept_by_law}
