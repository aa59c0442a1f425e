"""Ways to reach somebody in what people write: telephone numbers, WeChat and QQ names, links, addresses.

One recogniser for all texts that strangers read, so that a trick which one place knows works at none. It is meant for
short texts: what it finds is refused or looked at, so it may find a little too much, and must not miss the usual tricks
of full-width, spaced and Chinese digits.
"""

from __future__ import annotations

import re
from typing import Final

from shop.kit.text import half_width

_GAP: Final = r"[\s\-._·•*~—–(),、。;/|]{0,3}"
_LIST_MARKS: Final = re.compile(r"[,、。;/|]")
_CHINESE_DIGITS: Final = str.maketrans(
    "零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖幺", "00123456789" + "123456789" + "1"
)
_INVISIBLE: Final = re.compile(r"[\u200b-\u200f\u2060-\u2064\ufeff]")
_MOBILE: Final = re.compile(rf"(?<!\d)(?:(?:\+|00)?86{_GAP})?[1要]{_GAP}[3-9](?:{_GAP}\d){{9}}(?!\d)")
_LANDLINE: Final = re.compile(rf"(?<!\d)(?:0{_GAP}[1-9](?:{_GAP}\d){{8,10}}|400(?:{_GAP}\d){{7}})(?!\d)")
_COUNTRY: Final = re.compile(r"^(?:\+|00)?86\D*(?=[1要])")
_LONG_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z._-])(?!20\d{6}(?!\d))\d{7,12}(?![0-9A-Za-z])")
_PRICES: Final = re.compile(r"\d\.\d{1,2}(?!\d)")

_WECHAT: Final = r"(?:微\s*信|薇\s*信|威信号|徽信|v\s*信|vx|wx|wechat|weixin|q{1,2})"
_NUMBER: Final = "[0-9一二三四五六七八九十百零〇]{1,6}"
_NAME: Final = r"[a-z0-9][\w-]{4,}"
_PATTERNS: Final = tuple(
    re.compile(pattern, re.ASCII | re.IGNORECASE)
    for pattern in (
        rf"(?<![a-z]){_WECHAT}\s*(?:同?号|群|id)?\s*(?:[:：是为=_]\s*)?{_NAME}",
        rf"(?<![a-z0-9])v\s*[:：=_]\s*{_NAME}",
        rf"[加+➕]\s*(?:我|个|下|一下|一个)?\s*的?\s*(?:{_WECHAT}(?![a-z]|\s*(?:支付|付款))|v(?![a-z0-9]|\s*[形型字领]))",
        r"(?<![a-z])vx(?![a-z])|v\s*信|薇\s*信|微信同?号|微信群",
        r"https?:|www\.\S+|[\w.+-]+\s*@\s*[\w-]+|(?<!\w)@\S+",
        r"(?<![\w@])[\w-]{2,}\s*\.\s*(?:com|cn|net|org|top|shop|vip|store|xyz|cc|io|me|link)(?![\w])",
        r"taobao|tmall|yangkeduo|tb\.cn|淘口令|淘宝店(?!里?买过)|淘宝搜|拼多多店|闲鱼号|抖音号|快手号",
        r"[¥$€]\s?[a-z0-9]{8,}\s?[¥$€]",
        # A street and a number of it; `东门大道3号门` is a gate, and `村里十八号地` a field.
        rf"(?:路|街|巷|大道|胡同|[0-9]\s*弄|[安平和福德仁康兴宁庆]里)\s*{_NUMBER}\s*(?:弄|号(?!\s*(?:门(?!面|牌)|[地线车窗])))",
        # A house and a door in it: a house alone is where somebody grew or bought something.
        rf"{_NUMBER}\s*(?:号楼|栋|幢|单元)\s*(?:{_NUMBER}\s*(?:单元|室|楼)|[0-9零〇一二三四五六七八九]{{3,4}}(?!\s*[0-9多余人户个家份斤元块年]))",
        r"\b\d{1,5}\s+(?:[a-z]+\s+){1,3}(?:road|street|avenue|lane|rd|st|ave)\b",
        r"\b(?:road|street|avenue|lane)\s+(?:no\.?\s*)?\d{1,5}\b",
    )
)


def contacts_in(text: str) -> list[str]:
    """What somebody could be reached by, as it stands in the text in half width; empty where there is nothing."""
    plain = _INVISIBLE.sub("", half_width(text))
    in_digits = plain.translate(_CHINESE_DIGITS)
    found = [
        plain[match.start() : match.end()]
        for pattern in (_MOBILE, _LANDLINE)
        for match in pattern.finditer(in_digits)
        if not _is_prices(match.group()) and not _is_a_list(match.group())
    ]
    found += [match.group() for match in _LONG_NUMBER.finditer(plain)]
    found += [match.group() for pattern in _PATTERNS for match in pattern.finditer(plain)]
    return list(dict.fromkeys(one.strip() for one in found))


def _is_prices(digits: str) -> bool:
    """`13.50 14.50 15.50` is no telephone number; `1.3.8.…`, digit by digit, is one."""
    return bool(_PRICES.search(digits)) and any(len(group) > 1 for group in re.findall(r"\d+", digits))


def _is_a_list(digits: str) -> bool:
    """`13、14、15、…` counts days; a number begins with three digits, `138、0013、8000`, or goes digit by digit or by threes."""
    groups = [len(group) for group in re.findall(r"[\d要]+", _COUNTRY.sub("", digits))]
    is_by_threes = set(groups[1:]) == {3}
    return bool(_LIST_MARKS.search(digits)) and groups[0] < 3 and max(groups) > 1 and not is_by_threes
