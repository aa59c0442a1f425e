"""The codes on bags: which lot, which bag of it, and a signature that nobody else can write."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from shop.kit.errors import NotFound
from shop.kit.references import decode, encode, normalise_code, sign_code, verify_code
from shop.kit.text import msg

VERSION: Final = "1"
_PURPOSE: Final = "trace"
_LOT: Final = 6  # characters of five bits: a thousand million lots
_SEQUENCE: Final = 4  # a million bags of each
_SIGNATURE: Final = 10
_SHAPE: Final = re.compile(rf"[0-9A-HJKMNP-TV-Z]{{{1 + _LOT + _SEQUENCE + _SIGNATURE}}}")


class ForgedTraceCode(NotFound):
    """Not written by this shop, or mistyped."""

    code = "forged_trace_code"
    default_message = msg("This code was not made by this shop.")


class UnknownTraceCode(NotFound):
    """Written by this shop, but the lot is not in its books."""

    code = "unknown_trace_code"
    default_message = msg("This code is ours, but its lot is not in our books.")


@dataclass(frozen=True, slots=True)
class Trace:
    """`sequence` counts the bags of a lot from 1; 0 stands for the lot as a whole."""

    lot_id: int
    sequence: int


def trace_code(lot_id: int, sequence: int, key: str) -> str:
    """The code of one bag, signed with the shop's TRACE_KEY (the first of `settings.trace_keys`)."""
    body = VERSION + encode(lot_id, _LOT) + encode(sequence, _SEQUENCE)
    return sign_code(body, key, purpose=_PURPOSE, length=_SIGNATURE)


def read_trace_code(typed: str, keys: tuple[str, ...]) -> Trace:
    """What a code says, signed under any of the keys. Raises ForgedTraceCode."""
    code = normalise_code(typed[:64])
    body = verify_code(code, keys, purpose=_PURPOSE, length=_SIGNATURE) if _SHAPE.fullmatch(code) else None
    if body is None or not body.startswith(VERSION):
        raise ForgedTraceCode()
    return Trace(decode(body[1 : 1 + _LOT]), decode(body[1 + _LOT :]))
