"""The words that the matrix is written in: who, which object, what is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.factories.whole_shop import World
from tests.whole_shop import ANONYMOUS

Arguments = Mapping[str, Any]

BUYERS = frozenset({"buyer", "buyer2"})
FARMERS = frozenset({"farmer", "farmer2"})
COORDINATORS = frozenset({"coordinator", "coordinator2", "hub", "hub2"})
KEEPERS = frozenset({"point", "point2"})
ADMINS = frozenset({"clerk", "clerk2", "admin", "admin2"})
FINANCE = frozenset({"admin", "admin2"})
PEOPLE = BUYERS | FARMERS | COORDINATORS | KEEPERS | ADMINS | {"treasurer"}
ANYBODY = PEOPLE | {ANONYMOUS}

# Who asks for somebody else's object, and whose it is.
TWINS = {
    "buyer": "buyer2", "buyer2": "buyer", "farmer": "farmer2", "farmer2": "farmer", "coordinator": "coordinator2",
    "coordinator2": "coordinator", "hub": "coordinator", "hub2": "coordinator", "point": "point2", "point2": "point",
}  # fmt: skip
ABSENT_ID = 99_999_999


@dataclass(frozen=True)
class Target:
    """What a route names in its address: each person's own, and one that does not exist.

    `shared` objects are everybody's who may use the route. An owner called `nobody` keeps what no one here may see.
    """

    of: Callable[[World], Mapping[str, Arguments]]
    absent: Arguments
    shared: bool = False

    def own(self, world: World, person: str) -> Arguments | None:
        owned = self.of(world)
        return owned.get(person) or (owned.get("*") if self.shared else None)

    def anothers(self, world: World, person: str) -> Arguments | None:
        """Somebody else's object, none for what is shared."""
        if self.shared:
            return None
        owned = self.of(world)
        return (
            owned.get("nobody")
            or owned.get(TWINS.get(person, ""))
            or next(value for owner, value in owned.items() if owner != person and value != owned.get(person))
        )


@dataclass(frozen=True)
class Row:
    """One endpoint with one method. `expect`: the statuses of whoever may, where it is not plain success."""

    endpoint: str
    method: str
    may: frozenset[str]
    target: Target | None = None
    form: Callable[[World, str], Mapping[str, Any]] = field(default=lambda _world, _person: {})
    expect: frozenset[int] = frozenset({200, 302, 303})

    @property
    def name(self) -> str:
        return f"{self.method} {self.endpoint}"


def get(endpoint: str, may: frozenset[str], target: Target | None = None, *expect: int, **query: Any) -> Row:
    return _row("GET", endpoint, may, target, expect, query)


def post(endpoint: str, may: frozenset[str], target: Target | None = None, *expect: int, **form: Any) -> Row:
    """`form` values that are functions are asked for the person's own value: `f(world, person)`."""
    return _row("POST", endpoint, may, target, expect, form)


def _row(
    method: str,
    endpoint: str,
    may: frozenset[str],
    target: Target | None,
    expect: tuple[int, ...],
    sent: Arguments,
) -> Row:
    def fill(world: World, person: str) -> Arguments:
        return {name: value(world, person) if callable(value) else value for name, value in sent.items()}

    allowed = frozenset(expect) or Row.__dataclass_fields__["expect"].default
    return Row(endpoint, method, may, target, fill, allowed)


def named(known: Arguments, absent: Arguments) -> Target:
    """Something that everybody may name who may use the route."""
    return Target(lambda _world: {"*": known}, absent, shared=True)


def numbered(name: str, of: Callable[[World], Mapping[str, int]]) -> Target:
    """An object with a number, by its owner."""
    return Target(
        lambda world: {person: {name: number} for person, number in of(world).items()}, {name: ABSENT_ID}
    )


def record(name: str, of: Callable[[World], int]) -> Target:
    """A row of the back office, whose number every admin may name."""
    return Target(lambda world: {"*": {name: of(world)}}, {name: ABSENT_ID}, shared=True)
