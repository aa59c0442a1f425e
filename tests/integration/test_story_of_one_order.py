"""What the shop is for, from the first look to the household's money. Everything goes through pages, as people see them.

Two pouches of tea at 128.00 cost 256.00. By the split rule the household gets 76 % of it: 194.56.
"""

from __future__ import annotations

from tests.factories.town import Town, link_in

TEA, POUCH = "yunwu-green-tea", "TEA-YW-250"
RUN = "XA-2026-48"
SOLD = {
    "household_payable": -19456, "packing_payable": -2048, "freight_payable": -2560, "village_fund": -1280,
}  # fmt: skip
RESERVE, FEE = 256, 154  # what the split sets aside for payment fees, and what the sandbox kept


def test_tea_travels_by_truck_to_campus_and_its_price_back_to_a_household(town: Town) -> None:
    # Monday: a guest finds tea by its pinyin, and pays. Until then the household hears nothing.
    guest, farmer = town.guest(), town.farmer()
    assert "高山云雾绿茶" in guest.finds("yunwu")
    guest.puts_in_basket(TEA, POUCH, 2)
    guest.orders(note="请轻放")
    assert "支付" in guest.follows(link_in(town.letter(guest.number)))
    assert "现在没有要备的货" in farmer.looks_at_tasks()
    assert town.income_of("mg-01") == (0, 19456)
    town.adds_up()

    assert "付款成功" in guest.pays_at_the_till()
    town.works("outbox")  # the provider's webhook says the same once more
    assert (
        town.books_of(guest.number) == {"provider_clearing": 25600 - FEE, "fee_reserve": FEE - RESERVE} | SOLD
    )
    assert town.income_of("mg-01") == (19456, 0)
    town.adds_up()

    # The household: what, how many, until when, what it earns; nothing of the buyer.
    page = farmer.looks_at_tasks()
    assert "高山云雾绿茶 250 克 纸袋" in page
    assert "您得 194 元 5 角 6 分" in page
    assert not any(word in page for word in ("林老师", "138", "256", "图书馆"))
    assert "接下了" in farmer.accepts()
    assert "备好了" in farmer.is_ready()
    town.adds_up()

    # Wednesday: the coordinator takes it in, packs it and loads the truck.
    town.waits(days=2)
    coordinator = town.coordinator()
    assert "李师傅家" in coordinator.looks_at_board()
    coordinator.receives(guest.number)
    parcel = coordinator.packs(guest.number)
    town.adds_up()
    coordinator.loads(RUN)

    # Friday: the truck leaves, arrives, and a volunteer hands the parcel over by its code.
    town.waits(days=2)
    coordinator.sends_off(RUN)
    assert "在路上" in guest.looks_at_order()
    town.adds_up()
    keeper = town.keeper()
    keeper.says_the_truck_is_here(RUN)
    code = guest.pickup_code()
    assert code in town.letter("可以取了").subject
    shown = keeper.looks_up(code)
    assert "林老师" in shown
    assert parcel in shown
    assert not any(word in shown for word in ("13800000000", "0000", "256"))
    assert "交给 林老师 1 包" in keeper.hands_over(code)
    town.adds_up()
    assert "已完成" in guest.confirms_receipt()
    assert "194 元 5 角 6 分" in farmer.looks_at_money()

    # The university proves it: report, books and draft payout say the same.
    admin = town.admin()
    (row,) = admin.exports("sales-by-day", **{"from": "2026-11-23", "to": "2026-11-27"})
    assert "256.00" in row.values()
    assert "194.56" in admin.looks_at_order(guest.number)
    assert "194.56" in admin.closes_payouts("2026-11-27")
    assert "¥256" in guest.follows("/impact")
    town.adds_up()


def test_a_courier_order_goes_on_to_another_household_when_one_declines(town: Town) -> None:
    buyer, farmer = town.buyer(), town.farmer()
    buyer.puts_in_basket(TEA, POUCH, 2)
    buyer.orders(delivery="courier")  # to the first address of the address book
    buyer.pays_at_the_till()

    assert "知道了，整单给别家" in farmer.declines("货不够")
    assert "现在没有要备的货" in farmer.looks_at_tasks()
    assert town.income_of("mg-01") == (0, 0)
    assert town.income_of("mg-05") == (19456, 0)
    town.adds_up()

    coordinator = town.coordinator()
    coordinator.acts_for("吴大姐家")
    coordinator.receives(buyer.number)
    parcel = coordinator.packs(buyer.number)
    coordinator.ships(parcel, "sf", "SF1234567890123")
    assert "SF1234567890123" in town.letter("上路了").text
    page = buyer.looks_at_order()
    assert "SF1234567890123" in page
    assert "吴大姐家" in page
    town.adds_up()

    # Nobody says anything for days: the order completes by itself, and the money is due.
    town.waits(days=15)
    town.works("close_lots", "complete_orders")
    assert "已完成" in buyer.signs_in_at(link_in(town.letter("上路了")))
    assert "194.56" in town.admin().closes_payouts("2026-12-08")
    town.adds_up()


def test_an_office_pays_by_transfer_and_an_admin_finds_it_on_the_statement(town: Town) -> None:
    office, farmer = town.buyer(), town.farmer()
    office.puts_in_basket(TEA, POUCH, 2)
    office.orders(
        "bank_transfer", invoice_kind="organisation", invoice_title="示例大学工会委员会",
        tax_number="81610000MC12345A9A",
    )  # fmt: skip
    page = office.browser.text
    assert "256.00" in page
    assert "请按下面转账" in page
    town.waits(days=1)
    town.works("release_holds")
    assert "现在没有要备的货" in farmer.looks_at_tasks()
    town.adds_up()

    assert office.number in town.admin().confirms_transfer(office.number, "256.00")
    assert town.books_of(office.number) == {"bank": 25600, "fee_reserve": -RESERVE} | SOLD
    assert "您得 194 元 5 角 6 分" in farmer.looks_at_tasks()
    assert "确认" in town.letter(office.number).subject
    town.adds_up()


def test_an_unpaid_order_is_cancelled_by_its_buyer_and_a_paid_one_refunded_by_an_admin(town: Town) -> None:
    buyer, farmer = town.guest(), town.farmer()
    buyer.puts_in_basket(TEA, POUCH, 2)
    buyer.orders()
    assert "已取消" in buyer.cancels()
    assert town.income_of("mg-01") == (0, 0)
    assert town.books_of(buyer.number) == {}
    town.adds_up()

    buyer.puts_in_basket(TEA, POUCH, 2)
    buyer.orders()
    buyer.pays_at_the_till()
    farmer.accepts()
    assert "已取消" in town.admin().calls_off(buyer.number, "买家改主意了")
    assert "现在没有要备的货" in farmer.looks_at_tasks()
    town.works("send_refunds")
    assert "256.00" in town.letter("退款").text
    assert town.books_of(buyer.number) == {"provider_clearing": -FEE, "fee_reserve": FEE}
    assert town.income_of("mg-01") == (0, 0)
    town.adds_up()
