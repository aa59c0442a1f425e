"""Which goods wait for the rest of their gift box."""

from __future__ import annotations

import pytest

from shop.fulfilment.whole_boxes import held_by


@pytest.mark.parametrize(
    ("here", "missing", "held"),
    [
        ({1: {10}, 2: {10}}, (), set()),
        ({1: {10}}, (10,), {1}),
        ({1: {10}, 2: {20}}, (20,), {2}),
        ({1: {10, 20}, 2: {20, 30}, 3: {30}, 4: {40}}, (10,), {1, 2, 3}),
    ],
)
def test_what_shares_a_box_with_something_that_waits_waits_too(here, missing, held):
    assert held_by(here, missing) == held
