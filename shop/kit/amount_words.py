"""An amount in the Chinese capital numerals of contracts and invoices: `5436000` fen → 伍万肆仟叁佰陆拾元整.

By the People's Bank's rules for writing amounts (《支付结算办法》附件一「正确填写票据和结算凭证的基本规定」):
several noughts in a row are one 零, a nought before 角 or 分 is written, and 整 ends what has no 分.
"""

from __future__ import annotations

from typing import Final

_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ("", "拾", "佰", "仟")
_GROUPS: Final = ("", "万", "亿", "万亿")
_LARGEST: Final = 10**16 - 1  # yuan


def amount_in_words(fen: int) -> str:
    """Raises ValueError below nought, and from ten thousand billion yuan on."""
    yuan, rest = divmod(fen, 100)
    jiao, cents = divmod(rest, 10)
    if fen < 0 or yuan > _LARGEST:
        raise ValueError("such an amount is not written in words")
    if not fen:
        return "零元整"
    words = f"{_whole(yuan)}元" if yuan else ""
    if not rest:
        return f"{words}整"
    if jiao:
        words += f"{'零' if yuan and yuan % 10 == 0 else ''}{_DIGITS[jiao]}角"
        return words + (f"{_DIGITS[cents]}分" if cents else "整")
    return words + ("零" if yuan else "") + f"{_DIGITS[cents]}分"


def _whole(yuan: int) -> str:
    """Groups of four digits; a nought stands wherever the digits between two others are missing."""
    words, is_gap = "", False
    for place in range(len(_GROUPS) - 1, -1, -1):
        group = yuan // 10_000**place % 10_000
        if not group:
            is_gap = is_gap or bool(words)
            continue
        if words and (is_gap or group < 1_000):
            words += "零"
        words += _group(group) + _GROUPS[place]
        is_gap = False
    return words


def _group(group: int) -> str:
    words, is_gap = "", False
    for place in (3, 2, 1, 0):
        digit = group // 10**place % 10
        if not digit:
            is_gap = is_gap or bool(words)
            continue
        words += ("零" if is_gap else "") + _DIGITS[digit] + _PLACES[place]
        is_gap = False
    return words
