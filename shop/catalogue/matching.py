"""Asking each database for the documents that answer a question: those found by name first, then by rank.

Documents are numbered by rank (see `document_id`), so the best ones are the first along the index, and a
question that half the catalogue answers costs no more than one that few things answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.orm import Session

from shop.catalogue.index_models import SearchDocument, product_of
from shop.catalogue.lines import Lines
from shop.catalogue.question import Question, fts5_expression, tsquery_expression

MOST: Final = 1001  # one more than is counted: "more than 1,000"

# Made by a migration beside the documents: an FTS5 table on SQLite, two columns on PostgreSQL.
_FTS: Final = sa.table("search_fts", sa.column("rowid", sa.BigInteger))
_FTS_ITSELF: Final[sa.ColumnClause[Any]] = sa.literal_column("search_fts")
_NAME: Final = sa.column("search_fts_name", TSVECTOR)
_ANYWHERE: Final = sa.column("search_fts_all", TSVECTOR)

Documents = sa.Select[int]


@dataclass(frozen=True)
class Wanted:
    """What is looked for: words, tokens that every document must have, a list that it must stand in.

    `in_names`: only what is found by its name.
    """

    question: Question
    facets: frozenset[str] = frozenset()
    among: Lines | None = None
    in_names: bool = False

    def narrowed(self, documents: Documents) -> Documents:
        if self.among is None:
            return documents
        return documents.where(self.among.having(product_of(documents.selected_columns[0])))


@dataclass(frozen=True)
class Found:
    """At least the `first` best documents in their order, and how many there are, counted up to `MOST`."""

    documents: tuple[int, ...] = ()
    total: int = 0


def find(session: Session, wanted: Wanted, *, first: int) -> Found:
    """One statement; on PostgreSQL two for a question that more than a thousand documents answer."""
    if session.get_bind().dialect.name == "postgresql":
        return _find_on_postgres(session, wanted, first)
    return _find_on_sqlite(session, wanted, first)


def _find_on_sqlite(session: Session, wanted: Wanted, first: int) -> Found:
    words = fts5_expression(wanted.question, wanted.facets)
    anywhere = "name_tokens" if wanted.in_names else "all_tokens"
    asked = {"by_name": f"name_tokens : ({words})", "anywhere": f"{anywhere} : ({words})", "first": first}
    statement = _ON_SQLITE if wanted.among is None else _on_sqlite(wanted)
    rows = session.execute(statement, asked).all()
    return Found(tuple(row.document for row in rows), rows[0].total if rows else 0)


def _on_sqlite(wanted: Wanted) -> sa.Select[int, int]:
    documents = sa.select(_FTS.c.rowid)
    named, anywhere = (
        wanted.narrowed(documents.where(_FTS_ITSELF.op("MATCH")(sa.bindparam(name, type_=sa.String))))
        for name in ("by_name", "anywhere")
    )
    some = anywhere.limit(MOST).subquery()
    total = sa.select(sa.func.count()).select_from(some).scalar_subquery()
    return _best_of(named, anywhere).add_columns(total.label("total"))


def _find_on_postgres(session: Session, wanted: Wanted, first: int) -> Found:
    """Without an order, the index gives a thousand quickly; when these are all, they are put in order here.

    When there are more, the word is so frequent that a walk by rank meets the first of them soon.
    """
    words = sa.cast(tsquery_expression(wanted.question, wanted.facets), TSQUERY)
    in_name = _NAME.op("@@")(words)
    anywhere = in_name if wanted.in_names else _ANYWHERE.op("@@")(words)
    documents = sa.select(SearchDocument.id)
    some = wanted.narrowed(documents.where(anywhere)).add_columns(in_name).limit(MOST)
    rows = session.execute(some).all()
    if len(rows) < MOST:
        return Found(tuple(document for document, by_name in sorted(rows, key=_name_first)), len(rows))
    best = _best_of(wanted.narrowed(documents.where(in_name)), wanted.narrowed(documents.where(anywhere)))
    return Found(tuple(session.scalars(best, {"first": first})), MOST)


def _name_first(row: tuple[int, Any]) -> tuple[bool, int]:
    return not row[1], row[0]


def _best_of(by_name: Documents, anywhere: Documents) -> Documents:
    """The `first` by rank of those found by name; if these are too few, then of all that are found."""
    limit = sa.bindparam("first", type_=sa.Integer)
    named = _first_by_rank(by_name, limit).cte("named")
    enough = sa.select(sa.func.count()).select_from(named).scalar_subquery() >= limit
    others = _first_by_rank(anywhere.where(sa.not_(enough)), limit).subquery()
    # What is found by its name is found anywhere too; it counts where it stands first.
    tiers = sa.union_all(
        sa.select(named.c[0].label("document"), sa.literal_column("0").label("tier")),
        sa.select(others.c[0].label("document"), sa.literal_column("1").label("tier")),
    ).subquery()
    tier = sa.func.min(tiers.c.tier)
    return (
        sa.select(tiers.c.document).group_by(tiers.c.document).order_by(tier, tiers.c.document).limit(limit)
    )


def _first_by_rank(documents: Documents, limit: sa.BindParameter[int]) -> Documents:
    return documents.order_by(documents.selected_columns[0]).limit(limit)


_ON_SQLITE: Final = _on_sqlite(Wanted(Question(())))
