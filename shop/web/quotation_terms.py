"""The terms of an offer: the usual clauses are kept as one sentence, whoever writes them, and read in the paper's language.

What somebody wrote in own words stays as it was written.
"""

from __future__ import annotations

from typing import Final

from flask_babel import force_locale, gettext

from shop.kit.text import msg, tidy

CHECKED: Final = msg(
    "Goods are checked together when they arrive; what is missing is credited by a credit note."
)
FRESH: Final = msg(
    "Fresh goods that arrive bad: a photo within 24 hours, and the next truck brings others or the money goes back."
)
BILLED: Final = msg(
    "One bill and one invoice to the title of your organisation; to be paid as agreed when you accept."
)
LANGUAGES: Final = ("zh", "en")
USUAL: Final = (CHECKED, FRESH, BILLED)
# What every contract says in its own sentences.
_IN_CONTRACTS: Final = frozenset({CHECKED})


def kept_terms(typed: str) -> str:
    """As they are kept: a usual clause that was typed in any language is the one sentence."""
    known = _known()
    return "\n".join(known.get(tidy(line), line) for line in typed.splitlines())


def terms_in_words(kept: str) -> str:
    """As they are edited."""
    return "\n".join(clauses(kept))


def clauses(kept: str) -> list[str]:
    """One a line, in the reader's language."""
    known = _known()
    return [gettext(known[line]) if line in known else line for line in _lines(kept)]


def contract_clauses(kept: str) -> list[str]:
    """Those that a contract does not say in its own sentences."""
    known = _known()
    return clauses("\n".join(line for line in _lines(kept) if known.get(line) not in _IN_CONTRACTS))


def says_invoice(kept: str) -> bool:
    """One of the clauses says to whom the invoice is made out."""
    known = _known()
    return any(known.get(line) == BILLED for line in _lines(kept))


def _lines(kept: str) -> list[str]:
    return [line for one in kept.splitlines() if (line := tidy(one))]


def _known() -> dict[str, str]:
    """The usual clauses by what they are called in each language."""
    found = {one: one for one in USUAL}
    for locale in LANGUAGES:
        with force_locale(locale):
            found |= {gettext(one): one for one in USUAL}
    return found
