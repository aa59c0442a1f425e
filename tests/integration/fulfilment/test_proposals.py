"""Nobody has some units: the buyer is asked, and what was chosen is carried out with stock, books and letters."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from shop.catalogue.models import Product, Variant
from shop.fulfilment.answering import answer_by_phone, answer_of_buyer
from shop.fulfilment.closing import waiting_of_order
from shop.fulfilment.errors import AnsweredOtherwise, NothingWaits, NotProposed, ProposalOpen, SubstituteGone
from shop.fulfilment.household_tasks import count_work
from shop.fulfilment.models import TaskStatus
from shop.fulfilment.proposal_list import proposals_of_order
from shop.fulfilment.proposal_models import Answer, AnsweredBy, Outcome, Proposal, ProposalStatus
from shop.fulfilment.proposing import Offered, propose
from shop.fulfilment.reach import WORKER, Reach
from shop.fulfilment.substitutes import substitutes
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput, NotFound
from shop.ordering.models import OrderEvent, OrderStatus
from shop.payments.models import Refund, RefundBearer
from shop.rounds import follow_proposals
from shop.storage.outbox import OutboxMessage
from tests.factories.small_shop import add_lot, add_product, fill_shelves
from tests.factories.trade import Trade

EGGS, GOOSE, TEA = 5900, 5000, 6800


@pytest.fixture
def goose(trade: Trade) -> None:
    """Eggs that are a little cheaper, of another household."""

    def stock(session):
        add_product(session, trade.shop, "goose", price_fen=GOOSE, return_exempt=True)
        add_lot(session, trade.shop, "goose-li", "goose", "li", units=5)
        fill_shelves(session, trade.shop)

    trade.run(stock)


def short(trade: Trade, goods=None) -> int:
    """Three packs of eggs are not to be had; the tea of the same order is."""
    order_id = trade.sell(goods or {"tea": 2, "eggs": 3}, courier=True)
    trade.decline_by(order_id, "yu")
    return order_id


def ask(trade: Trade, order_id: int, *, days: int = 0, instead: str = "") -> int:
    (waiting,) = trade.run(lambda s: waiting_of_order(s, order_id))
    (task,) = [one for one in trade.tasks(order_id) if one.needs_person_at]
    offered = Offered(
        shanghai_date(trade.now) + timedelta(days=days) if days else None,
        trade.shop.variants[instead] if instead else None,
    )
    return trade.run(lambda s: propose(s, task.id, waiting.allocation_id, offered, by=WORKER, now=trade.now))


def choose(trade: Trade, order_id: int, proposal_id: int, answer: Answer) -> None:
    trade.run(
        partial(answer_of_buyer, order_id=order_id, proposal_id=proposal_id, answer=answer, actor_id=None, now=trade.now)
    )  # fmt: skip
    trade.send_refunds()


def shown(trade: Trade, order_id: int):
    return trade.run(lambda s: proposals_of_order(s, order_id))


def test_whoever_wants_the_money_has_it_back_and_the_rest_goes_its_way(trade: Trade):
    order_id = short(trade)
    proposal_id = ask(trade, order_id, days=7)
    for _ in range(2):
        choose(trade, order_id, proposal_id, Answer.REFUND)
    assert trade.order_row(order_id).refunded_fen == 3 * EGGS
    assert trade.run(lambda s: count_work(s, WORKER, now=trade.now)) == 0
    trade.deliver(order_id)
    assert trade.order_row(order_id).status is OrderStatus.COMPLETED
    (one,) = shown(trade, order_id)
    assert (one.outcome, one.answered_by) == (Outcome.REFUNDED, AnsweredBy.BUYER)
    assert trade.violations() == []


def test_an_order_of_which_nobody_has_anything_is_called_off_and_paid_back_whole(trade: Trade):
    order_id = short(trade, {"eggs": 3})
    choose(trade, order_id, ask(trade, order_id), Answer.REFUND)
    order = trade.order_row(order_id)
    assert (order.status, order.refunded_fen) == (OrderStatus.CANCELLED, order.total_fen)
    assert trade.violations() == []


def test_two_kinds_of_goods_that_nobody_has_are_answered_one_after_the_other(trade: Trade):
    order_id = trade.sell({"tea": 25, "eggs": 3}, courier=True)
    while tasks := trade.tasks(order_id, TaskStatus.OPEN):
        trade.decline(order_id, which=len(tasks) - 1)
    waiting = [one for one in trade.tasks(order_id) if one.needs_person_at]
    assert len(waiting) > 1
    for task in waiting:
        for one in trade.run(lambda s: waiting_of_order(s, order_id)):
            try:
                ask_one = partial(
                    propose, task_id=task.id, allocation_id=one.allocation_id, offered=Offered()
                )
                proposal_id = trade.run(lambda s, ask_one=ask_one: ask_one(s, by=WORKER, now=trade.now))
            except NotFound:
                continue
            choose(trade, order_id, proposal_id, Answer.REFUND)
    order = trade.order_row(order_id)
    assert (order.status, order.refunded_fen) == (OrderStatus.CANCELLED, order.total_fen)
    assert trade.violations() == []


def test_whoever_waits_gets_the_goods_of_the_next_household_that_has_some(trade: Trade):
    order_id = short(trade)
    choose(trade, order_id, ask(trade, order_id, days=7), Answer.WAIT)
    assert trade.order_row(order_id).refunded_fen == 0
    follow_proposals(trade.unit_of_work, now=trade.now)
    assert shown(trade, order_id)[0].is_waited_for
    trade.run(lambda s: add_lot(s, trade.shop, "eggs-li", "eggs", "li", units=9))
    follow_proposals(trade.unit_of_work, now=trade.now)
    assert shown(trade, order_id)[0].outcome is Outcome.FOUND
    trade.deliver(order_id)
    assert trade.violations() == []


def test_whoever_waited_in_vain_has_the_money_back_the_day_after(trade: Trade):
    order_id = short(trade)
    choose(trade, order_id, ask(trade, order_id, days=3), Answer.WAIT)
    follow_proposals(trade.unit_of_work, now=trade.now + timedelta(days=3))
    assert shown(trade, order_id)[0].is_waited_for, "the named day is still to be waited"
    trade.now += timedelta(days=4)
    for _ in range(2):
        follow_proposals(trade.unit_of_work, now=trade.now)
        trade.send_refunds()
    assert trade.order_row(order_id).refunded_fen == 3 * EGGS
    assert trade.violations() == []


def test_whoever_waits_may_still_take_the_money(trade: Trade):
    order_id = short(trade)
    proposal_id = ask(trade, order_id, days=7)
    choose(trade, order_id, proposal_id, Answer.WAIT)
    choose(trade, order_id, proposal_id, Answer.REFUND)
    with pytest.raises(AnsweredOtherwise):
        choose(trade, order_id, proposal_id, Answer.WAIT)
    assert trade.order_row(order_id).refunded_fen == 3 * EGGS


def test_other_goods_go_instead_and_what_they_are_cheaper_goes_back_from_the_shop(trade: Trade, goose):
    order_id = short(trade)
    before = trade.run(lambda s: s.scalar(sa.select(sa.func.sum(Allocation.household_fen))))
    proposal_id = ask(trade, order_id, instead="goose")
    for _ in range(2):
        choose(trade, order_id, proposal_id, Answer.SUBSTITUTE)
    order = trade.order_row(order_id)
    assert order.refunded_fen == 3 * (EGGS - GOOSE)
    (refund,) = trade.run(lambda s: s.scalars(sa.select(Refund)).all())
    assert refund.bearer is RefundBearer.SHOP
    going = trade.run(
        lambda s: s.scalar(
            sa.select(sa.func.sum(Allocation.household_fen)).where(
                Allocation.status == AllocationStatus.COMMITTED
            )
        )
    )
    assert going == before, "the household that helps out earns what the first one would have"
    lot = trade.run(lambda s: s.get_one(Lot, trade.shop.lots["goose-li"]))
    assert (lot.available, lot.committed) == (2, 3)
    trade.deliver(order_id)
    assert trade.violations() == []


def test_a_substitute_that_nobody_has_in_the_end_gives_back_the_rest_of_its_price(trade: Trade, goose):
    order_id = short(trade)
    choose(trade, order_id, ask(trade, order_id, instead="goose"), Answer.SUBSTITUTE)
    trade.decline_by(order_id, "li")
    trade.close_waiting(order_id)
    assert trade.order_row(order_id).refunded_fen == 3 * EGGS
    trade.deliver(order_id)
    assert trade.violations() == []


def test_a_substitute_that_is_gone_changes_nothing_and_the_buyer_chooses_again(trade: Trade, goose):
    order_id = short(trade)
    proposal_id = ask(trade, order_id, instead="goose", days=5)
    lot = sa.update(Lot).where(Lot.id == trade.shop.lots["goose-li"])
    trade.run(lambda s: s.execute(lot.values(available=2, withdrawn=3)))
    with pytest.raises(SubstituteGone):
        choose(trade, order_id, proposal_id, Answer.SUBSTITUTE)
    assert shown(trade, order_id)[0].is_open
    choose(trade, order_id, proposal_id, Answer.WAIT)
    assert trade.violations() == []


def test_dearer_goods_other_sellers_goods_and_parts_of_boxes_are_not_proposed(trade: Trade, goose):
    order_id = short(trade)
    (waiting,) = trade.run(lambda s: waiting_of_order(s, order_id))

    def names():
        found = trade.run(lambda s: substitutes(s, order_id, waiting.allocation_id, now=trade.now))
        return {one.variant_id for one in found}

    goose_id = trade.shop.variants["goose"]
    assert goose_id in names()
    assert trade.shop.variants["tea"] not in names(), "it costs more than eggs"
    change = sa.update(Variant).where(Variant.id == goose_id)
    for values in ({"price_fen": EGGS // 2}, {"price_fen": GOOSE, "tax_rate_bp": 900}):
        trade.run(lambda s, values=values: s.execute(change.values(**values)))
        assert goose_id not in names(), values
    trade.run(lambda s: s.execute(change.values(tax_rate_bp=0)))
    assert goose_id in names()
    withdrawn = (
        sa.update(Product).where(Product.id == trade.shop.products["goose"]).values(status="withdrawn")
    )
    trade.run(lambda s: s.execute(withdrawn))
    assert goose_id not in names()
    with pytest.raises(SubstituteGone):
        ask(trade, order_id, instead="tea")
    back = sa.update(Product).where(Product.id == trade.shop.products["goose"]).values(status="published")
    trade.run(lambda s: s.execute(back))
    trade.run(lambda s: fill_shelves(s, trade.shop))


def test_who_says_nothing_in_time_has_the_money_back(trade: Trade):
    order_id = short(trade)
    ask(trade, order_id, days=9)
    trade.now += timedelta(hours=47)
    follow_proposals(trade.unit_of_work, now=trade.now)
    assert shown(trade, order_id)[0].is_open
    trade.now += timedelta(hours=2)
    for _ in range(2):
        follow_proposals(trade.unit_of_work, now=trade.now)
    trade.send_refunds()
    assert trade.order_row(order_id).refunded_fen == 3 * EGGS
    assert shown(trade, order_id)[0].answered_by is AnsweredBy.SILENCE
    assert trade.violations() == []


def test_the_buyer_is_asked_once_however_often_it_is_pressed(trade: Trade):
    order_id = short(trade)
    assert ask(trade, order_id, days=7) == ask(trade, order_id, days=7)
    with pytest.raises(ProposalOpen):
        ask(trade, order_id)
    letters = sa.select(sa.func.count()).where(OutboxMessage.dedupe_key.like("order_units_missing:%"))
    assert trade.run(lambda s: s.scalar(letters)) == 1


def test_nobody_is_asked_about_units_that_a_household_has_and_no_day_is_named_that_is_past(trade: Trade):
    order_id = short(trade)
    with pytest.raises(InvalidInput):
        ask(trade, order_id, days=-1)
    with pytest.raises(InvalidInput):
        ask(trade, order_id, days=61)
    tea = trade.tasks(order_id, TaskStatus.OPEN)[0]
    item = trade.run(
        lambda s: s.scalar(
            sa.select(Allocation.id).where(Allocation.status == AllocationStatus.COMMITTED).limit(1)
        )
    )
    with pytest.raises(NothingWaits):
        trade.run(lambda s: propose(s, tea.id, item, Offered(), by=WORKER, now=trade.now))


def test_only_the_village_asks_and_only_the_order_answers(trade: Trade):
    order_id = short(trade)
    (task,) = [one for one in trade.tasks(order_id) if one.needs_person_at]
    (waiting,) = trade.run(lambda s: waiting_of_order(s, order_id))
    stranger = Reach(user_id=trade.admin_id, village_ids=frozenset({task.village_id + 100}))
    with pytest.raises(NotFound):
        trade.run(lambda s: propose(s, task.id, waiting.allocation_id, Offered(), by=stranger, now=trade.now))
    proposal_id = ask(trade, order_id)
    other = trade.sell({"tea": 1})
    with pytest.raises(NotFound):
        choose(trade, other, proposal_id, Answer.REFUND)
    with pytest.raises(NotProposed):
        choose(trade, order_id, proposal_id, Answer.WAIT)
    with pytest.raises(NotFound):
        trade.run(lambda s: answer_by_phone(s, proposal_id, Answer.REFUND, by=stranger, now=trade.now))


def test_what_the_buyer_says_on_the_phone_is_written_down(trade: Trade):
    order_id = short(trade)
    proposal_id = ask(trade, order_id)
    by = Reach(user_id=trade.admin_id, everything=True)
    for _ in range(2):
        trade.run(lambda s: answer_by_phone(s, proposal_id, Answer.REFUND, by=by, now=trade.now))
    (said,) = trade.run(
        lambda s: s.scalars(sa.select(OrderEvent).where(OrderEvent.kind == "proposal_answered")).all()
    )
    assert (said.facts["answered_by"], said.actor_id) == ("phone", trade.admin_id)


def test_an_order_that_is_called_off_asks_nothing_any_more(trade: Trade):
    order_id = short(trade)
    ask(trade, order_id)
    trade.call_off(order_id)
    (proposal,) = trade.run(lambda s: s.scalars(sa.select(Proposal)).all())
    assert (proposal.status, proposal.outcome) == (ProposalStatus.SETTLED, Outcome.CALLED_OFF)


def test_an_admin_who_takes_the_units_out_settles_the_proposal(trade: Trade):
    order_id = short(trade)
    ask(trade, order_id)
    trade.close_waiting(order_id)
    assert shown(trade, order_id)[0].outcome is Outcome.REFUNDED


def test_a_debt_is_so_much_smaller(trade: Trade, goose):
    order_id = trade.sell_on_terms({"tea": 1, "eggs": 2})
    trade.decline_by(order_id, "yu")
    choose(trade, order_id, ask(trade, order_id, instead="goose"), Answer.SUBSTITUTE)
    [debt] = trade.payments(order_id)
    assert debt.credited_fen == 2 * (EGGS - GOOSE)
