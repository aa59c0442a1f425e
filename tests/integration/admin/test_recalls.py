"""The recall of a lot at the shop's desk: decided, followed, paid back, lifted."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.inventory.models import Allocation, Lot, LotStatus
from shop.inventory.trace_codes import trace_code
from shop.inventory.trace_models import LotRecall, RecallState
from shop.kit.clock import utc_now
from shop.ordering.models import OrderLine
from shop.payments.models import Refund, RefundBearer
from shop.rounds import settle_recalls
from shop.settings import DEMO_TRACE_KEY
from shop.storage.outbox import OutboxMessage
from tests.factories.counting import counted_statements
from tests.integration.admin.test_orders import ship

WORDS = {
    "reason_zh": "检出农残超标",
    "advice_zh": "请不要食用",
    "reason_en": "Above the limit",
    "advice_en": "",
}


@pytest.fixture
def come(paid, unit_of_work, see):
    """A paid order whose goods are on their way, with the lot that they are of."""
    unit_of_work.run(lambda session: ship(session, paid.order_id))
    lots = (
        sa.select(Lot)
        .join(Allocation, Allocation.lot_id == Lot.id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
    )
    return paid.number, see(lots.where(OrderLine.order_id == paid.order_id).limit(1))[0]


@pytest.fixture
def recalled(admin, come, unit_of_work):
    number, lot = come
    assert admin.post(f"/admin/lots/{lot.code}/recall", **WORDS).status_code == 303
    settle_recalls(unit_of_work, now=utc_now())
    return number, lot


def test_it_is_off_sale_listed_and_told(admin, recalled, see):
    number, lot = recalled
    assert see(sa.select(Lot).where(Lot.id == lot.id))[0].status is LotStatus.CLOSED
    page = admin.get(f"/admin/lots/{lot.code}/recall").text
    assert number in page
    assert "have left" in page
    assert [one for one in see(sa.select(OutboxMessage.dedupe_key)) if one.startswith("lot_recalled")]


def test_pressing_twice_says_that_it_was_done(admin, recalled, see):
    assert admin.post(f"/admin/lots/{recalled[1].code}/recall", **WORDS).status_code == 303
    assert "had been done already" in admin.said()
    assert len(see(sa.select(LotRecall))) == 1


def test_without_a_reason_nothing_is_recalled_and_what_was_typed_stays(admin, come, see):
    answer = admin.post(f"/admin/lots/{come[1].code}/recall", **WORDS | {"reason_zh": " "})
    assert answer.status_code == 400
    assert "请不要食用" in answer.text
    assert see(sa.select(LotRecall)) == []


def test_one_order_is_refunded_once_for_what_it_got_of_the_lot(admin, recalled, see):
    number, lot = recalled
    path = f"/admin/lots/{lot.code}/recall/refunds"
    for _ in range(2):
        assert admin.post(path, bearer="household", order=number).status_code == 303
    assert "asked for before" in admin.said()
    (refund,) = see(sa.select(Refund))
    (line,) = see(sa.select(OrderLine))
    units = see(sa.select(sa.func.sum(Allocation.units)).where(Allocation.lot_id == lot.id))[0]
    assert (refund.bearer, refund.amount_fen) == (RefundBearer.HOUSEHOLD, units * line.unit_price_fen)
    assert refund.reason == WORDS["reason_zh"]


def test_all_are_refunded_and_nothing_is_left_the_second_time(admin, recalled, see):
    path = f"/admin/lots/{recalled[1].code}/recall/refunds"
    admin.post(path, bearer="shop")
    assert "1 refund is on its way" in admin.said()
    admin.post(path, bearer="shop")
    assert "Nothing is left to refund" in admin.said()
    assert len(see(sa.select(Refund))) == 1


@pytest.mark.parametrize("bearer", ["", "nobody", "reversal"])
def test_somebody_has_to_bear_it(admin, recalled, see, bearer):
    admin.post(f"/admin/lots/{recalled[1].code}/recall/refunds", bearer=bearer)
    assert "Please choose who bears it." in admin.said()
    assert see(sa.select(Refund)) == []


def test_refunds_need_the_finance_permission(clerk, recalled, see):
    path = f"/admin/lots/{recalled[1].code}/recall"
    assert clerk.get(path).status_code == 200
    assert clerk.post(f"{path}/refunds", bearer="shop").status_code == 404
    assert see(sa.select(Refund)) == []


def test_who_recalled_it_does_not_lift_it_another_does(admin, clerk, recalled, see):
    path = f"/admin/lots/{recalled[1].code}/recall/lift"
    admin.post(path, reason="误报")
    assert "Another person of the team" in admin.said()
    clerk.post(path, reason="")
    assert "Please say why." in clerk.said()
    clerk.post(path, reason="复检合格")
    (one,) = see(sa.select(LotRecall))
    assert (one.state, one.ended_reason) == (RecallState.LIFTED, "复检合格")


def test_the_list_leaves_as_a_file_and_that_is_written_down(admin, recalled, see):
    number, lot = recalled
    file = admin.get(f"/admin/lots/{lot.code}/recall.csv")
    assert file.content_type.startswith("text/csv")
    assert number in file.text
    assert see(sa.select(AuditEntry).where(AuditEntry.action == "lot.recall_exported"))


def test_the_page_of_a_bag_and_that_of_the_product_say_it(admin, client, recalled, shop):
    lot = recalled[1]
    bag = client.get(f"/trace/{trace_code(lot.id, 0, DEMO_TRACE_KEY)}?lang=en").text
    assert "Above the limit" in bag
    assert "Genuine" not in bag
    product = client.get("/products/tea?lang=en").text
    assert lot.code in product
    assert "Above the limit" in product


def test_a_lot_that_is_none_is_not_found(admin):
    for path in ("/admin/lots/NONE/recall", "/admin/lots/NONE/recall.csv"):
        assert admin.get(path).status_code == 404
    for path in ("recall", "recall/lift", "recall/refuse", "recall/refunds"):
        assert admin.post(f"/admin/lots/NONE/{path}", **WORDS).status_code == 404


def test_a_proposal_waits_on_the_first_page_until_it_is_refused(admin, come, desk_of, unit_of_work, see):
    from_village = {"lot_id": come[1].id, "state": "proposed", "reason_zh": "发霉", "reason_en": ""}
    unit_of_work.run(
        lambda s: s.execute(
            sa.insert(LotRecall).values(
                **from_village, proposed_at=utc_now(), advice_zh="", advice_en="", ended_reason=""
            )
        )
    )
    assert "Recalls that are proposed" in admin.get("/admin").text
    admin.post(f"/admin/lots/{come[1].code}/recall/refuse", reason="复检合格")
    assert see(sa.select(LotRecall.state)) == [RecallState.REFUSED]
    assert see(sa.select(Lot).where(Lot.id == come[1].id))[0].status is LotStatus.OPEN


def test_the_page_takes_the_same_statements_however_often_it_was_recalled(admin, recalled, engine):
    path = f"/admin/lots/{recalled[1].code}/recall"
    with counted_statements(engine) as statements:
        admin.get(path)
    assert len(statements) <= 25
