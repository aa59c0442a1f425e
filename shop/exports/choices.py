"""What somebody wants to see of a report: which columns in which order, which rows, put together and sorted how.

Written in two ways: as JSON where a view is saved, and as parts of an address, so that a page can be bookmarked. Whether
a report has such columns is judged where reports are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

MOST_FILTERS: Final = 4
MOST_GROUPS: Final = 2
LONGEST_VALUE: Final = 80
DOWN: Final = "-"  # before the column that the largest comes first of


class Rule(StrEnum):
    """How a filter compares a cell with what was typed."""

    IS = "is"
    HAS = "has"
    LEAST = "least"
    MOST = "most"


@dataclass(frozen=True)
class Filter:
    """`value` as it was typed: yuan for an amount, per cent for a share, the word of the shop for a state."""

    key: str
    rule: Rule
    value: str


@dataclass(frozen=True)
class Choices:
    """Without columns: all of them. `sort` is a column's key, with DOWN before it where the largest comes first."""

    columns: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    sort: str = ""
    filters: tuple[Filter, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.columns or self.group or self.sort or self.filters)

    def kept(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "columns": list(self.columns),
            "group": list(self.group),
            "sort": self.sort,
            "filters": [[one.key, one.rule.value, one.value] for one in self.filters],
        }

    def arguments(self) -> dict[str, str]:
        """As parts of an address; what is not chosen is left out."""
        parts = {"columns": ",".join(self.columns), "group": ",".join(self.group), "sort": self.sort}
        for number, one in enumerate(self.filters, start=1):
            parts[f"where{number}"] = f"{one.key}:{one.rule}:{one.value}"
        return {name: part for name, part in parts.items() if part}


def choices_of(kept: Mapping[str, Any]) -> Choices:
    """Of JSON that `kept` wrote."""
    return Choices(
        columns=tuple(kept.get("columns", ())),
        group=tuple(kept.get("group", ())),
        sort=kept.get("sort", ""),
        filters=tuple(Filter(key, Rule(rule), value) for key, rule, value in kept.get("filters", ())),
    )


def read_choices(arguments: Mapping[str, str]) -> Choices:
    """Of an address; what cannot be read is as good as absent."""
    filters = (_filter(arguments.get(f"where{number}", "")) for number in range(1, MOST_FILTERS + 1))
    return Choices(
        columns=_keys(arguments.get("columns", "")),
        group=_keys(arguments.get("group", ""))[:MOST_GROUPS],
        sort=arguments.get("sort", "")[:LONGEST_VALUE],
        filters=tuple(one for one in filters if one is not None),
    )


def _keys(written: str) -> tuple[str, ...]:
    """Each once, in their order."""
    return tuple(dict.fromkeys(key for key in written[:2_000].split(",") if key))


def _filter(written: str) -> Filter | None:
    key, _, rest = written.partition(":")
    rule, _, value = rest.partition(":")
    known = rule in {one.value for one in Rule}
    value = value.strip()[:LONGEST_VALUE]
    return Filter(key, Rule(rule), value) if key and known and value else None
