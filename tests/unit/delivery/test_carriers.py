from __future__ import annotations

import pytest

from shop.delivery.carriers import CARRIERS, check_tracking_number, tracking_link
from shop.delivery.errors import BadTrackingNumber


def test_there_are_the_nine_couriers_that_villages_use():
    names = {carrier.name_zh for carrier in CARRIERS.values()}
    assert names == {"顺丰", "EMS", "邮政", "中通", "圆通", "申通", "韵达", "极兔", "京东"}


@pytest.mark.parametrize("code", CARRIERS)
def test_every_example_is_a_number_of_its_courier(code):
    assert check_tracking_number(code, CARRIERS[code].example) == CARRIERS[code].example


@pytest.mark.parametrize(
    ("carrier", "typed"), [("sf", "SF123"), ("jt", "1234567890123"), ("jd", ""), ("no", "1")]
)
def test_a_number_that_cannot_be_is_refused(carrier, typed):
    with pytest.raises(BadTrackingNumber):
        check_tracking_number(carrier, typed)


def test_full_width_digits_spaces_and_small_letters_are_repaired():
    assert check_tracking_number("sf", " sf１２３４ 567890123 ") == "SF1234567890123"


def test_the_check_digit_of_a_postal_number_is_checked():
    assert check_tracking_number("ems", "EA473124829CN") == "EA473124829CN"
    with pytest.raises(BadTrackingNumber):
        check_tracking_number("ems", "EA473124828CN")


def test_the_link_carries_courier_and_number():
    assert tracking_link("zto", "75123456789012") == (
        "https://www.kuaidi100.com/chaxun?com=zhongtong&nu=75123456789012"
    )
    assert tracking_link("zto", None) is None
    assert tracking_link("nobody", "1") is None
