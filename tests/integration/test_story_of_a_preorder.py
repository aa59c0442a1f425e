"""Tea that is not picked yet: said on a phone, pre-ordered, put off, picked. Everything goes through pages."""

from __future__ import annotations

import re

import sqlalchemy as sa

from shop.catalogue.models import Variant
from shop.inventory.models import Lot
from shop.ordering.preorder_models import DelayChoice, PreorderDelay
from shop.ordering.reasons import Reason
from shop.payments.models import Refund
from tests.factories.town import Town, link_in

TEA, POUCH = "yunwu-green-tea", "TEA-YW-250"


def only_what_is_to_come(town: Town) -> int:
    """Nothing of the pouch is there any more; returns the id of its variant."""

    def take_away(session) -> int:
        variant_id = session.scalars(sa.select(Variant.id).where(Variant.sku == POUCH)).one()
        lots = sa.update(Lot).where(Lot.variant_id == variant_id, Lot.expected_on.is_(None))
        session.execute(lots.values(withdrawn=Lot.withdrawn + Lot.available, available=0))
        return variant_id

    return town._read(take_away)


def expects(town: Town, variant_id: int) -> int:
    """The household says on its phone what it will have in three days; returns the lot."""
    phone = town.farmer().browser
    phone.open(f"/farm/lots/new/{variant_id}")
    phone.open(phone.link(r"/farm/lots/new/\d+/forecast"))
    asked = f"/farm/lots/new/{variant_id}/forecast"
    phone.send(asked, units="10", day="3", pct="80")
    assert "先让人订 8 份" in phone.text
    phone.send(asked)
    assert "8 份可预订" in phone.text
    return int(re.search(r"/farm/lots/(\d+)/harvest", phone.page)[1])


def test_what_is_not_picked_yet_is_ordered_with_its_day_and_prepared_when_it_is_picked(town: Town) -> None:
    variant_id = only_what_is_to_come(town)
    lot_id = expects(town, variant_id)
    town.adds_up()

    # The buyer sees the day and the rule before ordering, and both stay on the order.
    guest = town.guest()
    assert "预计 2026 年 11 月 26 日 周四前后采收" in guest.browser.open(f"/products/{TEA}", sku=POUCH).text
    assert "可预订 8 份" in guest.browser.client.get("/stock", query_string={"sku": POUCH}).json["label"]
    guest.puts_in_basket(TEA, POUCH, 2)
    assert "预订：11 月 26 日前后采收" in guest.browser.text
    assert "按下单先后供应" in guest.browser.open("/checkout").text
    address = {"province": "陕西省", "city": "西安市", "district": "碑林区", "street": "咸宁西路 28 号"}
    guest.orders(delivery="courier", **address)
    guest.pays_at_the_till()
    assert "等采收" in guest.looks_at_order()
    assert "如果采收推迟" in guest.browser.text
    assert "现在没有要备的货" in town.farmer().looks_at_tasks()
    town.adds_up()

    # It comes a week later: the guest is told once, and may wait or not.
    phone = town.farmer().browser
    phone.open(f"/farm/lots/{lot_id}/later")
    phone.send(f"/farm/lots/{lot_id}/later", day="7")
    phone.send(f"/farm/lots/{lot_id}/later")
    letter = town.letter("采收推迟了")
    assert "12 月 3 日" in letter.text
    assert "不等了，退款" in guest.follows(link_in(letter))
    town.adds_up()

    # It is picked, and prepared like anything else.
    town.waits(days=10)
    town.works("close_lots", "stock_states")
    phone.open(f"/farm/lots/{lot_id}/harvest")
    phone.send(f"/farm/lots/{lot_id}/harvest", units="10", day="0")
    assert "订出的 2 份马上要备" in phone.text
    phone.send(f"/farm/lots/{lot_id}/harvest")
    assert "高山云雾绿茶 250 克 纸袋" in town.farmer().looks_at_tasks()
    assert "不等了" not in guest.looks_at_order()
    town.adds_up()


def test_who_does_not_wait_has_the_money_back(town: Town) -> None:
    lot_id = expects(town, only_what_is_to_come(town))
    guest = town.guest()
    guest.puts_in_basket(TEA, POUCH, 2)
    address = {"province": "陕西省", "city": "西安市", "district": "碑林区", "street": "咸宁西路 28 号"}
    guest.orders(delivery="courier", **address)
    guest.pays_at_the_till()
    coordinator = town.coordinator().browser
    coordinator.open(f"/village/lots/{lot_id}")
    coordinator.send(f"/village/lots/{lot_id}/later", expected_on="2026-12-20")
    assert "已通知 1 位买家" in coordinator.text
    guest.looks_at_order()
    action = re.search(r'action="(/orders/[^"]+/delays/\d+/refund)"', guest.browser.page)[1]
    guest.browser.send(action)
    assert "这一单已取消" in guest.browser.text
    choices = town._read(lambda session: session.scalars(sa.select(PreorderDelay.choice)).all())
    reasons = town._read(lambda session: session.scalars(sa.select(Refund.reason)).all())
    assert (choices, reasons) == ([DelayChoice.REFUND], [Reason.PUT_OFF]), (
        "the harvest is why, not a change of mind"
    )
    town.works("send_refunds")
    town.adds_up()
