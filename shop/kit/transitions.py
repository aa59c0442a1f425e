"""State machines as data."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from shop.kit.errors import Conflict
from shop.kit.text import msg

State = TypeVar("State", bound=StrEnum)


class IllegalStep(Conflict):
    code = "illegal_step"
    default_message = msg("This step is not possible any more.")


class Transitions(Generic[State]):
    """Which state may follow which.

    A table: `Transitions({Order.AWAITING: {Order.CONFIRMED}, Order.CONFIRMED: set()})`, one comment a step.
    """

    def __init__(self, table: Mapping[State, Collection[State]]) -> None:
        unknown = {after for afters in table.values() for after in afters} - set(table)
        if unknown:
            raise ValueError(f"states without a row: {sorted(unknown)}")
        self._table = {before: frozenset(afters) for before, afters in table.items()}

    def allows(self, current: State, to: State) -> bool:
        return to in self._table[current]

    def step(self, current: State, to: State) -> State:
        """Return `to`. Raises IllegalStep when it cannot follow `current`."""
        if not self.allows(current, to):
            raise IllegalStep(current=str(current), to=str(to))
        return to

    def after(self, current: State) -> frozenset[State]:
        return self._table[current]

    @property
    def states(self) -> tuple[State, ...]:
        return tuple(self._table)
