"""Forms that say more than they are asked, other prices, no quantities, and steps out of their order."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from shop.accounts.models import User, UserRole
from shop.catalogue.models import (
    PackingPlaceStaff,
    ProducerMember,
    Product,
    Variant,
    VillageCoordinator,
)
from shop.delivery.models import PointKeeper
from shop.inventory.models import Lot
from shop.ordering.models import BasketItem, Order, OrderStatus
from shop.payments.models import Payment, PaymentStatus, Refund
from tests.factories.page_forms import forms_of
from tests.whole_shop import ANONYMOUS, WholeShop

# What a hopeful person adds to every form.
MORE = {
    "role": "admin", "roles": "admin", "is_admin": "1", "finance": "1", "price": "0.01", "price_fen": "1", "total": "1",
    "total_fen": "1", "goods_fen": "1", "freight_fen": "0", "status": "completed", "paid": "1", "paid_at": "2020-01-01",
    "user_id": "9", "owner_id": "9", "id": "1", "stock": "999999", "available": "999999", "declared": "999999",
    "discount": "100", "village_id": "1", "producer_id": "1", "household_id": "1", "email_verified": "1",
    "confirmed_at": "2020-01-01", "active": "0", "earns_fen": "99999999", "household_fen": "99999999",
    "pickup_code": "000000", "refunded_fen": "0", "version": "99", "sold_units": "999", "from_price_fen": "1",
    "published_at": "2020-01-01", "stock_state": "available", "password_hash": "x", "totp_secret": "",
}  # fmt: skip
NO_QUANTITIES = (
    "-1", "0.5", "1e3", "NaN", "Infinity", "9223372036854775808", "-0", "+1", "1_000", "²", "٣", "१", "0x10", "1,00", "1,0000",
    "9" * 400, "", " ", "null", "[]", "1;2", "一", "true",
)  # fmt: skip


def count(shop: WholeShop, model: Any, *where: Any) -> int:
    return shop.read(
        lambda session: session.scalar(sa.select(sa.func.count()).select_from(model).where(*where))
    )


def what_must_not_move(shop: WholeShop) -> dict[str, list[Any]]:
    """Rights, prices, owners and money, as they are."""
    columns = {
        "rights": (UserRole.user_id, UserRole.role),
        "people": (User.id, User.email, User.active, User.password_hash, User.totp_confirmed_at),
        "coordinators": (VillageCoordinator.user_id, VillageCoordinator.village_id),
        "farmers": (ProducerMember.user_id, ProducerMember.producer_id),
        "staff": (PackingPlaceStaff.user_id, PackingPlaceStaff.packing_place_id),
        "keepers": (PointKeeper.user_id, PointKeeper.pickup_point_id),
        "prices": (Variant.id, Variant.price_fen),
        "products": (Product.id, Product.status, Product.sold_units),
        "orders": (Order.id, Order.user_id, Order.number, Order.total_fen, Order.pickup_code),
        "lots": (Lot.id, Lot.producer_id, Lot.variant_id),
        "paid": (Payment.id, Payment.order_id, Payment.amount_fen, Payment.status),
    }
    return {
        name: shop.read(lambda session, wanted=wanted: [tuple(row) for row in session.execute(sa.select(*wanted).order_by(*wanted[:2]))])
        for name, wanted in columns.items()
    }  # fmt: skip


def test_fields_that_nobody_asked_for_change_nothing(shop):
    orders = shop.world.orders
    address = {
        "recipient": "甲",
        "phone": "13800138000",
        "province": "陕西省",
        "city": "西安市",
        "district": "雁塔区",
        "street": "一路",
    }
    before = what_must_not_move(shop)
    sent = (
        ("buyer", "/account", {"name": "新名字", "phone": "", "unit_id": "", "language": "zh"}),
        ("buyer", "/account/addresses", address),
        ("buyer", f"/account/addresses/{shop.world.addresses['buyer']}", address),
        ("buyer", "/cart/items", {"sku": "SAFE-A", "quantity": "2"}),
        ("buyer", "/cart/items/SAFE-A", {"quantity": "1"}),
        ("buyer", f"/orders/{orders['a']['shipped'].number}/claim", {"text": "破了"}),
        ("buyer", f"/orders/{orders['a']['completed'].number}/reorder", {}),
        ("farmer", f"/farm/tasks/{orders['a']['open'].tasks[0]}/accept", {}),
        ("farmer", f"/farm/tasks/{orders['a']['accepted'].tasks[0]}/ready", {}),
        ("farmer", f"/farm/lots/{shop.world.lots['a']}/correct", {"units": "890"}),
        ("coordinator", f"/village/tasks/{orders['a']['ready'].tasks[0]}/receive", {}),
        ("coordinator", f"/village/lots/{shop.world.lots['a, in the village']}/correct", {"units": "891", "reason": "数错"}),
        ("coordinator", f"/village/parcels/{orders['a']['packed'].parcel}/ship", {"carrier": "sf", "tracking_number": "SF9999999999999"}),
        ("point", "/point/hand-over", {"code": orders["a"]["here"].pickup_code}),
        ("clerk", f"/admin/users/{shop.world.users['union']}", {"name": "工会", "phone": "", "unit_id": ""}),
        ("clerk", f"/admin/orders/{orders['a']['packed'].number}/note", {"text": "记一笔"}),
    )  # fmt: skip
    for person, path, form in sent:
        answer = shop.send(person, "POST", path, MORE | form)
        assert answer.status_code == 303, (path, answer.status_code)
    after = what_must_not_move(shop)
    assert {name for name in before if after[name] != before[name]} == set()


def test_a_product_form_sets_only_what_it_asks_for(shop):
    path = f"/admin/products/{shop.world.records['pictured']}"
    before = what_must_not_move(shop)
    page = shop.browser("clerk").get(path).text
    form = next(form for form in forms_of(page) if "name_zh" in form.names)
    extra = {name: value for name, value in MORE.items() if name not in form.names}
    fields = {name: values for name, values in form.fields.items() if name != "csrf_token"}
    assert shop.send("clerk", "POST", path, fields | extra | {"summary_zh": "好货"}).status_code == 303
    assert what_must_not_move(shop) == before


def test_a_new_account_is_a_buyers_whatever_the_form_says(shop):
    client = shop.new_browser()
    form = next(form for form in forms_of(client.get("/register").text) if "password" in form.names)
    typed = {"email": "hopeful@example.com", "password": "a quiet ridge in the mist", "agree": "y"}
    answer = client.post("/register", data=MORE | form.fields | typed | {"roles": ["admin", "finance"]})
    assert answer.status_code == 303
    roles = (
        sa.select(UserRole).join(User, User.id == UserRole.user_id).where(User.email == "hopeful@example.com")
    )
    assert shop.read(lambda session: session.scalars(roles).all()) == []
    assert count(shop, User, User.email == "hopeful@example.com") == 1


def checkout(shop: WholeShop, person: str, **changes: Any) -> Any:
    """Send the checkout form as it stands, with changes."""
    form = next(
        form
        for form in forms_of(shop.browser(person).get("/checkout").text)
        if "checkout_token" in form.names
    )
    fields = {name: values for name, values in form.fields.items() if name != "csrf_token"}
    fields |= {
        "delivery": "courier",
        "address_id": str(shop.world.addresses[person]),
        "payment_method": "sandbox",
    }
    return shop.send(person, "POST", "/checkout", fields | changes)


def newest_order(shop: WholeShop) -> Order:
    return shop.read(
        lambda session: session.scalars(sa.select(Order).order_by(Order.id.desc()).limit(1)).one()
    )


@pytest.mark.parametrize("seen", ["{}", '{"near": 0, "far": 0}', '{"x": -5000}', "[]", "null"])
def test_the_price_is_the_shops_whatever_the_form_says(shop, seen):
    """Neither prices nor freight in a form are believed: at most the buyer is shown the right ones again."""
    shop.send("buyer", "POST", "/cart/items", {"sku": "SAFE-A", "quantity": "1"})
    prices = {
        "price_fen": "1",
        "total_fen": "1",
        "goods_fen": "1",
        "freight_fen": "0",
        "line_fen": "1",
        "seen_freight": seen,
    }
    before = count(shop, Order)
    answer = checkout(shop, "buyer", **prices)
    if answer.status_code == 303:
        order = newest_order(shop)
        units = order.goods_fen // 5000
        assert order.goods_fen == 5000 * units > 0
        assert order.total_fen == order.goods_fen + order.freight_fen
        assert order.freight_fen > 0
    else:
        assert answer.status_code == 400
        assert count(shop, Order) == before
        shop.send("buyer", "POST", "/cart/items/SAFE-A", {"quantity": "0"})


def test_a_price_that_rises_while_somebody_reads_is_shown_and_not_charged(shop):
    shop.send("buyer2", "POST", "/cart/items", {"sku": "SAFE-B", "quantity": "1"})
    page = shop.browser("buyer2").get("/checkout").text
    form = next(form for form in forms_of(page) if "checkout_token" in form.names)
    fields = {name: values for name, values in form.fields.items() if name != "csrf_token"}
    fields |= {
        "delivery": "courier",
        "address_id": str(shop.world.addresses["buyer2"]),
        "payment_method": "sandbox",
    }
    raised = sa.update(Variant).where(Variant.sku == "SAFE-B")
    before = count(shop, Order)
    shop.read(lambda session: session.execute(raised.values(price_fen=7700)))
    answer = shop.send("buyer2", "POST", "/checkout", fields)
    assert answer.status_code == 400
    assert "77.00" in answer.text
    assert count(shop, Order) == before
    shop.read(lambda session: session.execute(raised.values(price_fen=5000)))


@pytest.mark.parametrize("typed", NO_QUANTITIES)
def test_what_is_no_quantity_is_refused_at_its_field(shop, typed):
    stored = sa.select(sa.func.coalesce(sa.func.max(BasketItem.quantity), 0))
    client = shop.browser(ANONYMOUS)
    client.post("/cart/items", data={"sku": "SAFE-A", "quantity": "1"})
    lot = shop.world.lots["a"]
    declared = shop.read(lambda session: session.get_one(Lot, lot).declared)
    answers = [
        client.post("/cart/items", data={"sku": "SAFE-A", "quantity": typed}),
        client.post("/cart/items/SAFE-A", data={"quantity": typed}),
        shop.send("farmer", "POST", f"/farm/lots/{lot}/correct", {"units": typed}),
        shop.send("coordinator", "POST", f"/village/lots/{shop.world.lots['a, in the village']}/correct", {"units": typed, "reason": "x"}),
        shop.send("clerk", "POST", f"/admin/lots/{lot}/correct", {"units": typed, "reason": "x"}),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [400] * 5
    program = client.post(
        "/cart/items", data={"sku": "SAFE-A", "quantity": typed}, headers={"Accept": "application/json"}
    )
    assert "quantity" in program.json["errors"]
    assert 0 <= shop.read(lambda session: session.scalar(stored)) <= 200
    assert shop.read(lambda session: session.get_one(Lot, lot).declared) == declared


def test_steps_out_of_their_order_change_nothing(shop):
    """Receipt before dispatch, cancelling what has left (which is said on the order), paying what is paid, thanks
    without money."""
    mine = shop.world.orders["b"]
    status = lambda stage: shop.read(lambda session: session.get_one(Order, mine[stage].id).status)  # noqa: E731
    payments = count(shop, Payment)

    def press(stage: str, step: str) -> int:
        return shop.send("buyer2", "POST", f"/orders/{mine[stage].number}/{step}").status_code

    assert press("open", "confirm") == 409
    assert press("awaiting", "confirm") == 409
    assert press("shipped", "cancel") == 303
    for stage in ("open", "shipped", "completed", "cancelled", "refunded"):
        assert press(stage, "pay") in {303, 409}, stage
    page = shop.browser("buyer2").get(f"/orders/{mine['awaiting'].number}/paid?lang=en").text
    assert (
        shop.browser("buyer2")
        .get(f"/orders/{mine['awaiting'].number}/paid?status=succeeded&paid=1")
        .status_code
        == 200
    )
    assert "Thank you" not in page
    assert count(shop, Payment) == payments
    assert {stage: status(stage) for stage in ("awaiting", "open", "shipped", "cancelled", "refunded")} == {
        "awaiting": OrderStatus.AWAITING_PAYMENT, "open": OrderStatus.CONFIRMED, "shipped": OrderStatus.SHIPPED,
        "cancelled": OrderStatus.CANCELLED, "refunded": OrderStatus.CANCELLED,
    }  # fmt: skip


def test_a_basket_changed_after_paying_began_changes_no_order(shop):
    order = shop.world.orders["b"]["awaiting"]
    before = shop.read(lambda session: session.get_one(Order, order.id).total_fen)
    shop.send("buyer2", "POST", f"/orders/{order.number}/pay")
    shop.send("buyer2", "POST", "/cart/items", {"sku": "SAFE-A", "quantity": "9"})
    after = shop.read(lambda session: session.get_one(Order, order.id).total_fen)
    asked = shop.read(lambda session: session.scalars(
        sa.select(Payment.amount_fen).where(Payment.order_id == order.id, Payment.status == PaymentStatus.PENDING)
    ).all())  # fmt: skip
    assert (after, asked) == (before, [before])


def test_money_goes_back_once_however_often_it_is_asked(shop):
    order = shop.world.orders["b"]["received"]
    form = {"reason": "买家要求", "token": "one-and-the-same"}
    for token in ("one-and-the-same", "one-and-the-same", "another", "", "third"):
        shop.send("admin", "POST", f"/admin/orders/{order.number}/refund", form | {"token": token})
    amounts = shop.read(
        lambda session: session.scalars(sa.select(Refund.amount_fen).where(Refund.order_id == order.id)).all()
    )
    assert amounts == [shop.read(lambda session: session.get_one(Order, order.id).total_fen)]


def test_the_books_still_add_up(shop):
    result = shop.app.test_cli_runner().invoke(args=["check"])
    assert result.exit_code == 0, result.output
