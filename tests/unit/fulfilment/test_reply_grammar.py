"""What a household may write back."""

from __future__ import annotations

import pytest

from shop.fulfilment.replies.grammar import Reply, Word, read_reply

READY, NONE = Reply(Word.READY), Reply(Word.NONE)


@pytest.mark.parametrize(
    "text",
    [
        "1",
        "１",
        " 1 。",
        "1.",
        "1！",
        "备好了",
        "备好了。",
        "好了",
        "1备好了",
        "1=备好了",
        "“备好了”",
        "OK",
        "\u200b1",
    ],
)
def test_the_goods_are_ready(text):
    assert read_reply(text) == READY


@pytest.mark.parametrize("text", ["2", "２", "没有", "没货了。", "2 没有", "２＝没有", "做不了"])
def test_there_are_none(text):
    assert read_reply(text) == NONE


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("2 3", 3), ("2,3", 3), ("２，３", 3), ("2、3", 3), ("2　3。", 3), ("2 3份", 3), ("2 3＝少 3 份", 3), ("短3", 3),
        ("少 3 份", 3), ("少三份", 3), ("缺两份", 2), ("还差12个", 12), ("少十二份", 12), ("少二十份", 20), ("2 少3", 3), ("2-3", 3),
    ],
)  # fmt: skip
def test_some_are_missing(text, units):
    assert read_reply(text) == Reply(Word.SHORT, units=units)


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("417 1", Reply(Word.READY, "417")), ("417号备好了", Reply(Word.READY, "417")), ("第 032 号 2", Reply(Word.NONE, "032")),
        ("０３２　２", Reply(Word.NONE, "032")), ("417 2 3", Reply(Word.SHORT, "417", 3)), ("417，2，3", Reply(Word.SHORT, "417", 3)),
        ("417 号单：少 3 份", Reply(Word.SHORT, "417", 3)),
    ],
)  # fmt: skip
def test_before_it_stands_the_tasks_number(text, reply):
    assert read_reply(text) == reply


@pytest.mark.parametrize(
    ("text", "word"),
    [("T", Word.STOP), ("退订", Word.STOP), ("不要短信。", Word.STOP), ("要短信", Word.START)],
)
def test_whether_to_be_told_at_all(text, word):
    assert read_reply(text) == Reply(word)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "3",
        "12",
        "23",
        "417",
        "2 0",
        "2 99999",
        "明天送",
        "你好",
        "1 2",
        "少",
        "少零份",
        "٣",
        "2 3 4",
        "x" * 5000,
        "1" * 300,
    ],
)
def test_what_is_not_understood_is_not_guessed(text):
    assert read_reply(text) is None
