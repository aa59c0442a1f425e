"""The farmer's phone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from shop.catalogue.models import (
    Certificate,
    ComplianceClass,
    ComplianceRequirement,
    PackingPlace,
    Product,
    ProductStatus,
    Variant,
)
from shop.fulfilment.models import TaskStatus
from shop.inventory.models import Lot, LotStatus
from shop.kit.clock import shanghai_date, shanghai_moment, utc_now
from shop.ledger.debts import post_settlement
from shop.ledger.models import Payee, PayeeKind, Payout, PayoutRun, PayoutStatus
from shop.ledger.payouts.rule import PayoutRule
from shop.ordering.models import Order, OrderStatus
from shop.rounds import close_due_payouts
from tests.factories.counting import counted_statements
from tests.factories.villages import add_lot


@pytest.fixture
def lot(unit_of_work):
    return lambda lot_id: unit_of_work.run(lambda s: s.get_one(Lot, lot_id))


def test_a_farmer_sees_goods_deadline_and_money_and_nothing_of_the_buyer(county, farmer, place):
    place({county.honey: 3})
    page = farmer.get("/farm/tasks").text
    assert "您得" in page
    assert "105 元" in page
    assert "前送到" in page
    for private in ("林老师", "13812345678", "雁塔区", "150.00"):
        assert private not in page


def test_a_farmer_accepts_prepares_and_takes_it_back(county, farmer, place, task_of, press):
    order_id = place({county.honey: 1})
    at = f"/farm/tasks/{task_of(order_id).id}"
    for step, status in (
        ("accept", TaskStatus.ACCEPTED),
        ("ready", TaskStatus.READY),
        ("ready", TaskStatus.READY),
        ("undo", TaskStatus.ACCEPTED),
    ):
        assert press(farmer, f"{at}/{step}").status_code == 303
        assert task_of(order_id).status is status
    assert f'货上写 <b class="num">{task_of(order_id).code[:3]}</b>' in farmer.get(at).text


def test_a_farmer_reads_the_number_and_where_to_bring_it_until_the_goods_are_there(
    county, farmer, hub, place, task_of, press, unit_of_work
):
    order_id = place({county.box: 1})
    task = task_of(order_id)
    where = unit_of_work.run(lambda s: s.get_one(PackingPlace, county.hub)).name_zh
    pages = ("/farm/tasks", f"/farm/tasks/{task.id}")
    assert all(f"送到 <b>{where}</b>" in farmer.get(path).text for path in pages)
    press(farmer, f"/farm/tasks/{task.id}/ready")
    assert f"备好了，送到{where}" in farmer.get(pages[0]).text
    for path in pages:
        assert f"送到 <b>{where}</b>" in farmer.get(path).text
        assert f'货上写 <b class="num">{task.code[:3]}</b>' in farmer.get(path).text
    press(hub, f"/village/tasks/{task.id}/receive")
    page = farmer.get(pages[0]).text
    assert f'货上写 <b class="num">{task.code[:3]}</b>' in page
    assert f"送到 <b>{where}</b>" not in page


def test_what_a_household_called_ready_stays_its_own_deed_when_the_place_receives_it(
    county, farmer, coordinator, place, task_of, press
):
    order_id = place({county.honey: 1})
    at = f"tasks/{task_of(order_id).id}"
    press(farmer, f"/farm/{at}/ready")
    press(coordinator, f"/village/{at}/receive")
    task = task_of(order_id)
    assert task.received_at is not None
    assert task.acted_for is False
    assert "代您报的" not in farmer.get("/farm/tasks").text


def test_a_farmer_declines_with_a_reason_and_it_goes_to_another_household(
    county, farmer, place, task_of, press
):
    order_id = place({county.tea: 1, county.honey: 1})
    first = task_of(order_id)
    assert first.producer_id == county.producers[0][0]
    assert press(farmer, f"/farm/tasks/{first.id}/decline").headers["Location"].endswith("#why")
    assert task_of(order_id).id == first.id
    asked = press(farmer, f"/farm/tasks/{first.id}/decline", reason="货不够")
    assert asked.status_code == 303
    assert "整单都给别家？" in farmer.get(asked.location).text
    assert task_of(order_id).id == first.id
    press(farmer, f"/farm/tasks/{first.id}/decline", reason="货不够", sure="1")
    assert task_of(order_id).producer_id != first.producer_id
    assert "给别家了" in farmer.get("/farm/tasks").text


def test_somebody_elses_task_and_lot_are_absent(county, farmer, place, task_of, press, unit_of_work):
    absent = farmer.get("/farm/tasks/987654")
    unit_of_work.run(
        lambda s: s.execute(
            sa.update(Lot)
            .where(Lot.producer_id == county.producers[0][0], Lot.variant_id == county.tea)
            .values(available=0, withdrawn=Lot.declared)
        )
    )
    other = task_of(place({county.tea: 1}))
    assert other.producer_id != county.producers[0][0]
    for step in ("accept", "decline", "ready", "undo"):
        assert press(farmer, f"/farm/tasks/{other.id}/{step}").status_code == 404
    assert farmer.get(f"/farm/tasks/{other.id}").status_code == absent.status_code == 404
    lot_id = county.lots[county.tea, county.producers[0][1]]
    assert farmer.get(f"/farm/lots/{lot_id}").status_code == 404
    for step in ("correct", "withdraw", "reopen"):
        assert press(farmer, f"/farm/lots/{lot_id}/{step}", units="3").status_code == 404


def test_what_went_wrong_keeps_the_face_of_whoever_works_there(farmer, coordinator, keeper, client):
    """Large and in Chinese on the farmer's phone, also in an English browser; at a desk with its navigation."""
    english = {"Accept-Language": "en"}
    absent = farmer.get("/farm/tasks/987654", headers=english)
    assert (absent.status_code, 'class="farm"' in absent.text) == (404, True)
    assert re.search(r'class="btn-xl btn-yes" href="/farm/tasks">.*回去', absent.text)
    expired = farmer.post(
        "/farm/tasks/987654/accept", headers={**english, "Referer": "http://127.0.0.1:8000/farm/lots"}
    )
    assert (expired.status_code, 'class="farm"' in expired.text) == (400, True)
    assert re.search(r'class="btn-xl btn-yes" href="/farm/lots">再打开一次', expired.text)
    out = client.post("/farm/tasks/1/accept", headers={**english, "Origin": "http://127.0.0.1:8000"})
    assert 'href="/farm/login?next=/farm/tasks"' in out.text
    for person, path, place in (
        (coordinator, "/village/lots/987654", "/village/packing"),
        (keeper, "/point/parcels/ZZZZZZZZZZ/report", "/point/expected"),
    ):
        page = person.get(path)
        assert page.status_code == 404
        assert f'class="s-i" href="{place}"' in page.text


def test_a_lot_is_declared_in_three_taps(county, farmer, press, unit_of_work):
    assert "收了啥" in farmer.get("/farm/lots/new").text
    at = f"/farm/lots/new/{county.honey}"
    assert "有多少" in farmer.get(at).text
    told = {"producer": str(county.producers[0][0]), "units": "２０", "day": "1"}
    asked = press(farmer, at, **told)
    assert asked.status_code == 303
    assert "卖完您得 700 元" in farmer.get(asked.location).text
    assert press(farmer, at, **told, sure="1").status_code == 303
    newest = unit_of_work.run(lambda s: s.scalars(sa.select(Lot).order_by(Lot.id.desc()).limit(1)).one())
    assert (newest.declared, newest.available, newest.producer_id) == (20, 20, county.producers[0][0])
    assert f"{newest.best_before.year} 年 {newest.best_before.month} 月" in farmer.get("/farm/lots").text


@pytest.fixture
def demand(unit_of_work):
    """The law demands this paper for all goods; the producer may have it, until a day."""

    def _demand(kind, *, producer_id=None, expires_on=None):
        def work(session):
            class_id = session.scalars(sa.select(ComplianceClass.id)).one()
            session.merge(
                ComplianceRequirement(
                    compliance_class_id=class_id,
                    certificate_kind=kind,
                    name_zh="肉制品许可证",
                    name_en="Meat permit",
                )
            )
            if producer_id is not None:
                session.add(
                    Certificate(kind=kind, number="SC1", producer_id=producer_id, expires_on=expires_on)
                )

        unit_of_work.run(work)

    return _demand


@pytest.mark.parametrize(
    ("holder", "expires_on", "allowed"),
    [(None, None, False), (1, None, False), (0, date(2026, 11, 22), False), (0, date(2026, 11, 23), True)],
)
def test_goods_are_declared_only_by_who_has_the_papers_they_demand(
    county, farmer, press, demand, holder, expires_on, allowed
):
    held_by = None if holder is None else county.producers[0][holder]
    demand("sc_meat", producer_id=held_by, expires_on=expires_on)
    at = f"/farm/lots/new/{county.honey}"
    assert (at in farmer.get("/farm/lots/new").text) is allowed
    told = {"producer": str(county.producers[0][0]), "units": "5", "day": "0", "sure": "1"}
    assert press(farmer, at, **told).status_code == (303 if allowed else 404)


def test_a_withdrawn_product_is_not_declared(county, farmer, press, unit_of_work):
    unit_of_work.run(lambda s: s.execute(sa.update(Product).values(status=ProductStatus.WITHDRAWN)))
    assert f"/farm/lots/new/{county.honey}" not in farmer.get("/farm/lots/new").text
    told = {"producer": str(county.producers[0][0]), "units": "5", "day": "0", "sure": "1"}
    assert press(farmer, f"/farm/lots/new/{county.honey}", **told).status_code == 404


def test_a_lot_is_declared_with_the_day_it_was_really_picked(county, farmer, press, unit_of_work):
    at = f"/farm/lots/new/{county.tea}"
    told = {"producer": str(county.producers[0][0]), "units": "20", "day": "-1"}
    for day, why in (("", "请选是哪一天"), ("2026-11-24", "还没到"), ("2025-11-22", "过了保质期")):
        refused = press(farmer, at, **told, exact_day=day, sure="1")
        assert refused.status_code == 400
        assert why in refused.text
    sure = farmer.get(press(farmer, at, **told, exact_day="2026-04-03").location).text
    assert "2026 年 4 月 3 日采的" in sure
    assert "2027 年 4 月 3 日前吃最好" in sure
    assert press(farmer, at, **told, exact_day="2026-04-03", sure="1").status_code == 303
    newest = unit_of_work.run(lambda s: s.scalars(sa.select(Lot).order_by(Lot.id.desc()).limit(1)).one())
    assert (newest.harvested_on, newest.best_before) == (date(2026, 4, 3), date(2027, 4, 3))


@pytest.mark.parametrize("units", ["", "-1", "0", "1.5", "1e3", "200000", "abc", "9" * 400])
def test_a_number_that_cannot_be_is_refused_at_its_field(county, farmer, press, units):
    told = {"producer": str(county.producers[0][0]), "units": units, "day": "0", "sure": "1"}
    refused = press(farmer, f"/farm/lots/new/{county.honey}", **told)
    assert refused.status_code == 400
    assert "units-error" in refused.text
    assert "。，" not in refused.text


def test_a_lot_cannot_be_declared_for_another_household(county, farmer, press):
    told = {"producer": str(county.producers[1][0]), "units": "5", "day": "0", "sure": "1"}
    assert press(farmer, f"/farm/lots/new/{county.honey}", **told).status_code == 400


def test_a_lot_is_corrected_down_to_what_is_promised_and_withdrawn(county, farmer, place, press, lot):
    place({county.honey: 4})
    lot_id = county.lots[county.honey, county.producers[0][0]]
    refused = press(farmer, f"/farm/lots/{lot_id}/correct", units="3")
    assert refused.status_code in {400, 409}
    assert 'value="3"' in refused.text, "what was typed is kept"
    assert "这批至少 4 份" in refused.text
    assert lot(lot_id).declared == 20
    press(farmer, f"/farm/lots/{lot_id}/correct", units="9")
    assert (lot(lot_id).declared, lot(lot_id).available) == (9, 5)
    asked = press(farmer, f"/farm/lots/{lot_id}/withdraw")
    assert asked.status_code == 303
    assert "剩下的 5 份不卖了？" in farmer.get(asked.location).text
    assert lot(lot_id).status is LotStatus.OPEN
    press(farmer, f"/farm/lots/{lot_id}/withdraw", sure="1")
    assert farmer.get(asked.location).status_code == 303, (
        "the page that asks goes where there is nothing to ask"
    )
    assert (lot(lot_id).status, lot(lot_id).withdrawn, lot(lot_id).committed) == (LotStatus.CLOSED, 5, 4)


def test_a_household_hears_when_somebody_else_corrected_the_lot_meanwhile(county, farmer, press, lot):
    lot_id = county.lots[county.honey, county.producers[0][0]]
    path = f"/farm/lots/{lot_id}/correct"
    press(farmer, path, units="18", seen="20")
    again = press(farmer, path, units="15", seen="20")
    assert again.status_code == 409
    assert "从 20 份改成 18 份" in again.text
    assert 'value="15"' in again.text
    assert 'name="seen" type="hidden" value="18"' in again.text
    assert lot(lot_id).declared == 18
    press(farmer, path, units="15", seen="18")
    assert lot(lot_id).declared == 15


def test_what_was_taken_off_sale_too_early_is_sold_again_with_its_days(county, farmer, press, lot):
    lot_id = county.lots[county.honey, county.producers[0][0]]
    before = lot(lot_id)
    press(farmer, f"/farm/lots/{lot_id}/withdraw", sure="1")
    assert "还剩 20 份" in farmer.get("/farm/lots").text
    for _ in range(2):
        press(farmer, f"/farm/lots/{lot_id}/reopen")
        after = lot(lot_id)
        assert (after.status, after.available, after.withdrawn) == (LotStatus.OPEN, 20, 0)
        assert (after.harvested_on, after.best_before) == (before.harvested_on, before.best_before)


def test_own_money_comes_from_the_books(county, farmer, place):
    place({county.honey: 2})
    page = farmer.get("/farm/money").text
    assert "70 元" in page
    assert "订单还没办完" in page


def test_each_sum_that_is_not_in_hand_says_what_it_waits_for_and_by_when_it_comes(
    county, farmer, place, unit_of_work
):
    order_id = place({county.honey: 1})
    assert "单位付款以后结" in farmer.get("/farm/money").text
    unit_of_work.run(lambda s: money_came(s, order_id))
    assert "买家收到货以后结" in farmer.get("/farm/money").text
    left = {"status": OrderStatus.SHIPPED, "shipped_at": datetime(2026, 11, 1, 4, tzinfo=UTC)}
    unit_of_work.run(lambda s: s.execute(sa.update(Order).values(left)))
    rule, today = PayoutRule(5, 7), shanghai_date(utc_now())
    arrives = max(
        date(2026, 11, 11), today - timedelta(days=1)
    )  # received at the latest ten days after it left
    page = farmer.get("/farm/money").text
    assert f"买家收到货以后结，{words_of(rule.paid_by(rule.closing_after(arrives)))}前到手" in page
    done = {"status": OrderStatus.COMPLETED, "completed_at": utc_now()}
    unit_of_work.run(lambda s: s.execute(sa.update(Order).values(done)))
    expected = words_of(rule.paid_by(rule.closing_after(today)))
    for path in ("/farm/money", "/farm/money/coming"):
        page = farmer.get(path).text
        assert f"等下次结账，{expected}前到手" in page
        assert "35 元" in page
    assert "每月 5 日结账，7 天内到手" in farmer.get("/farm/money").text


def money_came(session, order_id: int) -> None:
    """These orders are placed as an organisation's, which pays later."""
    total_fen = session.get_one(Order, order_id).total_fen
    post_settlement(session, order_id, order_id, total_fen, now=utc_now())


def words_of(day: date) -> str:
    return f"{day.month} 月 {day.day} 日"


def test_the_run_is_closed_by_the_clock_once_and_its_money_is_on_the_way(county, farmer, place, unit_of_work):
    order_id = place({county.honey: 1})
    unit_of_work.run(lambda s: money_came(s, order_id))
    closing = PayoutRule(5, 7).closing_after(shanghai_date(utc_now()))
    done = {"status": OrderStatus.COMPLETED, "completed_at": utc_now()}
    unit_of_work.run(lambda s: s.execute(sa.update(Order).values(done)))
    before, then = (shanghai_moment(closing + timedelta(days=more), time(2, 30)) for more in (-1, 0))
    assert close_due_payouts(unit_of_work, now=before) is False
    assert close_due_payouts(unit_of_work, now=then) is True
    assert close_due_payouts(unit_of_work, now=then + timedelta(days=1)) is False
    [run] = unit_of_work.run(lambda s: s.scalars(sa.select(PayoutRun)).all())
    assert (run.until, run.created_by_id) == (closing - timedelta(days=1), None)
    page = farmer.get("/farm/money").text
    assert f"结好了，正在办，{words_of(closing + timedelta(days=7))}前到手" in page
    sums = dict(re.findall(r"</svg> ([^<]+)</span><b>([^<]+)</b>", page))
    assert (sums["下次结给您"], sums["在办"]) == ("0 元", "35 元"), "both say the same of a draft"


def payout_of(session, household_id: int, status: PayoutStatus, of: str = "") -> int:
    now = utc_now()
    run = PayoutRun(number=f"P{of}-{household_id}-{status}", until=date(2026, 11, 1), created_at=now)
    if status is not PayoutStatus.DRAFT:
        run.approved_at = now
    paid_at = now if status is PayoutStatus.PAID else None
    payout = Payout(household_id=household_id, amount_fen=12345, status=status, paid_at=paid_at)
    run.payouts.append(payout)
    session.add(run)
    session.flush()
    return payout.id


def test_a_farmer_reads_what_was_paid_when_and_what_for_but_nobody_elses(county, farmer, unit_of_work):
    own, anothers = county.households[0]
    paid, draft, foreign = (
        unit_of_work.run(lambda s, of=of, status=status: payout_of(s, of, status))
        for of, status in ((own, PayoutStatus.PAID), (own, PayoutStatus.DRAFT), (anothers, PayoutStatus.PAID))
    )
    page = farmer.get("/farm/money").text
    assert f"/farm/money/{paid}" in page
    assert f"/farm/money/{draft}" not in page
    assert page.count("123 元 4 角 5 分") == 1, "a draft is in no list"
    assert f"{shanghai_date(utc_now()).day} 日 付的" in page
    assert "123 元 4 角 5 分" in farmer.get(f"/farm/money/{paid}").text
    for hidden in (draft, foreign):
        assert farmer.get(f"/farm/money/{hidden}").status_code == 404


def test_what_is_in_hand_stands_by_the_day_on_which_it_was_paid(county, farmer, unit_of_work):
    """A payout that the bank had sent back is paid again after later ones."""
    own = county.households[0][0]
    ids = [unit_of_work.run(lambda s, of=of: payout_of(s, own, PayoutStatus.PAID, of)) for of in ("A", "B")]
    late = sa.update(Payout).where(Payout.id == ids[0]).values(paid_at=utc_now() + timedelta(days=40))
    unit_of_work.run(lambda s: s.execute(late))
    page = farmer.get("/farm/money").text
    first, second = (page.index(f"/farm/money/{one}") for one in ids)
    assert first < second


def test_a_farmer_whose_money_nobody_takes_reads_why_it_does_not_come(county, farmer, place, unit_of_work):
    own = county.households[0][0]
    place({county.honey: 2})
    assert "还没登记谁收钱" not in farmer.get("/farm/money").text, "nothing is due"
    done = sa.update(Order).values(status=OrderStatus.COMPLETED, completed_at=utc_now())
    unit_of_work.run(lambda s: s.execute(done))
    assert "还没登记谁收钱" in farmer.get("/farm/money").text
    now = utc_now()
    cash = Payee(
        household_id=own, kind=PayeeKind.CASH, name_sealed="x", identity_sealed="x", usable_from=now, changed_at=now
    )  # fmt: skip
    unit_of_work.run(lambda s: s.add(cash))
    assert "还没登记谁收钱" not in farmer.get("/farm/money").text


def test_other_people_do_not_see_the_farmers_pages(client, county, coordinator):
    assert client.get("/farm/tasks").status_code == 302
    assert coordinator.get("/farm/tasks").status_code == 404


def test_the_list_takes_as_many_statements_for_fifty_tasks_as_for_five(
    county, farmer, place, engine, unit_of_work
):
    unit_of_work.run(lambda s: s.execute(sa.update(Lot).values(declared=500, available=500)))
    counts = []
    for more in (5, 45):
        for _ in range(more):
            place({county.honey: 1})
        farmer.get("/farm/tasks")  # the first page after a change also reads the shop's name
        with counted_statements(engine) as statements:
            assert farmer.get("/farm/tasks").status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 11


def test_many_lots_of_a_household_come_page_by_page_and_by_goods(county, farmer, unit_of_work):
    first = county.producers[0][0]
    assert "下一页" not in farmer.get("/farm/lots").text
    unit_of_work.run(lambda s: [add_lot(s, county, county.tea, first, 5, days=20 + day) for day in range(14)])
    shown = [farmer.get(f"/farm/lots?page={number}").text.count("份在卖") for number in (1, 2)]
    assert shown == [12, 4]
    honey = unit_of_work.run(lambda s: s.get_one(Variant, county.honey).product_id)
    assert f"/farm/lots?product={honey}" in farmer.get("/farm/lots").text
    assert farmer.get(f"/farm/lots?product={honey}").text.count("份在卖") == 1
    for strange in ("page=0", "page=x", "product=x", "product=999999", "page=9999999999"):
        assert farmer.get(f"/farm/lots?{strange}").status_code == 200


@pytest.mark.parametrize("typed", ["", "units=0&day=0", "units=x&day=0", "units=3&day=9", "units=3&day=-1"])
def test_a_lot_that_cannot_be_is_not_shown_to_be_declared(county, farmer, typed):
    at = f"/farm/lots/new/{county.honey}"
    answer = farmer.get(f"{at}/sure?{typed}")
    assert (answer.status_code, answer.location) == (303, at)


def test_a_lot_that_a_phone_sends_twice_is_one_lot(county, farmer, press, unit_of_work):
    at = f"/farm/lots/new/{county.tea}"
    sure = farmer.get(press(farmer, at, units="7", day="0").location).text
    [token] = re.findall(r'name="token"[^>]* value="([^"]+)"', sure)
    count = sa.select(sa.func.count(Lot.id))
    before = unit_of_work.run(lambda s: s.scalar(count))
    for _ in range(2):
        assert press(farmer, at, units="7", day="0", sure="1", token=token).status_code == 303
    assert unit_of_work.run(lambda s: s.scalar(count)) == before + 1
