"""What a source has for the shop, and what it hands in, by two persons."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.kit.clock import shanghai_date
from shop.ledger.models import Account
from shop.ledger.movements.deciding import agree_to_movement
from shop.ledger.movements.errors import MovementKnown, NotHeld
from shop.ledger.outside_money import HandedIn, hand_in, money_of_source
from shop.ordering.outside.models import OutsideSource, PaidHow
from shop.payments.errors import NotByOnePerson
from shop.payments.outside.taken import fee_of


def say(taker, fen, reference="B-1", source="platform"):
    return taker.read(
        lambda session: hand_in(
            *(session, taker.sources[source], fen, HandedIn.TRANSFER, reference, shanghai_date(taker.now)),
            actor_id=taker.actor_id,
            now=taker.now,
        )
    )


def agree(taker, movement_id, by):
    return taker.read(lambda session: agree_to_movement(session, movement_id, actor_id=by, now=taker.now))


def money(taker, source="platform"):
    return taker.read(lambda session: money_of_source(session, taker.sources[source]))


def test_money_handed_in_is_booked_when_a_second_person_says_so(taker):
    taker.enter("P-1", {"tea": (2, 6000)}, source="platform", paid_how=PaidHow.PLATFORM)
    movement_id = say(taker, 11_000)
    before = money(taker)
    assert (before.collected_fen, before.kept_fen, before.held_fen, before.waiting_fen) == (
        12_000,
        72,
        11_928,
        11_000,
    )
    with pytest.raises(NotByOnePerson):
        agree(taker, movement_id, taker.actor_id)
    assert agree(taker, movement_id, taker.other_id)
    after = money(taker)
    assert (after.handed_in_fen, after.held_fen, after.waiting_fen) == (11_000, 928, 0)
    assert taker.booked(Account.BANK) == 11_000


def test_no_more_is_handed_in_than_the_source_has(taker):
    taker.enter("A-1", {"tea": (1, 6000)})
    with pytest.raises(NotHeld):
        say(taker, 6_001, source="group")
    say(taker, 4_000, source="group")
    with pytest.raises(NotHeld):
        say(taker, 2_001, "B-2", source="group")
    with pytest.raises(MovementKnown):
        say(taker, 1_000, "B-1", source="group")


@given(
    total=st.integers(1, 10_000_000),
    fee_bp=st.integers(0, 5_000),
    said=st.one_of(st.none(), st.integers(0, 20_000_000)),
)
def test_a_source_never_keeps_more_than_came(total, fee_bp, said):
    fee = fee_of(OutsideSource(fee_bp=fee_bp), total, said)
    assert 0 <= fee <= total
