"""Units that nobody has: the coordinator asks, the buyer answers on the order's page or on the phone."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.extensions import settings as shop_settings
from shop.fulfilment.models import Task, TaskItem
from shop.fulfilment.proposal_models import Answer, AnsweredBy, Proposal, ProposalStatus
from shop.kit.clock import shanghai_date, utc_now
from shop.mailroom import seal
from shop.notifications.letters import compose
from shop.ordering.access import guest_key
from shop.ordering.models import Order
from shop.storage.outbox import OutboxMessage
from tests.conftest import OwnOriginClient
from tests.factories.people import csrf_token
from tests.factories.villages import NOW


@pytest.fixture
def waiting(county, place, task_of, coordinator, press, unit_of_work):
    """An order of tea and honey; the only household that has honey has none left. Its task and the units."""
    order_id = place({county.tea: 2, county.honey: 3})
    items = sa.select(TaskItem).where(TaskItem.task_id.in_(_tasks(order_id)))
    for task_id in unit_of_work.run(lambda s: list(s.scalars(_tasks(order_id)))):
        press(coordinator, f"/village/tasks/{task_id}/decline", reason="卖完了")
    (item,) = unit_of_work.run(
        lambda s: [(one.task_id, one.allocation_id) for one in s.scalars(items) if one.waits]
    )
    return order_id, *item


def _tasks(order_id):
    return sa.select(Task.id).where(Task.order_id == order_id)


@pytest.fixture
def proposal(unit_of_work):
    return lambda: unit_of_work.run(lambda s: s.scalars(sa.select(Proposal)).one())


@pytest.fixture
def buyer(app, unit_of_work, waiting):
    """A browser that came by the guest's signed link, and the order's address."""
    number = unit_of_work.run(lambda s: s.get_one(Order, waiting[0]).number)
    client = OwnOriginClient(app, app.response_class, use_cookies=True)
    with app.app_context():
        key = guest_key(number, [shop_settings().secret_key], now=utc_now())
    assert client.get(f"/orders/{number}?key={key}").status_code == 302
    return client, f"/orders/{number}"


def a_week_on() -> str:
    return (shanghai_date(NOW) + timedelta(days=7)).isoformat()


def test_the_coordinator_asks_and_the_buyer_waits(waiting, coordinator, press, buyer, proposal):
    _, task_id, allocation_id = waiting
    at = f"/village/tasks/{task_id}"
    assert "没有哪户" in coordinator.get(at).text
    for _ in range(2):
        asked = press(coordinator, f"{at}/propose", allocation=allocation_id, wait_until=a_week_on())
        assert asked.status_code == 303
    assert proposal().status is ProposalStatus.OPEN
    client, order = buyer
    page = client.get(order).text
    assert 'value="refund"' in page
    assert 'value="wait"' in page
    assert 'value="substitute"' not in page
    token = csrf_token(client, order)
    for _ in range(2):
        answer = client.post(
            f"{order}/missing", data={"csrf_token": token, "proposal": proposal().id, "answer": "wait"}
        )
        assert answer.status_code == 303
    assert (proposal().answer, proposal().answered_by) == (Answer.WAIT, AnsweredBy.BUYER)
    assert "您在等" in client.get(order).text
    assert "买家愿意等到" in coordinator.get(at).text


def test_what_was_typed_wrong_is_kept_and_said(waiting, coordinator, press):
    _, task_id, allocation_id = waiting
    for typed in ("2001-01-01", "明天", "2026-13-01"):
        answer = press(
            coordinator, f"/village/tasks/{task_id}/propose", allocation=allocation_id, wait_until=typed
        )
        assert answer.status_code == 400
        assert "field-bad" in answer.text
        assert f'value="{typed}"' in answer.text


@pytest.mark.parametrize("form", [{}, {"answer": "more"}, {"answer": "substitute"}])
def test_an_answer_that_was_not_proposed_changes_nothing(waiting, coordinator, press, buyer, proposal, form):
    press(coordinator, f"/village/tasks/{waiting[1]}/propose", allocation=waiting[2])
    client, order = buyer
    token = csrf_token(client, order)
    sent = {"csrf_token": token, "proposal": proposal().id, **form}
    answer = client.post(f"{order}/missing", data=sent, follow_redirects=True)
    assert answer.status_code == 200
    assert "msg-bad" in answer.text
    assert proposal().status is ProposalStatus.OPEN
    for number in ("", "x", "999999"):
        assert client.post(f"{order}/missing", data={**sent, "answer": "refund", "proposal": number}).status_code == 404  # fmt: skip


def test_what_the_buyer_said_on_the_phone_is_pressed_by_the_coordinator(
    waiting, coordinator, stranger, press, proposal
):
    _, task_id, allocation_id = waiting
    at = f"/village/tasks/{task_id}"
    assert press(stranger, f"{at}/propose", allocation=allocation_id).status_code == 404
    press(coordinator, f"{at}/propose", allocation=allocation_id, wait_until=a_week_on())
    page = coordinator.get(at).text
    assert "林老师" in page
    assert "138 1234 5678" in page or "13812345678" in page
    assert press(stranger, f"{at}/answer", proposal=proposal().id, answer="wait").status_code == 404
    assert press(coordinator, f"{at}/answer", proposal=proposal().id, answer="perhaps").status_code == 404
    press(coordinator, f"{at}/answer", proposal=proposal().id, answer="refund")
    assert (proposal().answer, proposal().answered_by) == (Answer.REFUND, AnsweredBy.PHONE)
    page = coordinator.get(at).text
    assert "电话里说的" in page
    assert "138 1234 5678" not in page, "nobody has to ring up any more"


def test_the_letter_says_what_can_be_chosen_until_when_and_where(
    app, waiting, coordinator, press, unit_of_work, proposal
):
    press(coordinator, f"/village/tasks/{waiting[1]}/propose", allocation=waiting[2], wait_until=a_week_on())
    sent = unit_of_work.run(
        lambda s: s.scalars(
            sa.select(OutboxMessage.payload).where(OutboxMessage.dedupe_key.like("order_units_missing:%"))
        ).one()
    )
    with app.test_request_context():
        letter = unit_of_work.run(lambda s: compose(s, sent, now=utc_now()))
        envelope = seal(letter, shop_settings(), now=utc_now())
    assert "退款" in envelope.text
    assert "等到" in envelope.text
    assert "key=" in envelope.text
    press(coordinator, f"/village/tasks/{waiting[1]}/answer", proposal=proposal().id, answer="wait")
    assert unit_of_work.run(lambda s: compose(s, sent, now=utc_now())) is None, "it was answered meanwhile"
