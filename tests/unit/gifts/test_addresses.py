"""Chinese addresses taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.delivery.divisions import divisions
from shop.gifts.addresses import MOST_CHOICES, Place, official_parts, read_address

EVERYWHERE = [
    (province, city, district)
    for province, cities in divisions().items()
    for city, districts in cities.items()
    for district in districts
]
STREETS = st.sampled_from(
    [
        "人民路12号",
        "解放大道 88 号 3 单元 502",
        "长安镇金沙村五组",
        "科技园A座9楼",
        "中山东路甲1号",
        "学府街 1-2-3",
    ]
)
BETWEEN = st.sampled_from(["", " ", "  ", "，", "-", "/"])


@given(
    place=st.sampled_from(EVERYWHERE),
    street=STREETS,
    between=BETWEEN,
    label=st.sampled_from(["", "收货地址：", "710061 "]),
)
def test_every_place_of_the_country_is_read_as_it_was_written(place, street, between, label):
    written = label + between.join([*dict.fromkeys(place), street])
    assert read_address(written).place == Place(*place, street)


@given(place=st.sampled_from(EVERYWHERE), street=STREETS)
def test_what_was_read_is_read_the_same_again(place, street):
    read = read_address("".join(place) + street).place
    assert read is not None
    assert read_address(read.written).place == read


@given(st.text(max_size=60))
def test_whatever_is_typed_says_what_it_lacks_or_is_a_real_place(typed):
    reading = read_address(typed)
    assert (reading.place is None) == bool(reading.lacks)
    assert len(reading.choices) <= MOST_CHOICES
    for place in filter(None, (reading.place, *reading.choices)):
        assert place.city in divisions()[place.province]
        assert place.street


@given(place=st.sampled_from(EVERYWHERE), street=STREETS)
def test_a_place_that_is_offered_is_right_and_one_press_makes_it_the_address(place, street):
    """Only the district is named: every place offered has that district, and is read as itself when it is chosen."""
    for choice in read_address(place[2] + street).choices:
        assert choice.district == place[2]
        assert read_address(choice.written).place == choice


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("陕西西安雁塔区小寨东路1号", ("陕西省", "西安市", "雁塔区", "小寨东路1号")),
        ("西安雁塔区小寨东路1号", ("陕西省", "西安市", "雁塔区", "小寨东路1号")),
        ("北京海淀区中关村大街27号", ("北京市", "北京市", "海淀区", "中关村大街27号")),
        ("广东省东莞市南城街道1号", ("广东省", "东莞市", "东莞市", "南城街道1号")),
        ("陕西省平利县长安镇1号", ("陕西省", "安康市", "平利县", "长安镇1号")),
        ("陕西省西安市高新区锦业路9号", ("陕西省", "西安市", "高新区", "锦业路9号")),
        ("陕西省 西安市 雁塔区 陕西省西安市雁塔区小寨东路1号", ("陕西省", "西安市", "雁塔区", "小寨东路1号")),
        ("吉林长春朝阳区人民大街1号", ("吉林省", "长春市", "朝阳区", "人民大街1号")),
        ("吉林市船营区解放大路1号", ("吉林省", "吉林市", "船营区", "解放大路1号")),
        ("陕西 西安 雁塔 小寨东路1号", ("陕西省", "西安市", "雁塔区", "小寨东路1号")),
        ("陕西省西安市西咸新区沣东新城1号", ("陕西省", "西安市", "西咸新区", "沣东新城1号")),
    ],
)
def test_addresses_as_people_write_them(written, parts):
    assert read_address(written).place == Place(*parts)


@pytest.mark.parametrize(
    ("written", "lacks"),
    [
        ("", "all"),
        ("北京路5号", "province"),
        ("鼓楼区中山路1号", "province"),
        ("陕西省人民路1号", "city"),
        ("陕西省西安市人民路1号", "district"),
        ("上海市徐汇区", "street"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_guessed(written, lacks):
    assert (read_address(written).place, read_address(written).lacks) == (None, lacks)


def test_a_district_that_is_there_once_is_offered_with_its_province_and_city():
    reading = read_address("雁塔区小寨东路1号")
    assert (reading.place, reading.choices) == (None, (Place("陕西省", "西安市", "雁塔区", "小寨东路1号"),))


@pytest.mark.parametrize(
    ("written", "offered"),
    [
        ("陕西西安雁塔小寨东路1号", ["陕西省西安市雁塔区小寨东路1号"]),
        ("北京海淀中关村大街1号", ["北京市海淀区中关村大街1号"]),
        ("朝阳区建国路1号", ["北京市朝阳区建国路1号", "吉林省长春市朝阳区建国路1号"]),
        ("陕西省西咸新区沣东新城1号", ["陕西省西安市西咸新区沣东新城1号", "陕西省咸阳市西咸新区沣东新城1号"]),
        ("西咸新区沣东新城1号", ["陕西省西安市西咸新区沣东新城1号", "陕西省咸阳市西咸新区沣东新城1号"]),
        ("陕西省平利城关镇1号", ["陕西省安康市平利县城关镇1号"]),
    ],
)
def test_what_leaves_a_doubt_is_offered_and_not_called_missing(written, offered):
    reading = read_address(written)
    assert (reading.place, [one.written for one in reading.choices]) == (None, offered)
    assert [read_address(one).place for one in offered] == list(reading.choices)


@pytest.mark.parametrize(
    "written", ["西安雁塔路1号", "西安雁塔西路1号", "北京中路1号", "北京朝阳门外大街1号"]
)
def test_a_street_that_is_called_like_a_place_is_not_taken_for_it(written):
    assert read_address(written).choices == ()


def test_columns_of_their_own_need_no_word_for_what_they_are():
    assert official_parts("陕西", "西安", "雁塔") == "陕西省西安市雁塔区"
    assert official_parts("北京市", "", "海淀区") == "北京市海淀区"
    assert official_parts("", "吉林", "船营") == "吉林市船营区"
    assert official_parts("火星", "西安", "无此区") == "火星西安市无此区"
