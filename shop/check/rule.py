"""An invariant: a sentence that always holds, and how to find the rows for which it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Violation:
    rule: str
    subject: str
    detail: str


Finder = Callable[[Session], Iterator[tuple[str, str]]]


@dataclass(frozen=True)
class Rule:
    """`find` yields (subject, detail) for every row that breaks the rule."""

    name: str
    find: Finder

    def violations(self, session: Session) -> Iterator[Violation]:
        for subject, detail in self.find(session):
            yield Violation(self.name, subject, detail)
