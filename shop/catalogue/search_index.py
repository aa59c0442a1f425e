"""Writes what search reads. Loads dictionaries of 130 MB: seed and worker only, never the web process."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

import jieba
import sqlalchemy as sa
from pypinyin import lazy_pinyin
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from shop.catalogue.index_models import DocumentKind, SearchDocument, SearchSpelling, document_id
from shop.catalogue.models import Category, Product, ProductStatus, ProductVillage, Village
from shop.catalogue.tokens import category_token, kind_token, village_token
from shop.catalogue.words import is_han, one_letter_less, pairs, pieces, stem

jieba.setLogLevel(logging.WARNING)

LONGEST_RUN: Final = 4  # syllables: 绞股蓝茶 is found by jiaogulancha and by jglc
LONGEST_WORD: Final = 24
_AT_A_TIME: Final = 1000


def index_products(session: Session, product_ids: Collection[int]) -> None:
    """Make the documents of these products anew; one that is not published has none."""
    ids = sorted(set(product_ids))
    for start in range(0, len(ids), _AT_A_TIME):
        _index_some(session, ids[start : start + _AT_A_TIME])


def index_waiting(session: Session) -> int:
    """Index what was edited since it was indexed; returns how many products. The worker calls it all the time."""
    waiting = session.scalars(
        sa.select(Product.id)
        .where(sa.text("indexed_version <> version"))
        .order_by(Product.id)
        .limit(_AT_A_TIME)
    ).all()
    if waiting:
        index_places(session)
        _index_some(session, waiting)
    return len(waiting)


def index_places(session: Session) -> None:
    """Make the documents of all categories and villages that sell something anew."""
    rows: list[dict[str, Any]] = []
    words: set[str] = set()
    for kind, entity, token in (
        (DocumentKind.CATEGORY, Category, category_token),
        (DocumentKind.VILLAGE, Village, village_token),
    ):
        for place in session.execute(
            sa.select(entity.id, entity.name_zh, entity.name_en).where(entity.product_count > 0)
        ):
            name = name_tokens(place.name_zh, place.name_en)
            rows.append(_document(kind, place.id, 0, name, {token(place.id)}))
            words |= spelling_words(place.name_zh, place.name_en)
    session.execute(sa.delete(SearchDocument).where(SearchDocument.kind != DocumentKind.PRODUCT))
    if rows:
        session.execute(sa.insert(SearchDocument), rows)
    _add_spellings(session, words)


def reindex(session: Session) -> None:
    """Make every document anew: after a bulk load, or when the way words are cut has changed."""
    session.execute(sa.delete(SearchSpelling))
    session.execute(sa.delete(SearchDocument))
    index_places(session)
    # Written in the order of their rank, so that a walk by rank reads page after page.
    by_rank = session.scalars(sa.select(Product.id).order_by(Product.recommended.desc(), Product.id)).all()
    for start in range(0, len(by_rank), _AT_A_TIME):
        _index_some(session, by_rank[start : start + _AT_A_TIME])


def _index_some(session: Session, product_ids: Sequence[int]) -> None:
    villages: dict[int, list[sa.Row[*tuple[Any, ...]]]] = {}
    for row in session.execute(
        sa.select(ProductVillage.product_id, Village.id, Village.name_zh, Village.name_en)
        .join(Village, Village.id == ProductVillage.village_id)
        .where(ProductVillage.product_id.in_(product_ids))
    ):
        villages.setdefault(row.product_id, []).append(row)
    rows: list[dict[str, Any]] = []
    words: set[str] = set()
    for product in session.execute(_published(product_ids)):
        rows.append(_product_document(product, villages.get(product.id, [])))
        words |= spelling_words(product.name_zh, product.name_en, product.synonyms)
    session.execute(
        sa.delete(SearchDocument).where(
            SearchDocument.kind == DocumentKind.PRODUCT, SearchDocument.target_id.in_(product_ids)
        )
    )
    if rows:
        session.execute(sa.insert(SearchDocument), rows)
    _add_spellings(session, words)
    session.execute(
        sa.update(Product)
        .where(Product.id.in_(product_ids))
        .values(indexed_version=Product.version)
        .execution_options(synchronize_session=False)
    )


def _published(product_ids: Sequence[int]) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            *(Product.id, Product.category_id, Product.recommended, Product.name_zh, Product.name_en),
            *(Product.synonyms, Product.summary_zh, Product.summary_en),
            *(Product.description_zh, Product.description_en),
            Category.name_zh.label("category_zh"),
            Category.name_en.label("category_en"),
        )
        .join(Category, Category.id == Product.category_id)
        .where(Product.id.in_(product_ids), Product.status == ProductStatus.PUBLISHED)
    )


def _product_document(product: Any, villages: Iterable[Any]) -> dict[str, Any]:
    villages = list(villages)
    name = name_tokens(product.name_zh, product.name_en, product.synonyms)
    origin = name_tokens(
        product.category_zh, product.category_en, *(text for row in villages for text in row[2:])
    )
    body = text_tokens(product.summary_zh, product.summary_en, product.description_zh, product.description_en)
    facets = {category_token(product.category_id)} | {village_token(row.id) for row in villages}
    return _document(DocumentKind.PRODUCT, product.id, product.recommended, name, facets, origin | body)


def _document(
    kind: DocumentKind,
    target_id: int,
    recommended: int,
    name: set[str],
    facets: set[str],
    more: Collection[str] = (),
) -> dict[str, Any]:
    facets = facets | {kind_token(kind)}
    return {
        "id": document_id(kind, target_id, recommended),
        "kind": kind,
        "target_id": target_id,
        "name_tokens": " ".join(sorted(name | facets)),
        "all_tokens": " ".join(sorted(name | facets | set(more))),
    }


def name_tokens(*names: str) -> set[str]:
    """All that a name is found by: characters, pairs, pinyin, initials, words, and their first letters."""
    return {token for name in names for piece in pieces(name) for token in _name_piece(piece)}


def text_tokens(*texts: str) -> set[str]:
    """What a longer text is found by: pairs of characters, and words."""
    return {token for text in texts for piece in pieces(text) for token in _text_piece(piece)}


def spelling_words(*names: str) -> set[str]:
    """The words of names as they are typed in Latin letters, to be recognised when one letter is wrong."""
    words: set[str] = set()
    for name in names:
        for piece in pieces(name):
            spelled = _words_in_pinyin(piece) if is_han(piece) else (piece, stem(piece))
            words.update(word for word in spelled if 4 <= len(word) <= LONGEST_WORD)
    return words


@lru_cache(maxsize=20_000)
def _name_piece(piece: str) -> frozenset[str]:
    if not is_han(piece):
        return frozenset({piece, stem(piece), piece[:2], piece[:3]})
    tokens = {*piece, *pairs(piece)}
    for syllables in _readings(piece):
        for start in range(len(syllables)):
            for end in range(start + 1, min(start + LONGEST_RUN, len(syllables)) + 1):
                run = syllables[start:end]
                tokens.add("".join(run))
                tokens.add("".join(syllable[0] for syllable in run))
            beginning = "".join(syllables[start : start + 3])
            tokens |= {beginning[:2], beginning[:3]}
        tokens.add("".join(syllables))
    return frozenset(tokens)


@lru_cache(maxsize=20_000)
def _text_piece(piece: str) -> frozenset[str]:
    return frozenset(pairs(piece) if is_han(piece) else {piece, stem(piece)})


@lru_cache(maxsize=20_000)
def _words_in_pinyin(piece: str) -> tuple[str, ...]:
    """Each Chinese word of a piece in pinyin, in both ways of typing ü."""
    words = ["".join(lazy_pinyin(word)) for word in jieba.cut(piece)]
    return tuple({*words, *(word.replace("v", "u") for word in words)})


def _readings(piece: str) -> list[list[str]]:
    """The syllables of a Chinese piece, read word by word; a second time with u for ü, if it has any."""
    syllables = [syllable for word in jieba.cut(piece) for syllable in lazy_pinyin(word)]
    plain = [syllable.replace("v", "u") for syllable in syllables]
    return [syllables] if plain == syllables else [syllables, plain]


def _add_spellings(session: Session, words: Collection[str]) -> None:
    rows = [{"spelling": less, "word": word} for word in sorted(words) for less in one_letter_less(word)]
    if not rows:
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(dialect.insert(SearchSpelling).on_conflict_do_nothing(), rows)
