from __future__ import annotations

import re
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from shop.web import filters, times

FRIDAY_EVENING = datetime(2026, 11, 27, 16, 30, tzinfo=UTC)  # Saturday, half past midnight, in Shanghai


@pytest.mark.parametrize(
    ("fen", "options", "shown"),
    [
        (123450, {}, "¥1,234.50"),
        (0, {}, "¥0.00"),
        (-980, {}, "−¥9.80"),
        (123450, {"sign": False}, "1,234.50"),
        (48632000, {"whole": True}, "¥486,320"),
        (48632001, {"whole": True}, "¥486,320.01"),
    ],
)
def test_money_is_shown_with_two_decimals(fen, options, shown):
    assert filters.yuan(fen, **options) == shown


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (72240, "722 元 4 角"),
        (23700, "237 元"),
        (50, "5 角"),
        (5, "5 分"),
        (0, "0 元"),
        (10101, "101 元 1 分"),
    ],
)
def test_money_is_said_in_a_farmers_words(fen, words):
    assert filters.yuan_words(fen) == words


@pytest.mark.parametrize(
    ("weight_g", "zh", "en"),
    [
        (250, "250 克", "250 g"),
        (1000, "1 千克", "1 kg"),
        (1500, "1.5 千克", "1.5 kg"),
        (2065, "2.065 千克", "2.065 kg"),
    ],
)
def test_weights_change_to_kilograms_from_one_kilogram_up(in_language, weight_g, zh, en):
    in_language("zh")
    assert filters.grams(weight_g) == zh
    in_language("en")
    assert filters.grams(weight_g) == en


def test_unit_prices_are_for_500_grams_and_rounded_to_the_fen(in_language):
    in_language("zh")
    assert filters.unit_price(6800, 125) == "272.00 元/500 克"
    in_language("en")
    assert filters.unit_price(1000, 300) == "¥16.67 / 500 g"


def test_a_moment_is_shown_on_the_clock_and_calendar_of_shanghai(in_language):
    in_language("zh")
    assert times.day(FRIDAY_EVENING) == "11 月 28 日 周六"
    assert times.moment(FRIDAY_EVENING) == "11 月 28 日 00:30"
    assert times.clock(FRIDAY_EVENING) == "00:30"
    in_language("en")
    assert times.day(FRIDAY_EVENING, year=True) == "Sat 28 Nov 2026"
    assert times.moment(FRIDAY_EVENING) == "28 Nov 00:30"


def test_a_deadline_at_midnight_is_the_end_of_the_day_before(in_language):
    midnight = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
    in_language("zh")
    assert times.deadline(midnight, weekday=True) == "11 月 27 日 周五 24:00"
    assert times.deadline(FRIDAY_EVENING) == times.moment(FRIDAY_EVENING)
    in_language("en")
    assert times.deadline(midnight) == "end of 27 Nov"


def test_a_deadline_at_midnight_is_the_end_of_its_day(in_language):
    midnight = datetime(2026, 11, 26, 16, 0, tzinfo=UTC)
    in_language("zh")
    assert filters.deadline(midnight) == "11 月 26 日 24:00"
    assert filters.deadline(FRIDAY_EVENING) == "11 月 28 日 00:30"


def test_a_plain_date_keeps_its_day(in_language):
    in_language("zh")
    assert times.day(date(2026, 2, 16), year=True, weekday=False) == "2026 年 2 月 16 日"
    assert times.month(3) == "3 月"


def test_a_text_without_translation_falls_back_to_the_other_language(in_language):
    in_language("en")
    assert filters.bilingual({"name_zh": "香菇", "name_en": "Shiitake"}, "name") == "Shiitake"
    assert filters.bilingual({"name_zh": "香菇", "name_en": ""}, "name") == "香菇"
    assert filters.bilingual(object(), "name") == ""


def test_markdown_keeps_words_and_drops_what_could_run():
    html = filters.markdown(
        "**好** [点](javascript:alert(1)) <script>x</script><img src=x onerror=y>\n\n- 一\n- 二"
    )
    assert "<strong>好</strong>" in html
    assert "<li>一</li>" in html
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html


@pytest.mark.parametrize(("top", "shown"), [(2, ["h2", "h2", "h3"]), (3, ["h3", "h3", "h3"])])
def test_headings_in_markdown_are_headings_below_those_of_the_page(top, shown):
    html = filters.markdown("# 甲\n\n## 乙\n词\n\n### 丙", top=top)
    assert re.findall(r"<(h\d)>", html) == shown
    assert f"<{shown[1]}>乙</{shown[1]}>" in html
    assert "<p>词</p>" in html


def test_links_in_markdown_tell_nobody_where_the_reader_came_from():
    assert 'rel="nofollow noopener noreferrer"' in filters.markdown("[a](https://example.org)")


@pytest.mark.parametrize(
    ("phone", "masked"),
    [("13800000014", "138 **** 0014"), ("+86 138 0000 0014", "138 **** 0014"), ("62", "**** 62"), (None, "")],
)
def test_phones_show_only_their_ends(phone, masked):
    assert filters.phone_masked(phone) == masked


def test_a_parcel_can_be_followed_where_its_courier_is_known(in_language):
    in_language("zh")
    assert "nu=SF123" in filters.tracking_url("sf", "SF123")
    assert filters.carrier_name("sf") == "顺丰"
    assert filters.tracking_url("donkey", "1") is None
    assert filters.carrier_name("donkey") == "donkey"


def test_an_unknown_status_is_shown_as_it_is_written(in_language):
    in_language("zh")
    assert filters.status_word("strange", "order") == "strange"


@pytest.mark.parametrize(
    ("province", "city", "shown"),
    [("陕西省", "安康市", "陕西省安康市某区 某路 1 号"), ("北京市", "北京市", "北京市某区 某路 1 号")],
)
def test_a_municipality_stands_once_in_an_address(province, city, shown):
    place = SimpleNamespace(province=province, city=city, district="某区", street="某路 1 号")
    assert filters.address_line(place) == shown


def test_a_chinese_name_is_marked_as_such_on_an_english_page(in_language):
    in_language("en")
    assert filters.in_chinese("平利<合作社>") == '<span lang="zh-CN">平利&lt;合作社&gt;</span>'
    assert filters.in_chinese("SC1161") == "SC1161"
    in_language("zh")
    assert filters.in_chinese("平利合作社") == "平利合作社"
