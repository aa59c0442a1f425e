"""The inbox as somebody looks through it: everybody's work, their own, or what nobody looks after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask import url_for
from flask_babel import gettext

from shop.kit.clock import utc_now
from shop.kit.text import msg
from shop.reports.owning import Team
from shop.reports.piles import Item, Pile, Waiting
from shop.web.admin.pile_looks import LOOKS
from shop.web.admin.pile_words import age_of, note_of, title_of


class Whose(StrEnum):
    ALL = ""
    MINE = "mine"
    NOBODYS = "nobody"

    @classmethod
    def of(cls, typed: str) -> Whose:
        return cls(typed) if typed in set(cls) else cls.ALL

    def in_address(self) -> dict[str, Any]:
        return {"owner": self.value} if self is not Whose.ALL else {}


WORDS = {Whose.MINE: msg("Mine"), Whose.ALL: msg("All"), Whose.NOBODYS: msg("Nobody's")}


@dataclass(frozen=True)
class Looked:
    """What of a pile is looked at; the sum of its money only where that is all of it."""

    pile: Pile
    count: int
    items: Sequence[Item]
    amount_fen: int = 0

    def shown(self, team: Team, me: int) -> list[dict[str, Any]]:
        now, look = utc_now(), LOOKS[self.pile]
        found = []
        for item in self.items:
            owner = team.owner_of(self.pile, item)
            found.append(
                {
                    "mark": item.mark,
                    "title": title_of(self.pile, item),
                    "note": note_of(self.pile, item),
                    "href": look.one(item),
                    "waited": age_of(item, now),
                    "owner": owner.name if owner else "",
                    "is_mine": owner is not None and owner.id == me,
                }
            )
        return found


def look_through(waiting: Waiting, team: Team, whose: Whose, me: int) -> Looked:
    if whose is Whose.ALL:
        return Looked(waiting.pile, waiting.count, waiting.items, waiting.amount_fen)
    wanted = me if whose is Whose.MINE else None
    owners = ((item, team.owner_of(waiting.pile, item)) for item in waiting.items)
    items = [item for item, owner in owners if (owner.id if owner else None) == wanted]
    return Looked(waiting.pile, len(items), items)


def whose_links(chosen: Whose, endpoint: str, **values: Any) -> list[dict[str, Any]]:
    return [
        {
            "label": gettext(word),
            "href": url_for(endpoint, **values, **one.in_address()),
            "current": one is chosen,
        }
        for one, word in WORDS.items()
    ]
