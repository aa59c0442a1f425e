"""Finding things by what somebody typed: Chinese, pinyin, initials or English; names before descriptions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.index_models import SearchSpelling
from shop.catalogue.lines import Lines
from shop.catalogue.matching import MOST, Found, Wanted, find
from shop.catalogue.question import Question, ask
from shop.catalogue.words import is_one_letter_off, one_letter_less

_SHORTEST_MISSPELT: Final = 4
_ENOUGH: Final = 24  # a page: nobody looks further for what may have been meant
_MOST_WORDS: Final = 12


@dataclass(frozen=True)
class Matches:
    """Documents, best first; `total` counts all, up to `MOST`.

    `instead` is the word that was searched for when the typed one was not known.
    """

    documents: tuple[int, ...] = ()
    total: int = 0
    instead: str | None = None


def search(
    session: Session,
    typed: str,
    *,
    facets: Collection[str] = (),
    among: Lines | None = None,
    first: int = MOST,
) -> Matches:
    """At least the `first` best documents that answer what was typed, those found by their names before others.

    `facets` are tokens that every document must have; `among` is a list that it must stand in.
    What finds little is followed by goods whose names are one letter off: xiangu is 鲜菇, and 香菇 mistyped.
    What finds nothing is tried again: with known words one letter off, then in other sizes, then with a part of the Chinese.
    """
    asked = Wanted(ask(typed), frozenset(facets), among)
    if asked.question.is_empty:
        return Matches()
    found = find(session, asked, first=first)
    if found.total >= min(first, _ENOUGH):
        return Matches(found.documents, found.total)
    similar = _similar_words(session, asked.question.latin_words)
    near = replace(asked, question=asked.question.with_words(similar))
    if not found.documents:
        return _meant(session, asked, near, similar, first)
    if near.question == asked.question:
        return Matches(found.documents, found.total)
    return _followed(found, find(session, replace(near, in_names=True), first=first))


def complete(session: Session, typed: str, *, first: int) -> Matches:
    """As `search`, for somebody who is still typing: words that begin with the last one count too."""
    question = ask(typed)
    if question.is_empty:
        return Matches()
    longer = _words_beginning_with(session, question.latin_words)
    found: Found = find(session, Wanted(question.with_words(longer)), first=first)
    return Matches(found.documents, found.total) if found.documents else search(session, typed, first=first)


def _meant(
    session: Session, asked: Wanted, near: Wanted, similar: Mapping[str, Collection[str]], first: int
) -> Matches:
    """What a question that found nothing may have meant."""
    if similar:
        found = find(session, near, first=first)
        if found.documents:
            return Matches(found.documents, found.total, min(min(words) for words in similar.values()))
    for question in _easier(asked.question):
        found = find(session, replace(asked, question=question), first=first)
        if found.documents:
            return Matches(found.documents, found.total)
    return Matches()


def _easier(question: Question) -> Iterator[Question]:
    """The question for other sizes of the same, then for a part of its Chinese."""
    other_sizes = question.without_numbers
    if other_sizes != question and not other_sizes.is_empty:
        yield (question := other_sizes)
    if question.asks_for_pairs:
        yield question.loosened()


def _followed(found: Found, near: Found) -> Matches:
    """All that was found, then what is nearly called so."""
    exact = set(found.documents)
    more = tuple(document for document in near.documents if document not in exact)
    only_exact = len(exact.difference(near.documents))
    return Matches(found.documents + more, min(near.total + only_exact, MOST))


def _similar_words(session: Session, words: Collection[str]) -> dict[str, set[str]]:
    """For each misspelt word, the known words that are one letter off."""
    misspelt = {word: one_letter_less(word) for word in words if len(word) >= _SHORTEST_MISSPELT}
    if not misspelt:
        return {}
    spellings = set[str]().union(*misspelt.values())
    found = session.execute(_KNOWN, {"spellings": sorted(spellings)}).all()
    similar = {
        word: {known for spelling, known in found if spelling in ways and is_one_letter_off(word, known)}
        for word, ways in misspelt.items()
    }
    return {word: known for word, known in similar.items() if known}


def _words_beginning_with(session: Session, words: Collection[str]) -> dict[str, set[str]]:
    """For the last word, if it is long enough, the shortest known words that begin with it."""
    return {
        word: set(session.scalars(_LONGER, {"beginning": word, "end": word + "~"}))
        for word in list(words)[-1:]
        if len(word) >= _SHORTEST_MISSPELT
    }


_SPELLING: Final = SearchSpelling.__table__.c
_KNOWN: Final = sa.select(_SPELLING.spelling, _SPELLING.word).where(
    _SPELLING.spelling.in_(sa.bindparam("spellings", expanding=True))
)
_LONGER: Final = (
    sa.select(_SPELLING.word)
    .where(
        _SPELLING.spelling >= sa.bindparam("beginning"),
        _SPELLING.spelling < sa.bindparam("end"),
        _SPELLING.spelling == _SPELLING.word,
    )
    .order_by(sa.func.length(_SPELLING.word), _SPELLING.word)
    .limit(_MOST_WORDS)
)
