"""What somebody typed into the search field, as words to look for, and those words in each database's language."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from shop.catalogue.words import is_han, pairs, pieces, stem

LONGEST_QUESTION: Final = 64
MOST_TERMS: Final = 12
LONGEST_WORD: Final = 24

Alternatives = frozenset[str]


@dataclass(frozen=True)
class Question:
    """Every term must be found, in any one of its alternatives."""

    terms: tuple[Alternatives, ...]

    @property
    def is_empty(self) -> bool:
        return not self.terms

    @property
    def latin_words(self) -> tuple[str, ...]:
        """The words that can be misspelt, or not finished."""
        return tuple(sorted({max(term, key=len) for term in self.terms if not is_han(min(term))}))

    @property
    def asks_for_pairs(self) -> bool:
        """Whether several pairs of Chinese characters are asked for, of which some may be enough."""
        return sum(is_han(min(term)) for term in self.terms) > 1

    def with_words(self, found: Mapping[str, Collection[str]]) -> Question:
        """The same question where each of these words may also be one of the words found for it."""
        return Question(tuple(term.union(*(found.get(word, ()) for word in term)) for term in self.terms))

    @property
    def without_numbers(self) -> Question:
        """The same question whatever the size: 100 may be grams of a pack that there is not."""
        return Question(tuple(term for term in self.terms if not any(word.isdecimal() for word in term)))

    def loosened(self) -> Question:
        """Any one of the Chinese pairs is enough."""
        han = frozenset[str]().union(*(term for term in self.terms if is_han(min(term))))
        return Question((*(term for term in self.terms if not is_han(min(term))), han))


def ask(typed: str) -> Question:
    """Read what was typed: any characters, of which only letters, digits and Chinese count."""
    terms: list[Alternatives] = []
    for piece in pieces(typed[:LONGEST_QUESTION]):
        if is_han(piece):
            terms += [frozenset({pair}) for pair in pairs(piece)]
        else:
            terms.append(frozenset({piece[:LONGEST_WORD], stem(piece[:LONGEST_WORD])}))
    return Question(tuple(dict.fromkeys(terms))[:MOST_TERMS])


def fts5_expression(question: Question, facets: Collection[str]) -> str:
    """The question for SQLite's FTS5. Words are only letters, digits and Chinese, so quoting is enough."""
    return _expression(question, facets, both=" AND ", either=" OR ", quoted=lambda word: f'"{word}"')


def tsquery_expression(question: Question, facets: Collection[str]) -> str:
    """The question as PostgreSQL writes a tsquery."""
    return _expression(question, facets, both=" & ", either=" | ", quoted=lambda word: f"'{word}'")


def _expression(
    question: Question, facets: Collection[str], *, both: str, either: str, quoted: Callable[[str], str]
) -> str:
    terms = [either.join(quoted(word) for word in sorted(term)) for term in question.terms]
    return both.join(f"({term})" for term in [*terms, *(quoted(facet) for facet in sorted(facets))])
