from __future__ import annotations

import pytest

from shop.delivery.divisions import check_divisions, divisions
from shop.kit.errors import InvalidInput


def test_every_province_has_cities_and_every_city_has_districts():
    assert len(divisions()) == 34
    assert all(cities and all(districts for districts in cities.values()) for cities in divisions().values())


@pytest.mark.parametrize(
    ("typed", "official"),
    [
        (("陕西省", "西安市", "碑林区"), ("陕西省", "西安市", "碑林区")),
        (("陕西", "安康", "平利"), ("陕西省", "安康市", "平利县")),
        (("北京市", "北京市", "海淀区"), ("北京市", "北京市", "海淀区")),
        (("广东省", "东莞市", "东莞市"), ("广东省", "东莞市", "东莞市")),
        (("香港特别行政区", "香港特别行政区", "中西区"), ("香港特别行政区", "香港特别行政区", "中西区")),
    ],
)
def test_names_are_made_official(typed, official):
    assert check_divisions(*typed) == official


def test_a_district_that_was_renamed_is_kept_as_typed():
    assert check_divisions("重庆市", "重庆市", "江北区")[2] == "江北区"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        (("", "西安市", "碑林区"), "province"),
        (("陕西省", "成都市", "碑林区"), "city"),
        (("陕西省", " ", "碑林区"), "city"),
        (("陕西省", "西安市", " "), "district"),
    ],
)
def test_what_is_wrong_is_named_by_field(typed, field):
    with pytest.raises(InvalidInput) as refused:
        check_divisions(*typed)
    assert set(refused.value.errors) == {field}


def test_a_city_that_is_missing_is_asked_for_and_not_called_wrong():
    with pytest.raises(InvalidInput) as refused:
        check_divisions("", "", "")
    assert set(refused.value.errors) == {"province", "city", "district"}
    assert refused.value.errors["city"] == "Please enter the city."
