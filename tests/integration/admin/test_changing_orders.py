"""The office changes a paid order: what it does is read first, and happens once it is pressed."""

from __future__ import annotations

import re

import sqlalchemy as sa

from shop.ordering.change_models import ChangeKind, OrderChange
from shop.ordering.models import Order
from shop.payments.models import Refund


def _hidden(page: str) -> dict[str, str]:
    form = page[
        page.index("<form", page.index("facts-2") if "facts-2" in page else page.index('class="sum"')) :
    ]
    return dict(re.findall(r'name="([\w-]+)"[^>]*?value="([^"]*)"', form[: form.index("</form>")]))


def _fields(hidden: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in hidden.items() if name not in ("csrf_token", "change", "sure")}


def test_a_recipient_is_changed_after_reading_that_no_money_moves(admin, paid, see):
    here = f"/admin/orders/{paid.number}"
    assert f'href="{here}/redirect"' in admin.get(here).text
    order = see(sa.select(Order).where(Order.number == paid.number))[0]
    stop = f"{order.pickup_point_id}:{order.run_id}"
    typed = {"recipient": "周老师", "phone": order.phone, "delivery": "pickup", "stop": stop, "token": "t"}
    shown = admin.post(f"{here}/redirect", **typed).text
    assert "Freight stays as it was paid." in shown
    assert see(sa.select(OrderChange)) == [], "only looked at"
    admin.post(f"{here}/redirect", **_fields(_hidden(shown)), sure="1")
    [change] = see(sa.select(OrderChange))
    assert (change.kind, change.by_team, change.after["recipient"]) == (ChangeKind.REDIRECTED, True, "周老师")
    assert "周老师" in admin.get(here).text
    assert "周老师" in admin.get(f"{here}/paper").text


def test_what_is_typed_wrong_stays_in_the_form(admin, paid):
    here = f"/admin/orders/{paid.number}/redirect"
    answer = admin.post(here, recipient="周老师", phone="12", delivery="pickup", stop="")
    assert answer.status_code == 400
    assert "周老师" in answer.text
    assert "Please choose a pickup point." in answer.text


def test_looking_at_fewer_goods_changes_nothing_and_who_has_no_finance_does_not_see_it(
    admin, clerk, paid, see
):
    here = f"/admin/orders/{paid.number}"
    assert clerk.get(f"{here}/goods").status_code == 404
    page = admin.get(f"{here}/goods").text
    name = re.search(r'name="(fewer-\d+)"', page).group(1)
    answer = admin.post(f"{here}/goods", **{name: "999", "token": "t"})
    assert answer.status_code == 409
    assert "can still be taken out" in answer.text
    assert admin.post(f"{here}/goods", **{name: "many"}).status_code == 400
    assert see(sa.select(OrderChange)) == []
    assert see(sa.select(Refund)) == []


def test_more_goods_are_an_order_beside_it_that_both_pages_name(admin, paid, see):
    here = f"/admin/orders/{paid.number}"
    assert '<option value="tea"' in admin.get(f"{here}/goods").text
    shown = admin.post(f"{here}/goods", **{"sku-0": "tea", "units-0": "1", "token": "t"}).text
    assert "it travels along" in shown
    assert see(sa.select(OrderChange)) == []
    admin.post(f"{here}/goods", **_fields(_hidden(shown)), sure="1")
    [change] = see(sa.select(OrderChange))
    [beside] = see(sa.select(Order.number).where(Order.id == change.supplement_id))
    assert beside in admin.get(here).text
    assert paid.number in admin.get(f"/admin/orders/{beside}").text
