"""Goods by weight: two persons accept them, and what is owed, what the books say and what households earn follow the grams."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from shop.accounts.shop_settings import set_shop_settings
from shop.canteens.arriving import lines_by_count, lines_by_weight
from shop.canteens.cases import most_for_unit, weighed_fen
from shop.canteens.errors import MonthOver, NothingToWeigh, OwnWeighing, Reweighed, SettledByNow
from shop.canteens.goods import set_good
from shop.canteens.sheet import order_sheet
from shop.canteens.weighing import Counted, Weighed, confirm_weights, weighings_of, write_weights
from shop.canteens.weight_models import Weighing, WeighingState
from shop.kit.clock import month_of
from shop.kit.errors import InvalidInput, NotFound
from shop.ledger import months
from shop.ledger.models import Account, JournalEntry, Posting
from shop.ledger.months import close_month, month_after, month_start
from shop.ordering.models import Order
from shop.payments.models import Refund, RefundBearer, RefundStatus
from shop.payments.terms.accepting import buy_on_terms
from shop.payments.terms.debts import open_debts
from tests.factories.canteens import a_sheet
from tests.factories.invoicing import ask, issue, to_bill, waiting
from tests.integration.concurrency.test_payment_races import at_once

PRICE, EXPECTED, UNITS = 5_900, 2_350, 4  # of eggs: 2,350 g a unit, two cases of two


def ordered(kitchen, *, sent=True):
    """Two cases of what is paid by weight, and one of what is not."""
    own, trade = kitchen.canteen, kitchen.trade
    eggs = kitchen.shop.variants["eggs"]
    kitchen.run(lambda s: set_good(s, eggs, 2, by_weight=True, actor_id=trade.admin_id, now=kitchen.now))
    wish = a_sheet(kitchen.shop, {"eggs": 2, "tea": 1}, kitchen.truck_day)
    order_id = kitchen.run(
        lambda s: order_sheet(s, own.organisation_id, own.buyer_id, wish, now=kitchen.now)
    ).order_id
    buy_on_terms(
        trade.unit_of_work, trade.providers, order_id, organisation_id=own.organisation_id, now=kitchen.now
    )
    if sent:
        trade.deliver(order_id)
    return kitchen.run(lambda s: s.get_one(Order, order_id))


def line_id(kitchen, order):
    return kitchen.run(lambda s: lines_by_weight(s, order.id)[0].line.id)


def write(kitchen, order, grams, words="", by=None, tea=5):
    """The kilos of what is paid by weight, and how many packs of tea came: all five, unless it is said."""
    weights = {line_id(kitchen, order): Weighed(grams, words)}
    pieces = kitchen.run(lambda s: lines_by_count(s, order.id))
    counts, own = {one.line.id: Counted(tea) for one in pieces}, kitchen.canteen
    by = by or own.buyer_id
    return kitchen.run(
        lambda s: write_weights(s, own.slug, by, order.number, weights, counts=counts, now=kitchen.now)
    )


def newest(kitchen, order):
    return kitchen.run(lambda s: weighings_of(s, order.id)[0])


def confirm(kitchen, order, by=None, seen=None):
    own = kitchen.canteen
    seen = seen or newest(kitchen, order).written_at.isoformat()
    return kitchen.run(
        lambda s: confirm_weights(s, own.slug, by or own.approver_id, order.number, seen, now=kitchen.now)
    )


def owed(kitchen):
    return [one.due_fen for one in kitchen.run(lambda s: open_debts(s, kitchen.canteen.organisation_id))]


def test_the_order_says_the_most_and_two_persons_settle_what_was_weighed(kitchen):
    order = ordered(kitchen)
    most = most_for_unit(PRICE, 20) * UNITS
    assert order.goods_fen == most + 5 * 6_500
    grams = EXPECTED * UNITS - 123
    write(kitchen, order, grams)
    assert owed(kitchen) == [order.total_fen]
    with pytest.raises(OwnWeighing):
        confirm(kitchen, order, by=kitchen.canteen.buyer_id)
    assert [confirm(kitchen, order), confirm(kitchen, order)] == [True, False]
    fen = weighed_fen(PRICE, EXPECTED, grams)
    assert owed(kitchen) == [5 * 6_500 + fen + order.freight_fen]
    [refund] = kitchen.run(lambda s: s.scalars(sa.select(Refund)).all())
    assert (refund.bearer, refund.amount_fen, refund.is_credit) == (RefundBearer.WEIGHT, most - fen, True)


def test_the_households_part_follows_the_weight(kitchen):
    order = ordered(kitchen)
    write(kitchen, order, EXPECTED * UNITS)
    confirm(kitchen, order)
    eggs = line_id(kitchen, order)

    def earned(session):
        fen = sa.select(sa.func.sum(-Posting.amount_fen)).join(
            JournalEntry, JournalEntry.id == Posting.entry_id
        )
        return session.scalar(
            fen.where(
                JournalEntry.order_id == order.id,
                Posting.account == Account.HOUSEHOLD_PAYABLE,
                Posting.order_line_id == eggs,
            )
        )

    by_weight = kitchen.run(earned)
    assert abs(by_weight - PRICE * UNITS * 7_600 // 10_000) <= 1


def test_more_than_the_most_is_not_charged_and_needs_a_word(kitchen):
    order = ordered(kitchen)
    with pytest.raises(InvalidInput):
        write(kitchen, order, EXPECTED * UNITS * 13 // 10)
    write(kitchen, order, EXPECTED * UNITS * 13 // 10, "多送了一筐")
    confirm(kitchen, order)
    assert owed(kitchen) == [order.total_fen]
    assert newest(kitchen, order).refund_id is None


def test_written_anew_the_second_person_has_to_look_again(kitchen):
    order = ordered(kitchen)
    write(kitchen, order, EXPECTED * UNITS)
    seen = newest(kitchen, order).written_at.isoformat()
    write(kitchen, order, EXPECTED * UNITS - 50)
    with pytest.raises(Reweighed):
        confirm(kitchen, order, seen=seen)
    assert confirm(kitchen, order) is True
    assert newest(kitchen, order).number == 1


def settle(kitchen, order, grams):
    write(kitchen, order, grams)
    return confirm(kitchen, order)


def posted(kitchen, order):
    """By account, what stands in the books for the order; whose goods they were is another for each."""

    def read(session):
        rows = session.execute(
            sa.select(Posting.account, sa.func.sum(Posting.amount_fen))
            .join(JournalEntry, JournalEntry.id == Posting.entry_id)
            .where(JournalEntry.order_id == order.id)
            .group_by(Posting.account)
        )
        return {account: int(fen) for account, fen in rows if fen}

    return kitchen.run(read)


def test_a_correction_lowers_what_is_owed(kitchen):
    order = ordered(kitchen)
    settle(kitchen, order, EXPECTED * UNITS)
    lower = EXPECTED * UNITS - 400
    assert write(kitchen, order, lower) == 2
    confirm(kitchen, order)
    assert owed(kitchen) == [5 * 6_500 + weighed_fen(PRICE, EXPECTED, lower) + order.freight_fen]
    states = kitchen.run(lambda s: s.scalars(sa.select(Weighing.state)).all())
    assert states == [WeighingState.SETTLED] * 2


def test_more_than_was_ordered_is_paid_up_to_what_the_order_allows(kitchen):
    order = ordered(kitchen)
    more = EXPECTED * UNITS * 11 // 10
    settle(kitchen, order, more)
    fen = weighed_fen(PRICE, EXPECTED, more)
    assert fen > PRICE * UNITS
    assert owed(kitchen) == [5 * 6_500 + fen + order.freight_fen]


def test_the_shop_says_how_much_above_the_order_is_paid(kitchen):
    kitchen.run(lambda s: set_shop_settings(s, {"weight_over_percent": 5}, actor_id=None, now=kitchen.now))
    order = ordered(kitchen)
    assert order.goods_fen == most_for_unit(PRICE, 5) * UNITS + 5 * 6_500


def test_a_correction_raises_what_is_owed_as_if_the_wrong_weight_had_never_been_settled(kitchen):
    """The books, taxes and households' income are what they are where the right weight was settled at once."""
    right, wrong = EXPECTED * UNITS + 311, EXPECTED * UNITS - 2_000
    once, twice = ordered(kitchen), ordered(kitchen)
    settle(kitchen, once, right)
    write(kitchen, twice, wrong, "少了一筐")
    confirm(kitchen, twice)
    settle(kitchen, twice, right)
    assert len(set(owed(kitchen))) == 1
    assert posted(kitchen, once) == posted(kitchen, twice)
    refunds = kitchen.run(lambda s: s.scalars(sa.select(Refund).where(Refund.order_id == twice.id)).all())
    assert [one.status for one in refunds] == [RefundStatus.UNDONE, RefundStatus.SUCCEEDED]
    assert kitchen.run(lambda s: s.get_one(Order, twice.id)).refunded_fen == refunds[1].amount_fen


def test_up_to_the_most_nothing_is_refunded_any_more(kitchen):
    order = ordered(kitchen)
    settle(kitchen, order, EXPECTED * UNITS)
    settle(kitchen, order, EXPECTED * UNITS * 12 // 10)
    assert owed(kitchen) == [order.total_fen]
    assert settle(kitchen, order, EXPECTED * UNITS) is True
    assert owed(kitchen) == [5 * 6_500 + PRICE * UNITS + order.freight_fen]


def test_what_is_paid_already_is_not_raised(kitchen):
    order = ordered(kitchen)
    settle(kitchen, order, EXPECTED * UNITS)
    kitchen.trade.settle(order.id)
    with pytest.raises(SettledByNow):
        write(kitchen, order, EXPECTED * UNITS + 500)
    assert settle(kitchen, order, EXPECTED * UNITS - 500) is True


def test_what_was_settled_in_a_closed_month_is_not_raised(kitchen, monkeypatch):
    order = ordered(kitchen)
    settle(kitchen, order, EXPECTED * UNITS)
    write(kitchen, order, EXPECTED * UNITS + 500)
    month = month_of(kitchen.now)
    kitchen.trade.now = month_start(month_after(month)) + timedelta(hours=2)
    monkeypatch.setattr(months, "utc_now", lambda: kitchen.now)
    kitchen.run(lambda s: close_month(s, month, actor_id=kitchen.trade.admin_id, now=kitchen.now))
    with pytest.raises(MonthOver):
        confirm(kitchen, order)


def test_what_is_owed_again_after_the_invoice_is_asked_for_on_another_one(kitchen):
    order = ordered(kitchen)
    settle(kitchen, order, EXPECTED * UNITS)
    for count, invoice_id in enumerate(ask(kitchen.trade, order.id), 1):
        issue(kitchen.trade, invoice_id, count)
    settle(kitchen, order, EXPECTED * UNITS + 500)
    more = weighed_fen(PRICE, EXPECTED, EXPECTED * UNITS + 500) - PRICE * UNITS
    [again] = waiting(kitchen.trade, order.id)
    assert to_bill(kitchen.trade, again) == more


def test_nothing_is_weighed_before_it_has_left_or_by_others(kitchen):
    order = ordered(kitchen, sent=False)
    with pytest.raises(NothingToWeigh):
        write(kitchen, order, EXPECTED * UNITS)
    with pytest.raises(NotFound):
        write(kitchen, order, EXPECTED * UNITS, by=kitchen.canteen.viewer_id)


@pytest.mark.race(fence="the order's lock, and the key of the refund's token")
def test_confirmed_by_several_at_once_it_is_settled_once(kitchen):
    order = ordered(kitchen)
    write(kitchen, order, EXPECTED * UNITS - 200)
    own, work = kitchen.canteen, kitchen.trade.unit_of_work
    seen = newest(kitchen, order).written_at.isoformat()
    press = partial(
        work.run, lambda s: confirm_weights(s, own.slug, own.approver_id, order.number, seen, now=kitchen.now)
    )
    results = at_once([press] * 6)
    assert sorted(map(str, results)) == ["False"] * 5 + ["True"]
    assert kitchen.run(lambda s: s.scalar(sa.select(sa.func.count(Refund.id)))) == 1
