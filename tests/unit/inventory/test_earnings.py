from hypothesis import given
from hypothesis import strategies as st

from shop.inventory.earnings import household_parts
from shop.inventory.models import LotShare


def shares(*basis_points):
    return [LotShare(household_id=place, share_bp=bp) for place, bp in enumerate(basis_points, start=1)]


@given(st.integers(min_value=0, max_value=10**9), st.integers(min_value=1, max_value=9999))
def test_households_of_a_pooled_lot_receive_everything_between_them(fen, first):
    assert sum(household_parts(fen, shares(first, 10_000 - first)).values()) == fen


def test_a_household_with_the_whole_lot_receives_the_whole_amount():
    assert household_parts(7201, shares(10_000)) == {1: 7201}


def test_the_order_in_which_shares_are_read_changes_nothing():
    assert household_parts(100, shares(3333, 3333, 3334)) == household_parts(
        100, list(reversed(shares(3333, 3333, 3334)))
    )
