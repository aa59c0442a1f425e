"""Payers and references as banks and people write them, made comparable."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from shop.kit.references import normalise_code

REFERENCE_LENGTH: Final = 12
_NUMBER: Final = re.compile(r"(\d{6})([0-9A-Z]{4})([0-9A-Z]{4})")  # an order's number without its hyphens
_RUN: Final = re.compile(r"[0-9A-Z]{12,80}")
_BETWEEN: Final = re.compile(r"[\s_./\\·—–－-]+")
_NOISE: Final = re.compile(r"[\s()\[\]【】《》「」“”\"'.,;:·-]+")
LONGEST_KEY: Final = 200
MOST_CODES: Final = 40  # in one remark: whoever writes more wants us to search


def payer_key(name: str) -> str:
    """The same payer however it is written: brackets of either width, blanks, case."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", name)).casefold()[:LONGEST_KEY]


def codes_in(remark: str) -> tuple[frozenset[str], frozenset[str]]:
    """What may be a payment's reference, and what may be an order's number, in a remark.

    Hyphens and blanks may have been lost or added, O may stand for 0; a code may hang on other letters.
    """
    text = normalise_code(_BETWEEN.sub("", unicodedata.normalize("NFKC", remark)))
    runs = _RUN.findall(text)
    references = {
        run[start : start + REFERENCE_LENGTH]
        for run in runs
        for start in range(len(run) - REFERENCE_LENGTH + 1)
    }
    numbers = {
        "-".join(found.groups())
        for run in runs
        for start in range(len(run) - 13)
        if (found := _NUMBER.match(run, start))
    }
    return frozenset(sorted(references)[:MOST_CODES]), frozenset(sorted(numbers)[:MOST_CODES])
