"""Finding things by what somebody typed: Chinese, pinyin, initials or English; names before descriptions.

Documents are numbered by rank (see ``document_id``), so the best ones are the first along the index, and a
question that half the catalogue answers costs no more than one that few things answer.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from shop.catalogue.index_models import SearchDocument, SearchSpelling
from shop.catalogue.question import Question, ask, fts5_expression, tsquery_expression
from shop.catalogue.words import is_one_letter_off, one_letter_less

MOST: Final = 1001  # one more than is counted: "more than 1,000"
_SHORTEST_MISSPELT: Final = 4
_MOST_WORDS: Final = 12

# Made by a migration beside the documents: an FTS5 table on SQLite, two columns on PostgreSQL.
_FTS: Final = sa.table("search_fts", sa.column("rowid", sa.BigInteger))
_NAME_VECTOR: Final = sa.column("search_fts_name")
_ALL_VECTOR: Final = sa.column("search_fts_all")


@dataclass(frozen=True)
class Matches:
    """Documents, best first. ``instead`` is the word that was searched for when the typed one was not known."""

    documents: tuple[int, ...]
    instead: str | None = None


NOTHING: Final = Matches(())


def search(
    session: Session,
    typed: str,
    *,
    facets: Collection[str] = (),
    among: sa.Select[Any] | None = None,
    limit: int = MOST,
) -> Matches:
    """Up to ``limit`` documents that answer ``typed``, those found by their names first.

    ``facets`` are tokens that every document must have; ``among`` selects the target ids it must be one of.
    What finds nothing is tried again: with known words one letter off, then with a part of the Chinese.
    """
    question = ask(typed)
    if question.is_empty:
        return NOTHING
    documents = _find(session, question, facets, among, limit)
    if documents:
        return Matches(documents)
    spelled = _similar_words(session, question.latin_words)
    if spelled:
        documents = _find(session, question.with_words(spelled), facets, among, limit)
        if documents:
            return Matches(documents, min(word for words in spelled.values() for word in words))
    if question.asks_for_pairs:
        return Matches(_find(session, question.loosened(), facets, among, limit))
    return NOTHING


def complete(session: Session, typed: str, *, limit: int) -> Matches:
    """As ``search``, for somebody who is still typing: words that begin with the last one count too."""
    question = ask(typed)
    if question.is_empty:
        return NOTHING
    longer = _words_beginning_with(session, question.latin_words)
    documents = _find(session, question.with_words(longer), (), None, limit)
    return Matches(documents) if documents else search(session, typed, limit=limit)


def _find(
    session: Session,
    question: Question,
    facets: Collection[str],
    among: sa.Select[Any] | None,
    limit: int,
) -> tuple[int, ...]:
    on_postgres = session.get_bind().dialect.name == "postgresql"
    tiers = (_tiers_on_postgres if on_postgres else _tiers_on_sqlite)(question, facets)
    selects = []
    for tier, statement in enumerate(tiers):
        document = statement.selected_columns[0]
        if among is not None:
            statement = statement.where(document.bitwise_and(0xFFFFFFFF).in_(among))  # noqa: PLW2901
        best = statement.order_by(document).limit(limit).subquery()
        selects.append(sa.select(best.c[0].label("document"), sa.literal_column(str(tier)).label("tier")))
    both = sa.union_all(*selects).subquery()
    ordered = sa.select(both.c.document).order_by(both.c.tier, both.c.document).limit(limit)
    return tuple(session.scalars(ordered))


def _tiers_on_sqlite(question: Question, facets: Collection[str]) -> list[sa.Select[tuple[int]]]:
    """Found by name; found otherwise."""
    words = fts5_expression(question, facets)
    expressions = (f"name_tokens : ({words})", f"all_tokens : ({words}) NOT name_tokens : ({words})")
    table = sa.literal_column("search_fts")
    return [sa.select(_FTS.c.rowid).where(table.op("MATCH")(expression)) for expression in expressions]


def _tiers_on_postgres(question: Question, facets: Collection[str]) -> list[sa.Select[tuple[int]]]:
    words = sa.cast(tsquery_expression(question, facets), TSQUERY)
    in_name = _NAME_VECTOR.op("@@")(words)
    anywhere = _ALL_VECTOR.op("@@")(words)
    documents = sa.select(SearchDocument.id)
    return [documents.where(in_name), documents.where(anywhere, sa.not_(in_name))]


def _similar_words(session: Session, words: Collection[str]) -> dict[str, set[str]]:
    """For each misspelt word, the known words that are one letter off, or that it is the beginning of."""
    misspelt = {word: one_letter_less(word) for word in words if len(word) >= _SHORTEST_MISSPELT}
    if not misspelt:
        return {}
    spellings = set().union(*misspelt.values())
    found = session.execute(
        sa.select(SearchSpelling.spelling, SearchSpelling.word).where(SearchSpelling.spelling.in_(spellings))
    ).all()
    similar = {
        word: {row.word for row in found if row.spelling in spellings and is_one_letter_off(word, row.word)}
        for word, spellings in misspelt.items()
    }
    return {word: known for word, known in similar.items() if known}


def _words_beginning_with(session: Session, words: Collection[str]) -> dict[str, set[str]]:
    longer: dict[str, set[str]] = {}
    for word in list(words)[-1:]:
        if len(word) >= _SHORTEST_MISSPELT:
            known = (
                sa.select(SearchSpelling.word)
                .where(
                    SearchSpelling.spelling >= word,
                    SearchSpelling.spelling < word + "~",
                    SearchSpelling.spelling == SearchSpelling.word,
                )
                .order_by(sa.func.length(SearchSpelling.word), SearchSpelling.word)
                .limit(_MOST_WORDS)
            )
            longer[word] = set(session.scalars(known))
    return longer
