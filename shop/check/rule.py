"""An invariant: a sentence that always holds, and how to find the rows for which it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Violation:
    rule: str
    subject: str
    detail: str


Finder = Callable[[Session, datetime], Iterator[tuple[str, str]]]


@dataclass(frozen=True)
class Rule:
    """`find(session, now)` yields (subject, detail) for every row that breaks the rule."""

    name: str
    find: Finder

    def violations(self, session: Session, now: datetime) -> Iterator[Violation]:
        for subject, detail in self.find(session, now):
            yield Violation(self.name, subject, detail)


def rule(name: str, wrong: sa.Select[*tuple[Any, ...]], subject: str, detail: str) -> Rule:
    """A rule whose exceptions are the rows of one statement; both texts are filled in from its columns."""

    def find(session: Session, _now: datetime) -> Iterator[tuple[str, str]]:
        for row in session.execute(wrong).mappings():
            yield subject.format(**row), detail.format(**row)

    return Rule(name, find)


def total(column: Any, label: str) -> sa.Label[Any]:
    """A sum that is 0 where there is nothing to add."""
    return sa.func.coalesce(sa.func.sum(column), 0).label(label)


def or_nothing(column: Any) -> sa.ColumnElement[Any]:
    """0 where an outer join found no row."""
    return sa.func.coalesce(column, 0)
