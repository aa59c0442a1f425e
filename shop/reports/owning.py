"""Whose each thing of the inbox is, as its own room knows it or as a note says; and which notes are over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from shop.accounts.work_owners import Colleague, Mark, colleagues, forget_marks, noted_work, read_marks
from shop.reports.inbox import read_piles
from shop.reports.piles import FINANCE_PILES, MOST_LISTED, Item, Pile

# Their rooms know whose each one is.
OF_THEIR_ROOM: Final = frozenset({Pile.CONVERSATIONS, Pile.PRIVACY})


@dataclass(frozen=True)
class Team:
    """Who may look after work, and what each of them looks after."""

    people: Sequence[Colleague]
    marks: Mapping[tuple[str, str], Mark]

    def owner_of(self, pile: Pile, item: Item) -> Colleague | None:
        """Nobody where they may not do that kind of work (any more)."""
        if pile in OF_THEIR_ROOM:
            owner_id = item.owner_id
        else:
            mark = self.marks.get((pile.value, item.mark))
            owner_id = mark.user_id if mark else None
        return next((one for one in self.who_may(pile) if one.id == owner_id), None)

    def who_may(self, pile: Pile) -> list[Colleague]:
        return [one for one in self.people if one.may_do(money=pile in FINANCE_PILES)]


def read_team(session: Session) -> Team:
    """Two statements."""
    return Team(colleagues(session), read_marks(session))


def forget_done_work(session: Session, *, now: datetime) -> int:
    """Take the names off work that does not wait any more; returns how many. A pile longer than is read keeps its names."""
    noted = noted_work(session)
    known = {pile.value for pile in Pile}
    piles = {Pile(pile) for pile, _ in noted if pile in known}
    waits, long = set(), set()
    for one in read_piles(session, piles, now=now) if piles else ():
        waits |= {(one.pile.value, item.mark) for item in one.items}
        if len(one.items) >= MOST_LISTED:
            long.add(one.pile.value)
    return forget_marks(session, sorted(one for one in noted if one not in waits and one[0] not in long))
