"""From a list to orders: priced as a whole, placed one by one, accepted on the organisation's terms."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from shop.accounts.organisation_models import Span
from shop.accounts.spending_limits import set_limits
from shop.accounts.terms_models import OrganisationTerms
from shop.catalogue.models import Variant
from shop.gifts.drafts import choose_day, choose_goods
from shop.gifts.errors import GiftIsBusy, GiftIsOrdered, NobodyToSendTo, NotEnoughGoods, TotalChanged
from shop.gifts.forgetting import forget_lists
from shop.gifts.models import Gift, GiftStatus
from shop.gifts.placing import place_gifts
from shop.gifts.quoting import quote_gift
from shop.gifts.slips import gift_slips
from shop.kit.errors import InvalidInput
from shop.ordering.approvals.errors import NobodyApproves
from shop.ordering.gift_models import OrderGift
from shop.ordering.models import Channel, Order, OrderStatus
from shop.payments.releasing import release_dead_orders
from shop.payments.terms.errors import OverLimit
from tests.factories.gifts import PEOPLE, a_gift, a_list, place, rows, states, submit, total_of
from tests.factories.small_shop import fill_shelves


def orders(trade) -> list[Order]:
    return trade.run(lambda session: list(session.scalars(sa.select(Order).order_by(Order.id))))


def gift(trade, gift_id) -> Gift:
    return trade.run(lambda session: session.get_one(Gift, gift_id))


def limit(trade, fen) -> None:
    trade.run(lambda session: session.execute(sa.update(OrganisationTerms).values(limit_fen=fen)))


def change_tea(trade, **values) -> None:
    def change(session):
        session.execute(sa.update(Variant).where(Variant.sku == "tea").values(**values))
        fill_shelves(session, trade.shop)

    trade.run(change)


def test_everybody_gets_an_order_of_their_own_and_together_they_cost_what_was_shown(trade):
    gift_id = a_gift(trade)
    a_list(trade, gift_id)
    total_fen = total_of(trade, gift_id)
    assert submit(trade, gift_id, total_fen) == 3
    assert place(trade, gift_id) == 3
    placed = orders(trade)
    assert [(one.recipient, one.status, one.channel) for one in placed] == [
        (name, OrderStatus.CONFIRMED, Channel.GIFT) for name, _, _ in PEOPLE
    ]
    assert sum(one.total_fen for one in placed) == total_fen == 3 * 2 * 6800 + 2 * 800 + 1200
    assert {one.organisation_id for one in placed} == {trade.organisation_id}
    assert gift(trade, gift_id).status is GiftStatus.PLACED


def test_the_button_pressed_again_and_the_worker_sent_twice_place_nothing_twice(trade):
    gift_id = a_gift(trade)
    a_list(trade, gift_id)
    total_fen = total_of(trade, gift_id)
    assert [submit(trade, gift_id, total_fen), submit(trade, gift_id, total_fen)] == [3, 0]
    assert [place(trade, gift_id), place_gifts(trade.unit_of_work, now=trade.now)] == [3, 0]
    with pytest.raises(NobodyToSendTo):
        submit(trade, gift_id, total_fen)
    assert len(orders(trade)) == 3


def test_what_was_mended_goes_later_and_the_rest_has_gone(trade):
    gift_id = a_gift(trade)
    a_list(trade, gift_id, [*PEOPLE[:2], ("许经理", "138", PEOPLE[2][2])])
    submit(trade, gift_id)
    place(trade, gift_id)
    assert states(trade, gift_id) == ["ordered", "ordered", "bad"]
    a_list(trade, gift_id, PEOPLE[2:])
    submit(trade, gift_id)
    assert place(trade, gift_id) == 1
    assert states(trade, gift_id) == ["ordered"] * 3


def test_somebody_who_was_sent_to_is_not_sent_to_again_without_a_word(trade):
    gift_id = a_gift(trade)
    a_list(trade, gift_id)
    submit(trade, gift_id)
    place(trade, gift_id)
    a_list(trade, gift_id, [*PEOPLE, ("王女士", "13800000099", PEOPLE[0][2])])
    assert states(trade, gift_id) == ["ordered"] * 3 + ["twin"] * 3 + ["ready"]


def test_another_total_than_was_seen_orders_nothing(trade):
    gift_id = a_gift(trade)
    a_list(trade, gift_id)
    with pytest.raises(TotalChanged):
        submit(trade, gift_id, total_of(trade, gift_id) - 1)
    assert states(trade, gift_id) == ["ready"] * 3


def test_the_limit_is_looked_at_for_all_of_it_before_anything_is_placed(trade):
    gift_id = a_gift(trade)
    a_list(trade, gift_id)
    limit(trade, total_of(trade, gift_id) - 1)
    with pytest.raises(OverLimit):
        submit(trade, gift_id)
    assert (states(trade, gift_id), orders(trade)) == (["ready"] * 3, [])


def test_a_limit_lowered_half_way_stops_the_gift_and_it_goes_on_from_there(trade):
    gift_id = a_gift(trade)
    a_list(trade, gift_id)
    total_fen = total_of(trade, gift_id)
    submit(trade, gift_id)
    limit(trade, total_fen - 1)
    assert place(trade, gift_id) == 2
    assert states(trade, gift_id) == ["ordered", "ordered", "held"]
    stopped = gift(trade, gift_id)
    assert (stopped.status, stopped.stopped_because) == (GiftStatus.STOPPED, "over_terms_limit")
    limit(trade, total_fen)
    submit(trade, gift_id)
    assert place(trade, gift_id) == 1
    assert sum(one.total_fen for one in orders(trade)) == total_fen


def test_an_order_that_was_given_up_meanwhile_is_placed_anew(trade):
    gift_id = a_gift(trade)
    a_list(trade, gift_id, PEOPLE[:1])
    submit(trade, gift_id)
    limit(trade, 100)
    place(trade, gift_id)
    trade.now += timedelta(hours=1)
    assert release_dead_orders(trade.unit_of_work, now=trade.now) == 1
    limit(trade, 100_000_000)
    submit(trade, gift_id)
    assert place(trade, gift_id) == 1
    first, second = orders(trade)
    assert (first.status, second.status) == (OrderStatus.CANCELLED, OrderStatus.CONFIRMED)
    linked = trade.run(lambda session: session.scalars(sa.select(OrderGift.order_id)).all())
    assert linked == [second.id]


def test_goods_that_are_gone_half_way_stop_the_gift_and_say_so(trade):
    gift_id = a_gift(trade)
    a_list(trade, gift_id)
    submit(trade, gift_id)
    change_tea(trade, active=False)
    assert place(trade, gift_id) == 0
    assert gift(trade, gift_id).stopped_because == "not_for_sale"
    assert states(trade, gift_id) == ["ready"] * 3


def test_a_price_that_rises_half_way_is_not_asked(trade):
    gift_id = a_gift(trade)
    a_list(trade, gift_id)
    total_fen = total_of(trade, gift_id)
    submit(trade, gift_id)
    change_tea(trade, price_fen=9900)
    place(trade, gift_id)
    assert sum(one.total_fen for one in orders(trade)) == total_fen


def test_more_than_there_is_is_refused_with_how_many_it_is_enough_for(trade):
    gift_id = a_gift(trade, {"tea": 25})
    a_list(trade, gift_id)
    with pytest.raises(NotEnoughGoods) as refused:
        submit(trade, gift_id)
    assert refused.value.facts["left"] in {1, 2, 3, 4}


def test_goods_and_card_stay_as_they_are_once_it_is_ordered_and_nothing_moves_while_it_is_placed(trade):
    gift_id = a_gift(trade)
    a_list(trade, gift_id)
    submit(trade, gift_id)
    change = partial(
        choose_goods,
        gift_id=gift_id,
        units={trade.shop.variants["tea"]: 1},
        actor_id=trade.union_id,
        now=trade.now,
    )
    with pytest.raises(GiftIsBusy):
        trade.run(change)
    place(trade, gift_id)
    with pytest.raises(GiftIsOrdered):
        trade.run(change)


def test_a_day_that_cannot_be_kept_is_refused_and_the_slip_says_when_it_leaves(trade):
    gift_id = a_gift(trade)
    a_list(trade, gift_id)
    quote = trade.run(lambda session: quote_gift(session, gift_id, now=trade.now))
    by = {"actor_id": trade.union_id, "now": trade.now}
    for refused in (quote.earliest - timedelta(days=1), quote.earliest + timedelta(days=3 * 365)):
        with pytest.raises(InvalidInput):
            trade.run(lambda session, day=refused: choose_day(session, gift_id, day, **by))
    assert gift(trade, gift_id).deliver_on is None
    trade.run(
        lambda session: setattr(
            session.get_one(Gift, gift_id), "deliver_on", quote.earliest - timedelta(days=1)
        )
    )
    with pytest.raises(InvalidInput):
        submit(trade, gift_id)
    day = quote.days()[-1]
    trade.run(lambda session: choose_day(session, gift_id, day, **by))
    submit(trade, gift_id)
    place(trade, gift_id)
    ids = [one.id for one in orders(trade)]
    slips = trade.run(lambda session: gift_slips(session, ids, now=trade.now))
    first = slips[ids[0]]
    assert (first.text, first.signature) == ("陈女士：这一年多谢您。", "校工会")
    assert isinstance(first.leaves_on, date)
    assert first.leaves_on < day


def test_the_list_is_deleted_when_its_days_are_over_and_the_orders_stay(trade):
    gift_id = a_gift(trade)
    a_list(trade, gift_id)
    submit(trade, gift_id)
    place(trade, gift_id)
    assert forget_lists(trade.unit_of_work, now=trade.now + timedelta(days=89)) == 0
    assert forget_lists(trade.unit_of_work, now=trade.now + timedelta(days=91)) == 1
    assert rows(trade, gift_id) == []
    assert len(orders(trade)) == 3
    assert forget_lists(trade.unit_of_work, now=trade.now + timedelta(days=91)) == 0


def test_a_gift_above_a_limit_that_nobody_else_may_approve_places_nothing_and_says_why(trade):
    gift_id = a_gift(trade)
    a_list(trade, gift_id)
    total_fen = total_of(trade, gift_id)
    spending = partial(set_limits, actor_id=trade.admin_id, now=trade.now)
    trade.run(lambda session: spending(session, trade.organisation_id, None, {Span.MONTH: total_fen - 1}))
    with pytest.raises(NobodyApproves):
        submit(trade, gift_id, total_fen)
    assert (orders(trade), gift(trade, gift_id).status) == ([], GiftStatus.DRAFT)
    trade.run(lambda session: spending(session, trade.organisation_id, None, {Span.MONTH: total_fen}))
    assert submit(trade, gift_id, total_fen) == 3
