"""The team's pages for orders from elsewhere."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import Unit
from shop.kit.clock import shanghai_date, utc_now
from shop.ledger.movements.models import BankMovement, MovementStatus
from shop.ordering.models import Order, OrderStatus
from shop.ordering.outside.models import OutsideOrder, OutsideSource
from shop.purchases.models import Funding
from shop.purchases.platform_models import PlatformImport, PlatformPurchase
from tests.integration.admin.conftest import (  # noqa: F401  the desk's own fixtures
    admin,
    clerk,
    desk_of,
    see,
    shop,
)
from tests.integration.outside.conftest import add_sources


@pytest.fixture
def sources(session, shop):  # noqa: F811
    session.execute(sa.text("UPDATE variants SET sku = upper(sku)"))
    found = add_sources(session)
    session.commit()
    return found


def fields(shop, sources, number="A-1", **more):  # noqa: F811
    today = shanghai_date(utc_now()).isoformat()
    return {
        "source_id": sources["group"], "number": number, "ordered_on": today, "goods-0-sku": "tea",
        "goods-0-units": "2", "goods-0-price": "60", "goods-1-sku": "", "recipient": "王小梅",
        "phone": "138 0000 0000", "delivery": "pickup", "point_id": shop.point_id, "paid_how": "transfer",
        "paid_on": today, **more,
    }  # fmt: skip


def only_order(see):  # noqa: F811
    return see(sa.select(Order))[0]


def test_an_order_is_entered_and_found_by_its_number_there(clerk, shop, sources, see):  # noqa: F811
    assert clerk.post("/admin/outside/new", **fields(shop, sources, " a-1001 ")).status_code == 303
    order = only_order(see)
    assert (order.status, order.total_fen) == (OrderStatus.CONFIRMED, 12_000)
    assert "A-1001" in clerk.get("/admin/outside", q="a-100").text
    found = clerk.get("/admin/orders", q="A-1001").text
    assert order.number in found
    assert "Staff group · A-1001" in found
    assert order.number not in clerk.get("/admin/orders", channel="gift").text
    assert order.number in clerk.get("/admin/orders", channel="outside", source=str(sources["group"])).text
    page = clerk.get(f"/admin/orders/{order.number}").text
    assert "Transfer to who collects" in page
    assert "Taken down from elsewhere" in page


def test_the_same_number_again_keeps_what_was_typed_and_leads_to_the_first(clerk, shop, sources, see):  # noqa: F811
    clerk.post("/admin/outside/new", **fields(shop, sources))
    answer = clerk.post("/admin/outside/new", **fields(shop, sources, recipient="另一位"))
    assert answer.status_code == 409
    assert f"/admin/orders/{only_order(see).number}" in answer.text
    assert "另一位" in answer.text
    assert len(see(sa.select(Order.id))) == 1


def test_mistakes_are_said_at_their_fields(clerk, shop, sources, see):  # noqa: F811
    wrong = {"goods-0-sku": "NOTHING", "goods-1-sku": "TEA", "point_id": "", "phone": "12"}
    answer = clerk.post("/admin/outside/new", **fields(shop, sources, **wrong))
    assert answer.status_code == 400
    for sentence in ("No pack has this SKU.", "Please fill this in.", "Please choose a pickup point."):
        assert sentence in answer.text
    assert clerk.post("/admin/outside/new", **fields(shop, sources, sum_fen="121")).status_code == 400
    assert see(sa.select(Order.id)) == []


def test_room_for_more_goods_loses_nothing(clerk, shop, sources, see):  # noqa: F811
    answer = clerk.post("/admin/outside/new", **fields(shop, sources, more="1"))
    assert answer.status_code == 200
    assert "goods-5-sku" in answer.text
    assert "王小梅" in answer.text
    assert see(sa.select(Order.id)) == []


def test_money_that_comes_later_is_said_on_the_orders_page(clerk, shop, sources, see):  # noqa: F811
    clerk.post("/admin/outside/new", **fields(shop, sources, paid_how="not_yet", paid_on=""))
    order = only_order(see)
    path = f"/admin/outside/orders/{order.number}/paid"
    today = shanghai_date(utc_now()).isoformat()
    assert path in clerk.get(f"/admin/orders/{order.number}").text
    clerk.post(path, paid_how="cash", paid_on="yesterday")
    assert only_order(see).status is OrderStatus.AWAITING_PAYMENT
    clerk.post(path, paid_how="cash", paid_on=today)
    assert only_order(see).status is OrderStatus.CONFIRMED


def test_a_table_is_looked_at_entered_and_sent_again(clerk, shop, sources, see):  # noqa: F811
    today = shanghai_date(utc_now()).isoformat()
    head = "订单号,下单日期,收货人,手机号,自提点,货号,数量,单价,付款方式,付款日期\n"
    table = head + f"T-1,{today},王,13800000000,图书馆北门,TEA,1,68,现金,{today}\n"

    def send(content):
        sent = {"file": (io.BytesIO(content.encode()), "t.csv"), "source_id": sources["group"]}
        return clerk.post("/admin/outside/import", **sent)

    wrong = send(table.replace("TEA", "CAKE"))
    assert wrong.status_code == 400
    assert "Row 2" in wrong.text
    page = send(table).text
    hidden = dict(re.findall(r'name="(digest|source_id|token)" value="([^"]+)"', page))
    done = clerk.post("/admin/outside/import/confirm", **hidden)
    assert "All of it is entered." in clerk.get(done.location).text
    again = send(table).text
    assert "All of it is entered already." in again
    assert len(see(sa.select(OutsideOrder.order_id))) == 1
    for kind in ("xlsx", "csv"):
        assert clerk.get(f"/admin/outside/import/template.{kind}").status_code == 200


def test_days_and_a_part_kept_that_cannot_be_are_refused(clerk, shop, sources, see):  # noqa: F811
    yesterday = (shanghai_date(utc_now()) - timedelta(days=1)).isoformat()
    for wrong, sentence in (
        ({"ordered_on": "1990-01-01", "paid_on": "1990-01-01"}, "more than a year ago"),
        ({"paid_on": yesterday}, "cannot be paid before it was ordered"),
        ({"fee_fen": "120.01"}, "cannot keep more than was paid in all: ¥120.00"),
    ):
        answer = clerk.post("/admin/outside/new", **fields(shop, sources, **wrong))
        assert answer.status_code == 400
        assert sentence in answer.text
        assert "王小梅" in answer.text
    assert see(sa.select(Order.id)) == []
    assert clerk.post("/admin/outside/new", **fields(shop, sources, fee_fen="120")).status_code == 303


def test_a_price_far_from_the_shops_own_is_asked_about(clerk, shop, sources, see):  # noqa: F811
    assert "prices_sure" not in clerk.get("/admin/outside/new").text
    for price in ("6.79", "680.01"):
        asked = clerk.post("/admin/outside/new", **fields(shop, sources, **{"goods-0-price": price}))
        assert asked.status_code == 400
        assert f"TEA: ¥{price} (¥68.00)" in asked.text
        assert "prices_sure" in asked.text
        assert "王小梅" in asked.text
    assert see(sa.select(Order.id)) == []
    sure = fields(shop, sources, prices_sure="y", **{"goods-0-price": "680.01"})
    assert clerk.post("/admin/outside/new", **sure).status_code == 303
    assert only_order(see).total_fen == 136_002


def test_a_table_with_far_prices_is_entered_once_they_are_said_to_be_right(clerk, shop, sources, see):  # noqa: F811
    today = shanghai_date(utc_now()).isoformat()
    head = "订单号,下单日期,收货人,手机号,自提点,货号,数量,单价,付款方式,付款日期\n"
    table = head + f"T-1,{today},王,13800000000,图书馆北门,TEA,2,6.5,现金,{today}\n"
    table += f"T-2,{today},王,13800000000,图书馆北门,TEA,3,,现金,{today}\n"
    sent = {"file": (io.BytesIO(table.encode()), "t.csv"), "source_id": sources["group"]}
    page = clerk.post("/admin/outside/import", **sent).text
    assert "¥6.50 was agreed, and the shop asks ¥68.00." in page
    assert "¥13.00" in page, "what an order comes to stands there, though the table does not say it"
    assert "¥204.00" in page
    hidden = dict(re.findall(r'name="(digest|source_id|token)" value="([^"]+)"', page))
    asked = clerk.post("/admin/outside/import/confirm", **hidden)
    assert asked.status_code == 400
    assert "¥6.50 was agreed" in asked.text
    assert see(sa.select(Order.id)) == []
    clerk.post("/admin/outside/import/confirm", prices_sure="y", **hidden)
    assert sorted(see(sa.select(Order.total_fen))) == [1_300, 20_400]


def test_a_source_hands_in_what_it_has(admin, desk_of, shop, sources, see):  # noqa: F811
    admin.post("/admin/outside/new", **fields(shop, sources))
    path = f"/admin/outside/money/{sources['group']}"
    said = {"how": "cash", "moved_on": shanghai_date(utc_now()).isoformat(), "bank_reference": "D-1"}
    assert "120.00" in admin.get("/admin/outside/money").text
    assert admin.post(path, amount="120.01", **said).status_code == 400
    assert admin.post(path, amount="120", **said).status_code == 303
    assert "waits for a second person" in admin.get(path).text
    assert "Staff group" in admin.get("/admin/books/movements").text
    waiting = see(sa.select(BankMovement))
    assert [(one.status, one.provider) for one in waiting] == [(MovementStatus.PROPOSED, "outside:group")]


def test_a_source_is_added_and_keeps_its_short_name(clerk, see):  # noqa: F811
    new = {
        "slug": "fair-26", "kind": "fair", "name_zh": "集市", "name_en": "Fair", "collector": "志愿者",
        "contact_phone": "13900000000", "fee_bp": "0.6", "wait_days": "3", "active": "y",
    }  # fmt: skip
    assert clerk.post("/admin/outside-sources/new", **new).status_code == 303
    row = see(sa.select(OutsideSource))[0]
    assert (row.slug, row.fee_bp, row.contact_phone) == ("fair-26", 60, "+8613900000000")
    assert clerk.post("/admin/outside-sources/new", **new | {"slug": "x" * 25}).status_code == 400


def test_reports_say_both_numbers_and_what_is_still_there(admin, shop, sources, see):  # noqa: F811
    admin.post("/admin/outside/new", **fields(shop, sources))
    orders = admin.get("/admin/reports/orders-from-elsewhere").text
    assert "A-1" in orders
    assert only_order(see).number in orders
    assert "120.00" in admin.get("/admin/reports/money-of-sources").text


@pytest.fixture
def on_platform(session, shop):  # noqa: F811
    """Number A-7 stands in a table of the public platform, for 88 yuan."""
    unit = Unit(slug="machines", name_zh="机械学院", name_en="Machines")
    session.add(unit)
    session.flush()
    sent = PlatformImport(digest="d" * 64, rows=1, amount_fen=8_800, imported_at=utc_now())
    session.add(sent)
    session.flush()
    row = PlatformPurchase(
        import_id=sent.id, order_number="A-7", item=1, bought_on=shanghai_date(utc_now()), unit_id=unit.id,
        funding=Funding.UNION, supplier="某合作社", county="", category="", product="大米", quantity=1,
        amount_fen=8_800,
    )  # fmt: skip
    session.add(row)
    session.commit()


def test_an_order_on_the_platform_is_entered_only_once_that_is_said(clerk, shop, sources, see, on_platform):  # noqa: F811
    typed = fields(shop, sources, "A-7")
    refused = clerk.post("/admin/outside/new", **typed)
    assert refused.status_code == 400
    assert "Yes, it is the same order" in refused.text
    assert see(sa.select(Order)) == []
    assert clerk.post("/admin/outside/new", **typed, platform_sure="y").status_code == 303
    assert len(see(sa.select(Order))) == 1


def test_a_table_says_which_orders_the_platform_has_and_asks(clerk, shop, sources, see, on_platform):  # noqa: F811
    today = shanghai_date(utc_now()).isoformat()
    head = "订单号,下单日期,收货人,手机号,自提点,货号,数量,单价,付款方式,付款日期\n"
    content = (head + f"A-7,{today},王,13800000000,图书馆北门,TEA,1,68,现金,{today}\n").encode()
    page = clerk.post(
        "/admin/outside/import", source_id=sources["group"], file=(io.BytesIO(content), "orders.csv")
    ).text
    assert "A-7 (¥88.00)" in page
    sent = dict(re.findall(r'name="(digest|source_id|token)" value="([^"]+)"', page))
    assert clerk.post("/admin/outside/import/confirm", **sent).status_code == 400
    assert see(sa.select(Order)) == []
    assert clerk.post("/admin/outside/import/confirm", **sent, platform_sure="y").status_code == 303
    assert len(see(sa.select(Order))) == 1
