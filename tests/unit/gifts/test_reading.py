"""A table of recipients: whatever its columns are called, and what is said where one is missing."""

from __future__ import annotations

import pytest

from shop.gifts.reading import HEADINGS_ARE, MISSING, MOST_RECIPIENTS, NO_COLUMNS, read_recipients
from shop.kit.errors import InvalidInput
from tests.factories.gifts import a_table

ROW = ("陈女士", "13800000014", "陕西省西安市雁塔区小寨东路9号")


def refused(content: bytes) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        read_recipients(content)
    return caught.value


@pytest.mark.parametrize(
    "head",
    [
        ("姓名", "手机", "地址"),
        ("客户姓名", "客户手机号", "客户地址"),
        ("收货人姓名（必填）", "收货人联系电话（必填）", "收货人详细地址（必填）"),
        ("教师名字", "移动电话", "家庭住址"),
        ("Full name", "Mobile phone", "Shipping address"),
        ("客户", "电话", "邮寄地址"),
    ],
)
def test_columns_are_known_by_what_people_call_them(head):
    [read] = read_recipients(a_table([ROW], head))
    assert (read.typed.name, read.typed.phone, read.typed.address) == ROW


def test_the_contact_is_the_name_where_the_customer_is_a_company():
    table = a_table([("某某公司", *ROW)], ("客户名称", "联系人", "联系电话", "地址"))
    assert read_recipients(table)[0].typed.name == "陈女士"


def test_provinces_cities_and_districts_in_columns_of_their_own_need_no_word_for_what_they_are():
    head = ("收货人", "收货电话", "收货省份", "收货城市", "收货区县", "详细地址")
    [read] = read_recipients(a_table([("陈女士", "13800000014", "陕西", "西安", "雁塔", "南路1号")], head))
    assert read.typed.address == "陕西省西安市雁塔区南路1号"


def test_the_column_that_is_missing_is_named_beside_the_headings_that_are_there():
    error = refused(a_table([ROW], ("客户姓名", "手机", "备注")))
    assert error.errors == {"address": MISSING["address"], "file": HEADINGS_ARE}
    assert error.facts["titles"] == "客户姓名、手机、备注"
    assert refused(a_table([ROW], ("甲", "乙", "丙"))).errors == {"file": NO_COLUMNS}


@pytest.mark.parametrize("more", [1, 3, 40])
def test_a_list_that_is_too_long_is_told_the_real_limit(more):
    error = refused(a_table([ROW] * (MOST_RECIPIENTS + more)))
    assert error.facts["most"] == MOST_RECIPIENTS == 5_000
    assert len(read_recipients(a_table([ROW] * MOST_RECIPIENTS))) == MOST_RECIPIENTS
