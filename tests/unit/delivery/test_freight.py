from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.delivery.errors import NotServed
from shop.delivery.freight import parcel_fen, quote
from shop.delivery.models import FreightZone

NEAR = FreightZone(
    slug="near", provinces=["陕西省"], first_g=1000, first_fen=800, step_g=500, step_fen=150, served=True
)
NOWHERE = FreightZone(
    slug="far", provinces=["台湾省"], first_g=1000, first_fen=800, step_g=500, step_fen=150, served=False
)


@pytest.mark.parametrize(
    ("weight_g", "fen"), [(1, 800), (1000, 800), (1001, 950), (1500, 950), (1501, 1100), (5000, 2000)]
)
def test_each_step_of_weight_that_is_begun_is_charged(weight_g, fen):
    assert parcel_fen(NEAR, weight_g) == fen


def test_each_parcel_is_charged_from_the_first_step():
    assert quote([NEAR], "陕西省", [900, 1200]) == 800 + 950


@pytest.mark.parametrize("province", ["台湾省", "广东省", ""])
def test_where_no_courier_goes_is_said_at_the_province(province):
    with pytest.raises(NotServed) as refused:
        quote([NEAR, NOWHERE], province, [900])
    assert "province" in refused.value.errors


@given(st.integers(1, 50_000), st.integers(0, 5_000))
def test_more_weight_never_costs_less(weight_g, more_g):
    assert parcel_fen(NEAR, weight_g) <= parcel_fen(NEAR, weight_g + more_g)
