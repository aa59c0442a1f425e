"""What people type, judged."""

from __future__ import annotations

from typing import Final

from shop.kit.contact_details import contacts_in
from shop.kit.errors import InvalidInput
from shop.kit.text import msg, tidy_lines

LONGEST: Final = 2000
LONGEST_QUESTION: Final = 1000
LONGEST_THANKS: Final = 300
NEEDED: Final = msg("Please write something.")
TOO_LONG: Final = msg("At most %(longest)s characters.")
NO_CONTACTS: Final = msg(
    "Please leave out telephone numbers, addresses and links: neither side learns who the other is."
)


def words(typed: str, longest: int, *, field: str = "text", needed: bool = True) -> str:
    """Tidied. Raises InvalidInput at the field."""
    tidied = tidy_lines(typed)
    if needed and not tidied:
        raise InvalidInput(NEEDED, field=field)
    if len(tidied) > longest:
        raise InvalidInput(TOO_LONG, field=field, longest=longest)
    return tidied


def words_without_contacts(
    typed: str, longest: int, *, field: str = "text", sentence: str = NO_CONTACTS
) -> str:
    """The same for what goes between a buyer and a village. Raises InvalidInput, with the sentence for contacts."""
    tidied = words(typed, longest, field=field)
    if contacts_in(tidied):
        raise InvalidInput(sentence, field=field)
    return tidied
