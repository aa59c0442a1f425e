"""Few words for a farmer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shop.fulfilment.household_words import due_words
from shop.web.farm.words import is_hot
from shop.web.qr import qr_code

MONDAY_TEN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (-1, "过点了，快送来"),
        (1, "今天上午 11 点前送到"),
        (7, "今天下午 5 点前送到"),
        (10, "今天晚上 8 点前送到"),
        (38, "明天夜里 12 点前送到"),
        (22, "明天早上 8 点前送到"),
        (50, "后天中午 12 点前送到"),
        (72, "周四上午 10 点前送到"),
        (14, "今天夜里 12 点前送到"),
        (17, "今天夜里 12 点前送到"),
        (24 * 3 + 17, "周四夜里 12 点前送到"),
        (20, "明天早上 6 点前送到"),
        (5.62, "今天下午 3 点半前送到"),
        (5.4, "今天下午 3 点前送到"),
        (0.1, "今天上午 10 点 6 分前送到"),
        (24 * 9, "12 月 2 日上午 10 点前送到"),
    ],
)
def test_a_deadline_is_said_as_people_say_it(hours, words):
    assert due_words(MONDAY_TEN + timedelta(hours=hours), MONDAY_TEN) == words


def test_a_deadline_in_the_small_hours_is_said_as_it_is_once_they_have_come():
    midnight = MONDAY_TEN + timedelta(hours=14)
    assert due_words(midnight + timedelta(hours=3), midnight + timedelta(hours=1)) == "今天凌晨 3 点前送到"


def test_the_last_day_is_hot():
    assert is_hot(MONDAY_TEN + timedelta(hours=23), MONDAY_TEN)
    assert not is_hot(MONDAY_TEN + timedelta(hours=25), MONDAY_TEN)


def test_a_qr_code_stands_under_the_strict_content_policy():
    drawn = qr_code("5ZPGW7K8NV", 'Parcel "5"')
    assert drawn.startswith("<svg viewBox")
    assert "style" not in drawn
    assert "&#34;5&#34;" in drawn
