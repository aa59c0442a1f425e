"""What a household's text message says. Pure; docs/messages.md writes the grammar down.

`1` the goods are ready, `2` there are none, `2 3` three are missing; before it, where several tasks wait, the three
digits that stand on the goods: `417 1`. Words do as well: 备好了, 没有, 少 3 份, 417 号备好了.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shop.kit.text import half_width, tidy

LONGEST: Final = 200


class Word(StrEnum):
    READY = "ready"
    NONE = "none"
    SHORT = "short"
    STOP = "stop"  # no more text messages about tasks
    START = "start"
    POLITE = "polite"  # thanks, or that it was read: nothing is asked for


@dataclass(frozen=True, slots=True)
class Reply:
    """`number` is that of the task, empty where none is named; `units` how many are missing."""

    word: Word
    number: str = ""
    units: int = 0


_MARKS: Final = re.compile(r"[\s,、.。;:!~=＝'\"“”‘’()\[\]【】<>《》/|_-]+")
_NUMBERED: Final = re.compile(r"(?:第 ?)?(?P<number>[0-9]{3})(?: ?号(?: ?单)?| )(?P<rest>.+)")
_COUNT: Final = r"(?P<units>[0-9]{1,4}|[一二两三四五六七八九十]{1,3}) ?(?:份|个|件)?"
_MISSING: Final = re.compile(
    rf"(?:2 ?)?(?:还)?(?:短|少|缺|差|不够)(?:了)? ?{_COUNT}(?:没有|没货|了)?|2 (?P<after>[0-9]{{1,4}})(?: ?份)?(?: [短少缺差].*)?"
)
_WORDS: Final = {
    Word.READY: {
        "1",
        "备好",
        "备好了",
        "都备好了",
        "好了",
        "准备好了",
        "弄好了",
        "搞好了",
        "1备好了",
        "1 备好了",
        "ok",
    },
    Word.NONE: {
        "2",
        "没有",
        "没有了",
        "没有货",
        "没货",
        "没货了",
        "没得",
        "没得了",
        "做不了",
        "2没有",
        "2 没有",
    },
    Word.STOP: {"t", "td", "退订", "不要短信", "别发短信", "不要发短信", "别发了"},
    Word.START: {"要短信", "发短信", "恢复短信", "订阅"},
    Word.POLITE: {
        *(
            "谢谢",
            "谢谢你",
            "谢谢您",
            "谢谢了",
            "多谢",
            "谢了",
            "感谢",
            "辛苦了",
            "辛苦",
            "麻烦了",
            "麻烦你了",
        ),
        *(
            "好",
            "好的",
            "好的谢谢",
            "好的 谢谢",
            "好嘞",
            "好吧",
            "行",
            "行的",
            "嗯",
            "嗯嗯",
            "哦",
            "中",
            "要得",
        ),
        *(
            "收到",
            "收到了",
            "收到谢谢",
            "收到 谢谢",
            "知道",
            "知道了",
            "晓得",
            "晓得了",
            "明白",
            "明白了",
            "看到了",
        ),
    },
}
_DIGITS: Final = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}


def read_reply(text: str) -> Reply | None:
    """None for what is not understood. Full-width signs, spaces, commas and full stops do not matter."""
    plain = _MARKS.sub(" ", half_width(tidy(text[:LONGEST])).lower()).strip()
    numbered = _NUMBERED.fullmatch(plain)
    if numbered:
        return _read(numbered["rest"].strip(), numbered["number"])
    return _read(plain, "")


def _read(said: str, number: str) -> Reply | None:
    for word, spellings in _WORDS.items():
        if said in spellings:
            return Reply(word, number)
    missing = _MISSING.fullmatch(said)
    units = _count(missing["after"] or missing["units"]) if missing else 0
    return Reply(Word.SHORT, number, units) if units else None


def _count(written: str) -> int:
    """`3`, `三`, `十二`, `二十`."""
    if written.isascii():
        return int(written)
    tens, has_ten, ones = written.rpartition("十")
    if not has_ten:
        return _DIGITS.get(written, 0)
    return _DIGITS.get(tens, 0 if tens else 1) * 10 + _DIGITS.get(ones, 0)
