"""What is wrong with a typed number, said in words."""

from __future__ import annotations

import re
from typing import Final

from shop.kit.money import typed_yuan
from shop.kit.text import msg, plain_number, typed_number

MOST_FEN: Final = 100_000_000  # a million yuan: more is a slip of the finger
BELOW_ZERO: Final = msg("It cannot be less than 0.")
NO_AMOUNT: Final = msg("Please enter an amount such as 68.00.")
TOO_MUCH: Final = msg("More than 1,000,000 yuan cannot be right: please check the digits.")
TOO_FINE: Final = msg("An amount has at most two places after the point, such as 68.00.")
NO_WHOLE_NUMBER: Final = msg("Please enter a whole number.")
TOO_LARGE: Final = msg("This number is too large: please check the digits.")
_DECIMALS: Final = re.compile(r"¥?\d+\.\d{3,}")
_DIGITS: Final = re.compile(r"¥?[\d,]+(\.\d*)?")


class WrongNumber(ValueError):
    """`message` is a message id that says what is wrong."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def read_fen(typed: str) -> int:
    """An amount in yuan from 0 to a million, as whole fen. Raises WrongNumber."""
    try:
        fen = typed_yuan(typed)
    except ValueError:
        raise WrongNumber(_wrong_amount(plain_number(typed))) from None
    if fen < 0:
        raise WrongNumber(BELOW_ZERO)
    if fen > MOST_FEN:
        raise WrongNumber(TOO_MUCH)
    return fen


def read_whole_number(typed: str) -> int:
    """Raises WrongNumber."""
    try:
        return typed_number(typed)
    except ValueError:
        plain = plain_number(typed)
    if re.fullmatch(r"-\d+(\.\d*)?", plain):
        raise WrongNumber(BELOW_ZERO)
    raise WrongNumber(TOO_LARGE if re.fullmatch(r"\d{10,}", plain) else NO_WHOLE_NUMBER)


def _wrong_amount(plain: str) -> str:
    if plain.startswith("-"):
        return BELOW_ZERO
    if _DECIMALS.fullmatch(plain):
        return TOO_FINE
    return TOO_MUCH if _DIGITS.fullmatch(plain) and len(plain) > 10 else NO_AMOUNT
