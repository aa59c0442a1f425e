"""How the map is written: a line for each table, and within it for each personal column.

    table("addresses", msg("Addresses"), whose=of_user("user_id"), gone=Gone.ROW, plain="id is_default",
          recipient=NAME, phone=CONTACT, …)

A table without people is declared once (`nobody("categories products")`), and all its columns with it. Columns that
point to an account (`made_by_id`) say who of the team did something: they need no line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from shop.privacy.words import Ground, Kept, Kind, Reader

Whose = Callable[[sa.FromClause, "Person"], sa.ColumnElement[bool]]


class Gone(StrEnum):
    """What an erasure does to a person's rows."""

    ROW = "row"  # deleted
    BLANK = "blank"  # the personal columns are emptied
    OWN_WAY = "own_way"  # by a step of its own in `erasing`
    KEPT = "kept"  # bookkeeping or food law demands it


@dataclass(frozen=True)
class Received:
    """An order in whose recipient's name somebody asks. `phone` is empty where the buyer left their own there."""

    order_id: int
    number: str
    name: str
    phone: str


@dataclass(frozen=True)
class Person:
    """Whose data it is: an account with its orders, a guest's single order, the recipient of another's, or a household."""

    user_id: int | None = None
    order_ids: tuple[int, ...] = ()
    order_numbers: tuple[str, ...] = ()
    # Placed for organisations that they left: those keep them, without who placed them.
    left_order_ids: tuple[int, ...] = ()
    received: Received | None = (
        None  # of an order that somebody else's account placed: nothing else of it is theirs
    )
    household_id: int | None = None
    contacts: tuple[str, ...] = ()  # addresses and telephones, as they are stored
    keeps_reviews: bool = False  # wants the words of their reviews to stand, without a name


@dataclass(frozen=True)
class Fact:
    """What one personal column holds. `law` keeps it in spite of an erasure; `hidden` is in no copy: keys and digests."""

    kind: Kind
    purpose: str
    readers: tuple[Reader, ...]
    kept: Kept
    ground: Ground = Ground.CONTRACT
    sensitive: bool = False
    law: bool = False
    hidden: bool = False
    instead: Any = None  # what an erasure writes; None: nothing, or an empty text

    def but(self, **changes: Any) -> Fact:
        return replace(self, **changes)


@dataclass(frozen=True)
class TableMap:
    name: str
    title: str = ""
    whose: Whose | None = None
    gone: Gone = Gone.KEPT
    facts: Mapping[str, Fact] = field(default_factory=dict)
    plain: frozenset[str] = frozenset()
    has_people: bool = True
    copied: bool = True  # part of a person's copy
    seen: Whose | None = None  # which rows are in the copy, where that is fewer than an erasure finds

    @property
    def kept_by_law(self) -> frozenset[str]:
        return frozenset(name for name, fact in self.facts.items() if fact.law or self.gone is Gone.KEPT)


# Names that are personal wherever they stand: a table without people may not have such a column.
TELLING: Final = frozenset(
    [
        "phone",
        "email",
        "recipient",
        "street",
        "identity_sealed",
        "name_sealed",
        "account_sealed",
        "contact_phone",
        "device",
        "payer",
    ]
)


def table(
    name: str,
    title: str,
    /,
    *,
    whose: Whose | None,
    gone: Gone,
    plain: str = "",
    copied: bool = True,
    seen: Whose | None = None,
    **facts: Fact,
) -> TableMap:
    return TableMap(name, title, whose, gone, facts, frozenset(plain.split()), copied=copied, seen=seen)


def nobody(names: str, *, but: str = "") -> list[TableMap]:
    """Tables that say nothing of people; `but`: telling names that are an institution's."""
    return [TableMap(name, plain=frozenset(but.split()), has_people=False) for name in names.split()]


def of_user(column: str) -> Whose:
    return lambda rows, person: rows.c[column] == (person.user_id or 0)


def of_order(column: str = "order_id") -> Whose:
    return lambda rows, person: rows.c[column].in_(person.order_ids)


def of_their_organisation(column: str = "organisation_id") -> Whose:
    """Rows of an organisation to which the account belongs today: papers that one made for it stand with it."""

    def whose(rows: sa.FromClause, person: Person) -> sa.ColumnElement[bool]:
        members = rows.metadata.tables["organisation_members"]  # type: ignore[attr-defined]
        mine = sa.select(members.c.organisation_id).where(members.c.user_id == (person.user_id or 0))
        return rows.c[column].in_(mine)

    return whose


def of_household(column: str = "household_id") -> Whose:
    return lambda rows, person: rows.c[column] == (person.household_id or 0)


def of_contact(column: str) -> Whose:
    """Rows that hold one of the person's addresses or telephones."""
    return lambda rows, person: rows.c[column].in_(person.contacts)


def of_number(column: str) -> Whose:
    return lambda rows, person: rows.c[column].in_(person.order_numbers)


def about_person(rows: sa.FromClause, person: Person) -> sa.ColumnElement[bool]:
    """Rows that name an account, an order or a household by kind and number, whoever wrote them."""
    named = [("order", list(person.order_numbers))]
    if person.received is not None:
        named.append(("recipient", [person.received.number]))
    if person.user_id is not None:
        named.append(("user", [str(person.user_id)]))
    if person.household_id is not None:
        named.append(("household", [str(person.household_id)]))
    about, about_id = rows.c.about, rows.c.about_id
    return sa.or_(*(sa.and_(about == kind, about_id.in_(ids)) for kind, ids in named))


def any_of(*ways: Whose) -> Whose:
    return lambda rows, person: sa.or_(*(way(rows, person) for way in ways))


def both(*ways: Whose) -> Whose:
    return lambda rows, person: sa.and_(*(way(rows, person) for way in ways))


def where(column: str, *values: Any) -> Whose:
    """Rows by what stands in a column, whosever they are."""
    return lambda rows, _person: rows.c[column].in_(values)


def of_guest(owner: str = "user_id") -> Whose:
    """Rows about the person's orders that hang on the order alone: no account, so nobody else's either, wrote them."""
    return lambda rows, person: sa.and_(rows.c.order_id.in_(person.order_ids), rows.c[owner].is_(None))


def through(column: str, parent: str, way: Whose, key: str = "id") -> Whose:
    """Rows whose `column` names a row of `parent` that is the person's."""

    def whose(rows: sa.FromClause, person: Person) -> sa.ColumnElement[bool]:
        others = rows.metadata.tables[parent]  # type: ignore[attr-defined]
        return rows.c[column].in_(sa.select(others.c[key]).where(way(others, person)))

    return whose


def is_of_the_team(column: sa.Column[Any]) -> bool:
    """Who did something: a number that names nobody once the account is erased."""
    points = any(key.target_fullname == "users.id" for key in column.foreign_keys)
    return points or column.name in {"actor_id", "given_by_id"}


def unmapped(columns: sa.Table, mapped: TableMap | None) -> list[str]:
    """What of a table has no line."""
    if mapped is None:
        return [f"{columns.name}: the table has no line"]
    known = {*mapped.facts, *mapped.plain}
    if mapped.has_people:
        lost = [one.name for one in columns.columns if one.name not in known and not is_of_the_team(one)]
    else:
        lost = [one.name for one in columns.columns if one.name in TELLING - mapped.plain]
    return [f"{columns.name}.{name}" for name in lost] + [
        f"{columns.name}.{name} is no column" for name in sorted(known - set(columns.columns.keys()))
    ]
