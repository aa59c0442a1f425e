"""When goods may become cheaper, and by how much."""

from __future__ import annotations

import pytest

from shop.inventory.expiring import suggested_cut


@pytest.mark.parametrize(
    ("days_left", "shelf_life", "pct"),
    [
        (0, 10, 50), (1, 10, 50), (2, 10, 30), (3, 10, 20), (4, 10, 0),
        (7, 540, 50), (8, 540, 30), (14, 540, 30), (15, 540, 20), (30, 540, 20), (31, 540, 0),
        (2, 25, 50), (5, 25, 30), (8, 25, 20), (9, 25, 0), (0, 1, 50),
    ],
)  # fmt: skip
def test_the_less_of_its_shelf_life_is_left_the_cheaper(days_left, shelf_life, pct):
    assert suggested_cut(days_left, shelf_life) == pct
