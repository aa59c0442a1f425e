"""How often something was looked for, and how often nothing was found: what the villages might grow or the shop might say.

The list of goods is a page that is kept and writes nothing; it says by itself that it was looked at (`POST /searches`).
What it says is signed with its hour, so that only what was searched for just now is counted, and nothing that was kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from shop.catalogue.models import SearchCount
from shop.catalogue.question import LONGEST_QUESTION
from shop.kit.clock import shanghai_date
from shop.kit.references import sign_code, verify_code
from shop.kit.text import tidy

KEPT: Final = timedelta(days=366)
MOST_WORDS_A_DAY: Final = 2_000  # more is nobody looking for tea; words that stand already are counted on
_PURPOSE: Final = "searched at"
_LENGTH: Final = 16
_HOUR: Final = 3600
_OF_A_PERSON: Final = re.compile(
    r"@|\d[\d\s-]{5,}\d"
)  # an address, or a number that somebody can be reached by


def mark_hour(now: datetime) -> int:
    """The hour that a mark is of: it counts until the end of the next one."""
    return int(now.timestamp()) // _HOUR


def searched_mark(typed: str, *, is_unfound: bool, key: str, now: datetime) -> str:
    """What the page sends back, signed; empty for what is not counted: nothing, or what may be somebody's address or number."""
    words = tidy(typed)[:LONGEST_QUESTION].casefold()[:LONGEST_QUESTION]
    if not words or _OF_A_PERSON.search(words):
        return ""
    return sign_code(f"{mark_hour(now)}:{int(is_unfound)}{words}", key, purpose=_PURPOSE, length=_LENGTH)


def count_search(session: Session, mark: str, keys: Sequence[str], *, now: datetime) -> bool:
    """One search more today. False for what this shop did not write within the last hour or two, or for new words on a day that has too many.

    One conditional write, exact however many come together; the limit of a day is kept nearly.
    """
    said = verify_code(mark, keys, purpose=_PURPOSE, length=_LENGTH)
    hour, colon, found = (said or "").partition(":")
    if not colon or not 0 <= mark_hour(now) - int(hour) <= 1:
        return False
    day, words = shanghai_date(now), found[1:]
    if not _has_room(session, words, day):
        return False
    connection = session.connection()
    row = {"day": day, "words": words, "searches": 1, "unfound": int(found[0])}
    connection.execute(_ONE_MORE[connection.dialect.name], row)
    return True


def forget_old_searches(session: Session, *, now: datetime) -> None:
    """After a year. Harmless to repeat."""
    session.execute(sa.delete(SearchCount).where(SearchCount.day < shanghai_date(now - KEPT)))


def _has_room(session: Session, words: str, day: Any) -> bool:
    of_today = sa.select(sa.func.count()).select_from(SearchCount).where(SearchCount.day == day)
    is_there = sa.select(sa.literal(1)).where(SearchCount.day == day, SearchCount.words == words)
    return session.scalar(is_there) is not None or (session.scalar(of_today) or 0) < MOST_WORDS_A_DAY


def _one_more(insert: Callable[[Any], Any]) -> sa.Executable:
    table = SearchCount.__table__
    upsert = insert(table)
    statement: sa.Executable = upsert.on_conflict_do_update(
        index_elements=["day", "words"],
        set_={"searches": table.c.searches + 1, "unfound": table.c.unfound + upsert.excluded.unfound},
    )
    return statement


_ONE_MORE: Final = {"postgresql": _one_more(postgresql_insert), "sqlite": _one_more(sqlite_insert)}
