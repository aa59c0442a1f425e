"""Whole fen. No floats anywhere."""

from __future__ import annotations

from collections.abc import Sequence

from shop.kit.text import plain_number


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Share out `total` in proportion to `weights` by largest remainder; the parts sum to `total` exactly.

    Equal remainders go to the earlier place, so the same input always gives the same parts.
    A negative total (a refund) splits as the mirror of the positive one.
    Raises ValueError for a negative weight, or when something is to be shared among no weight at all.
    """
    if any(weight < 0 for weight in weights):
        raise ValueError("weights cannot be negative")
    if total < 0:
        return [-part for part in split(-total, weights)]
    whole = sum(weights)
    if whole == 0:
        if total:
            raise ValueError("nobody to share among: all weights are zero")
        return [0 for _ in weights]
    parts = [total * weight // whole for weight in weights]
    remainders = [total * weight % whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: (-remainders[place], place))
    for place in by_remainder[: total - sum(parts)]:
        parts[place] += 1
    return parts


def share(total: int, numerator: int, denominator: int) -> int:
    """`total × numerator ÷ denominator`, rounded half away from zero: the one rounding rule for a single part."""
    if denominator <= 0:
        raise ValueError("a denominator must be positive")
    product = total * numerator
    rounded = (2 * abs(product) + denominator) // (2 * denominator)
    return rounded if product >= 0 else -rounded


def format_yuan(fen: int, *, sign: bool = False) -> str:
    """`123456` → `1,234.56`, without currency; with `sign`, positive amounts begin with +."""
    yuan, rest = divmod(abs(fen), 100)
    prefix = "-" if fen < 0 else "+" if sign and fen > 0 else ""
    return f"{prefix}{yuan:,}.{rest:02d}"


def plain_yuan(fen: int) -> str:
    """`123456` → `1234.56`: for forms, bank files and exports, where a thousands mark would be read wrong."""
    return format_yuan(fen).replace(",", "")


def typed_yuan(typed: str) -> int:
    """An amount as people type it, in full width too. Raises ValueError as `parse_yuan` does; `12,5` is none."""
    plain = plain_number(typed)
    if "," in plain:
        raise ValueError("a comma stands between thousands only")
    return parse_yuan(plain)


def parse_yuan(text: str) -> int:
    """`1,234.5` → `123450` fen. Raises ValueError for anything but digits with at most two decimals."""
    cleaned = text.strip().removeprefix("¥").replace(",", "")
    negative = cleaned.startswith("-")
    yuan, point, decimals = cleaned.removeprefix("-").partition(".")
    digits = yuan + decimals
    if not digits.isascii() or not digits.isdigit() or len(digits) > 15 or len(decimals) > 2 or not yuan:
        raise ValueError("an amount in yuan has at most two decimals")
    if point and not decimals:
        raise ValueError("digits are missing after the point")
    fen = int(yuan) * 100 + int(decimals.ljust(2, "0") or "0")
    return -fen if negative else fen
