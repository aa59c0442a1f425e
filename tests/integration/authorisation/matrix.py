"""Every route of the shop and who may use it: one row for each endpoint and method.

Rows stand in the order in which they are pressed, so that a task is accepted before it is ready.
"""

from __future__ import annotations

from shop.accounts.passwords import DEMO_PASSWORD
from tests.factories.whole_shop import World
from tests.integration.authorisation import targets
from tests.integration.authorisation.matrix_admin import ADMIN_ROWS, UNCOLLECTED_ROWS
from tests.integration.authorisation.rows import (
    ANYBODY,
    BUYERS,
    COORDINATORS,
    FARMERS,
    KEEPERS,
    PEOPLE,
    Row,
    get,
    post,
)
from tests.integration.authorisation.targets import (
    farm_task,
    order,
    packing,
    parcel,
    prepared_task,
    received_task,
    waybill,
)


def _a_number_of_its_own(_world: World, person: str) -> str:
    """A number that somebody has already would be asked about."""
    return f"138001381{len(person):02d}"


PUBLIC_ROWS = (
    get("storefront.home", ANYBODY),
    get("storefront.products", ANYBODY, q="茶", sort="price"),
    get("storefront.product", ANYBODY, targets.PRODUCT),
    get("storefront.villages", ANYBODY),
    get("storefront.village", ANYBODY, targets.VILLAGE),
    get("storefront.impact", ANYBODY),
    get("storefront.trace", ANYBODY, targets.TRACE),
    get("storefront.suggestions", ANYBODY, q="xg"),
    get("storefront.stock", ANYBODY, sku="SAFE-A"),
    get("storefront.page", ANYBODY, targets.PAGE),
    get("storefront.media", ANYBODY, targets.MEDIA, 404),  # no picture is planted; test_uploads opens one
    get("storefront.division_names", ANYBODY),
    get("storefront.session_summary", ANYBODY),
    get("language.show", ANYBODY, lang="en", next="/products"),
    post("language.choose", ANYBODY, language="en", next="/products"),
    get("api-docs.openapi_json", ANYBODY),
    get("api_products.list_published", ANYBODY, page="1"),
    get("farm.worker", ANYBODY),
    get("farm.offline", ANYBODY),
    get("farm.manifest", ANYBODY),
    *(
        get(f"{face}.{name}", ANYBODY)
        for face in ("point", "village")
        for name in ("worker", "offline", "manifest")
    ),
    get("farm.login", ANYBODY),
    post("farm.send_code", ANYBODY, None, 400, phone=""),
    get("farm.login_code", ANYBODY, None, 303),  # nobody asked for a code
    post("farm.give_digits", ANYBODY, None, 303, code="000000"),
    get("farm.login_who", ANYBODY, None, 303),
    post("farm.choose_who", ANYBODY, None, 303, person="1"),
    # Nobody's card; test_household_people makes one.
    get("farm.show_card", ANYBODY, targets.CARD, 404),
    post("farm.enter_by_card", ANYBODY, targets.CARD, 404),
    get("health.healthz", ANYBODY),
    get("health.readyz", ANYBODY),
    get("health.read_metrics", ANYBODY, None, 404),  # nobody without the operator's token
    get("sandbox.show", ANYBODY, targets.SANDBOX_PAGE),
    post("sandbox.choose", ANYBODY, targets.SANDBOX_PAGE, outcome="later"),
    post("sms.replies", ANYBODY, None, 404),  # nobody where no provider is set; test_text_replies sets one
    post("storefront.webhook", ANYBODY, targets.PROVIDER, 400),  # nobody without the provider's signature
    post(
        "storefront.tracking_push", ANYBODY, targets.PROVIDER, 404
    ),  # this shop has nobody who follows parcels
)

BUYING_ROWS = (
    post("storefront.add_to_cart", ANYBODY, sku="SAFE-A", quantity="1"),
    post("storefront.change_cart", ANYBODY, targets.SKU, quantity="2"),
    get("storefront.cart", ANYBODY),
    get("storefront.checkout", ANYBODY),
    post("storefront.place", ANYBODY, None, 400),
    get("storefront.orders", PEOPLE),
    get("storefront.order", ANYBODY, order("open")),
    get("storefront.pay_page", ANYBODY, order("awaiting")),
    post("storefront.pay", ANYBODY, order("awaiting"), payment_method="bank_transfer"),
    get("storefront.paid_page", ANYBODY, order("awaiting")),
    get("storefront.paid_state", ANYBODY, order("awaiting")),
    get(
        "storefront.back_from_wechat", ANYBODY, order("awaiting"), 303
    ),  # nobody was asked: back to the choice
    post("storefront.cancel", ANYBODY, order("awaiting")),
    post(
        "storefront.give_up_delayed", ANYBODY, targets.LATE_HARVEST, 404
    ),  # no delay is planted; test_preorders gives one up
    get("storefront.receipt", ANYBODY, order("delivered")),
    post("storefront.confirm_receipt", ANYBODY, order("delivered")),
    get("storefront.missing", ANYBODY, order("shipped")),
    post("storefront.answer_missing", ANYBODY, order("shipped"), proposal=1),
    get("storefront.claim_page", ANYBODY, order("shipped")),
    post("storefront.claim", ANYBODY, order("shipped"), line="order", text="一袋破了"),
    get(
        "storefront.claim_photo", ANYBODY, targets.CLAIM_PHOTO, 404
    ),  # no photo is planted; test_claims opens one
    get("storefront.invoice_form", ANYBODY, order("shipped")),
    post("storefront.ask_invoice", ANYBODY, order("shipped"), invoice_kind="personal"),
    get(
        "storefront.order_invoice_file", ANYBODY, targets.INVOICE_FILE, 404
    ),  # no file is planted; test_invoice_pages opens one
    post("storefront.reorder", ANYBODY, order("completed")),
    post("storefront.make_pass", ANYBODY, order("open")),
    post("storefront.stop_pass", ANYBODY, order("open")),
    get("storefront.collect", ANYBODY, targets.PASS, 404),  # none was passed on
    get("storefront.find_order", ANYBODY),
    post("storefront.send_order_code", ANYBODY, None, 400, number="", phone=""),
    post("storefront.open_order_by_code", ANYBODY, None, 400, number="", phone="", code=""),
)

ACCOUNT_ROWS = (
    get("account.login", ANYBODY),
    post("account.sign_in", ANYBODY, None, 400, email="", password=""),
    get("account.login_code", ANYBODY),
    post("account.give_code", ANYBODY, code="000000"),
    get("account.register", ANYBODY),
    post("account.registered", ANYBODY, None, 400, email=""),
    get("account.reset", ANYBODY),
    post("account.ask_reset", ANYBODY, None, 400, email=""),
    get("account.new_password", ANYBODY),
    post("account.set_new_password", ANYBODY, None, 303, password=""),
    get("account.overview", PEOPLE),
    post("account.change_profile", PEOPLE, name="有名", phone="", unit_id="", language="zh"),
    get("account.addresses", PEOPLE),
    get("account.pairs", PEOPLE),
    get("account.messages", PEOPLE),
    post("account.choose_message_ways", PEOPLE, None, 400, orders="", parcels=""),
    post("account.set_message_robot", PEOPLE, None, 400, address="https://example.com/robot"),
    post("account.remove_message_robot", PEOPLE),
    get("account.new_address", PEOPLE),
    post("account.add_address", PEOPLE, recipient="新", phone="13800138000", province="陕西省", city="西安市",
         district="雁塔区", street="一路 1 号"),
    get("account.address", PEOPLE, targets.ADDRESS),
    post("account.change_address", PEOPLE, targets.ADDRESS, recipient="改", phone="13800138000", province="陕西省",
         city="西安市", district="雁塔区", street="二路 2 号"),
    post("account.delete_address", PEOPLE, targets.ADDRESS),
    get("account.security", PEOPLE),
    post("account.password_changed", PEOPLE, None, 400, current="wrong", password="irrelevant here"),
    get("account.verify", PEOPLE),
    post("account.verified", PEOPLE, password=DEMO_PASSWORD),
    get("account.second_factor", PEOPLE),
    post("account.enable_second_factor", PEOPLE, None, 400, code="000000"),
    post("account.new_recovery_codes", PEOPLE),
    post("account.disable_second_factor", PEOPLE),
    get("account.sessions", PEOPLE),
    post("account.end_one", PEOPLE, targets.SESSION),
    post("account.end_others", PEOPLE),
)  # fmt: skip

ORGANISATION_ROWS = (
    get("organisation.home", BUYERS, None, 302, 200),
    get("organisation.account", BUYERS, targets.ORGANISATION),
    get("organisation.statement", BUYERS, targets.ORGANISATION),
)

FARM_ROWS = (
    get("farm.home", FARMERS),
    get("farm.who_sends", FARMERS),
    post("farm.send", FARMERS, None, 400),  # a form is not what a phone sends
    post("farm.send_photo", FARMERS, None, 409),  # of nobody
    get("farm.tasks", FARMERS),
    get("farm.task", FARMERS, farm_task("open")),
    post("farm.accept_task", FARMERS, farm_task("open")),
    post("farm.ready_task", FARMERS, farm_task("open")),
    post("farm.undo_task", FARMERS, farm_task("open")),
    post("farm.decline_task", FARMERS, farm_task("accepted"), reason="货不够", sure="1"),
    get("farm.sure_to_decline", FARMERS, farm_task("open"), reason="货不够"),
    get("farm.how_short", FARMERS, farm_task("open")),
    post("farm.short_task", FARMERS, farm_task("accepted"), 400),
    get("farm.sure_of_short", FARMERS, farm_task("open")),
    get("farm.lots", FARMERS),
    get("farm.choose_goods", FARMERS),
    get("farm.choose_units", FARMERS, targets.VARIANT),
    get("farm.sure_to_declare", FARMERS, targets.VARIANT),
    post(
        "farm.declare", FARMERS, targets.VARIANT, producer=targets.own_producer, units="5", day="0", sure="y"
    ),
    get("farm.expect", FARMERS, targets.VARIANT),
    get("farm.sure_to_expect", FARMERS, targets.VARIANT),
    post(
        "farm.declare_expected",
        FARMERS,
        targets.VARIANT,
        producer=targets.own_producer,
        units="5",
        day="7",
        pct="80",
        sure="y",
    ),
    get("farm.later", FARMERS, targets.FARM_FORECAST),
    get("farm.sure_to_put_off", FARMERS, targets.FARM_FORECAST, day="7"),
    post("farm.put_off", FARMERS, targets.FARM_FORECAST, day="7", sure="y"),
    get("farm.bring_in", FARMERS, targets.FARM_FORECAST),
    get("farm.sure_to_harvest", FARMERS, targets.FARM_FORECAST, units="5", day="0"),
    post("farm.harvest", FARMERS, targets.FARM_FORECAST, units="5", day="0", sure="y"),
    get("farm.lot", FARMERS, targets.FARM_LOT),
    get("farm.lot_photo", FARMERS, targets.photo_of(targets.FARM_LOT), 404),
    post("farm.add_lot_photo", FARMERS, targets.FARM_LOT, 400),
    get("farm.sure_to_remove_photo", FARMERS, targets.photo_of(targets.FARM_LOT), 404),
    post("farm.remove_lot_photo", FARMERS, targets.photo_of(targets.FARM_LOT)),
    post("farm.correct", FARMERS, targets.FARM_LOT, units="901"),
    get("farm.sure_to_withdraw", FARMERS, targets.FARM_LOT),
    post("farm.withdraw", FARMERS, targets.FARM_LOT, sure="1"),
    post("farm.reopen", FARMERS, targets.FARM_LOT),
    get("farm.money", FARMERS),
    post("farm.choose_own_texts", FARMERS, wants="0"),
    get("farm.coming", FARMERS),
    get("farm.weighed", FARMERS),
    get("farm.payslip", FARMERS, targets.DRAFT_PAYOUT),
)

VILLAGE_ROWS = (
    get("village.who_sends", COORDINATORS),
    post("village.send", COORDINATORS, None, 400),
    post("village.send_photo", COORDINATORS, None, 409),
    get("village.board", COORDINATORS),
    get("village.work", COORDINATORS),
    get("village.task", COORDINATORS, received_task("ready")),
    post("village.undo_ready_task", COORDINATORS, prepared_task("ready")),
    post("village.ready_task", COORDINATORS, prepared_task("ready")),
    post("village.receive_task", COORDINATORS, received_task("ready")),
    post("village.undo_receive_task", COORDINATORS, received_task("ready")),
    post("village.accept_task", COORDINATORS, prepared_task("open")),
    post("village.short_task", COORDINATORS, prepared_task("accepted"), 400),
    post("village.decline_task", COORDINATORS, prepared_task("accepted"), reason="雨太大"),
    get("village.notice", COORDINATORS, None, 200, 404),  # the hub's staff has no village of its own
    get("village.other_household", COORDINATORS, prepared_task("accepted")),
    post("village.give_to_other", COORDINATORS, prepared_task("accepted"), 400),
    post("village.propose", COORDINATORS, prepared_task("accepted"), 400, allocation=1, wait_until="soon"),
    post(
        "village.answer_by_phone", COORDINATORS, prepared_task("accepted"), 404, proposal=1, answer="refund"
    ),  # nothing is proposed here; test_missing_pages answers one
    post("village.reassign_task", COORDINATORS, prepared_task("accepted")),
    post("village.give_back_task", COORDINATORS, received_task("ready")),
    get("village.producer", COORDINATORS, targets.PRODUCER),
    post("village.accept_for", COORDINATORS, targets.PRODUCER, task=targets.own_task("open")),
    post("village.ready_for", COORDINATORS, targets.PRODUCER, task=targets.own_task("open")),
    post("village.receive_from", COORDINATORS, targets.PRODUCER, task=targets.own_task("open")),
    get("village.task_slips", COORDINATORS, who="all"),
    get("village.households", COORDINATORS),
    get("village.household", COORDINATORS, targets.HOUSE),
    post("village.add_household_person", COORDINATORS, targets.HOUSE, name="家里人", phone=_a_number_of_its_own),
    post("village.choose_household_texts", COORDINATORS, targets.HOUSE_PERSON, wants="0"),
    post("village.make_card", COORDINATORS, targets.HOUSE_PERSON),
    post("village.end_household_card", COORDINATORS, targets.HOUSE_PERSON),
    post("village.end_household_device", COORDINATORS, targets.HOUSE_DEVICE),
    post("village.end_household_devices", COORDINATORS, targets.HOUSE_PERSON),
    post("village.remove_household_person", COORDINATORS, targets.HOUSE_PERSON),
    get("village.payouts", COORDINATORS),
    get("village.packing", COORDINATORS),
    get("village.taking_in", COORDINATORS),
    post("village.take_in", COORDINATORS, None, 400, code="999999"),
    get("village.order", COORDINATORS, packing("received", place=False)),
    post("village.pack", COORDINATORS, packing("received"), weight_g="800"),
    get("village.parcels", COORDINATORS, q="1"),
    get("village.parcel_labels", COORDINATORS),
    get("village.picking", COORDINATORS),
    get("village.ship_list", COORDINATORS),
    post("village.fetch_table", COORDINATORS, None, 200, carrier="sf", kind="csv"),
    post("village.read_table", COORDINATORS, None, 400),
    post("village.ship_many", COORDINATORS, None, 400, carrier="sf", lines="X"),
    get("village.parcel", COORDINATORS, parcel("packed")),
    get("village.waybills", COORDINATORS),
    post("village.ask_waybills", COORDINATORS, carrier="sf"),
    post("village.ask_waybill", COORDINATORS, parcel("packed"), carrier="sf"),
    post("village.ask_waybill_again", COORDINATORS, waybill("packed")),
    post("village.cancel_parcel_waybill", COORDINATORS, waybill("packed")),
    post("village.settle_waybill", COORDINATORS, waybill("packed")),
    post("village.ship", COORDINATORS, parcel("packed"), carrier="sf", tracking_number=targets.tracking_number),
    post("village.delivered", COORDINATORS, parcel("shipped")),
    post("village.undo_delivered_parcel", COORDINATORS, parcel("shipped")),
    post("village.undo_ship_parcel", COORDINATORS, parcel("packed")),
    post("village.unpack_parcel", COORDINATORS, parcel("waiting")),
    get("village.runs", COORDINATORS),
    get("village.run", COORDINATORS, targets.RUN),
    get("village.packing_slips", COORDINATORS, targets.RUN),
    post("village.load_parcels", COORDINATORS, targets.RUN, 303, 404, parcel=targets.own_parcel("loaded")),
    post("village.unload_parcel", COORDINATORS, targets.RUN, 303, 404, parcel=targets.own_parcel("loaded")),
    post("village.take_next_truck", COORDINATORS, packing("loaded", place=False)),
    get("village.lots", COORDINATORS),
    get("village.new_lot", COORDINATORS),
    post("village.declare", COORDINATORS, None, 303, 400, producer=targets.own_producer,
         variant=targets.own_variant, units="3", harvested_on=targets.today),
    get("village.expiring", COORDINATORS),
    get("village.prices", COORDINATORS),
    get("village.new_price", COORDINATORS, targets.SOLD_HERE),
    post("village.ask_price", COORDINATORS, targets.SOLD_HERE, 303, 409, price_fen="1", last_day=targets.soon,
         reason="到期", token=targets.price_token),
    get("village.counts", COORDINATORS),
    get("village.count_sheet", COORDINATORS),
    get("village.counts_made", COORDINATORS),
    get("village.counting", COORDINATORS, targets.VILLAGE_LOT),
    post("village.count", COORDINATORS, targets.VILLAGE_LOT, 303, 409, counted="1", seen="99999", reason="lost", token="count"),
    get("village.new_forecast", COORDINATORS),
    post("village.declare_forecast", COORDINATORS, None, 303, 400, producer=targets.own_producer,
         variant=targets.own_variant, units="3", expected_on=targets.soon, confidence_pct="80"),
    post("village.put_off", COORDINATORS, targets.VILLAGE_FORECAST, expected_on=targets.soon),
    post("village.harvest", COORDINATORS, targets.VILLAGE_FORECAST, units="5", harvested_on=targets.today),
    get("village.lot", COORDINATORS, targets.VILLAGE_LOT),
    get("village.lot_photo", COORDINATORS, targets.photo_of(targets.VILLAGE_LOT), 404),
    post("village.add_lot_photo", COORDINATORS, targets.VILLAGE_LOT, 400),
    post("village.remove_lot_photo", COORDINATORS, targets.photo_of(targets.VILLAGE_LOT)),
    post("village.correct", COORDINATORS, targets.VILLAGE_LOT, units="902", reason="数错了"),
    post("village.withdraw", COORDINATORS, targets.VILLAGE_LOT, reason="受潮"),
    post("village.reopen", COORDINATORS, targets.VILLAGE_LOT),
    get("village.intake", COORDINATORS),
    post("village.weigh", COORDINATORS, None, 303, 400, workshop=targets.at_workshop("producer"),
         grade=targets.at_workshop("grade"), household=targets.at_workshop("household"), weight="3.5"),
    get("village.slips", COORDINATORS, left="1"),
    get("village.slip", COORDINATORS, targets.of_workshop("intake_id", "intake")),
    get("village.print_slip", COORDINATORS, targets.of_workshop("intake_id", "intake")),
    post("village.take_slip_back", COORDINATORS, targets.of_workshop("intake_id", "intake"), reason="看错秤"),
    get("village.new_processing", COORDINATORS),
    post("village.make_lot", COORDINATORS, None, 400, units="1"),
    get("village.processings", COORDINATORS),
    get("village.processing", COORDINATORS, targets.of_workshop("processing_id", "processing")),
    post("village.undo_made_lot", COORDINATORS, targets.of_workshop("processing_id", "processing"), reason="打错"),
    get("village.packaging", COORDINATORS),
    get("village.new_packaging", COORDINATORS),
    post("village.add_to_packaging", COORDINATORS, None, 400, name_zh="袋"),
    get("village.one_packaging_stock", COORDINATORS, targets.of_workshop("stock_id", "stock")),
    post("village.receive_pieces", COORDINATORS, targets.of_workshop("stock_id", "stock"), units="5"),
    post("village.count_pieces", COORDINATORS, targets.of_workshop("stock_id", "stock"), counted="104", reason="数过"),
    post("village.change_alarm", COORDINATORS, targets.of_workshop("stock_id", "stock"), alarm_at="7", active="y"),
    get("village.own_report", COORDINATORS, targets.OWN_REPORT),
    get("village.bags", COORDINATORS, targets.VILLAGE_LOT),
    post("village.hand_out", COORDINATORS, targets.VILLAGE_LOT, count="2", token="bags"),
    post("village.reprint", COORDINATORS, targets.VILLAGE_LOT, 303, 400, first="1", last="1", reason="糊了", token="again"),
    get("village.bag_labels", COORDINATORS, targets.BAG_PRINT),
    get("village.repacking", COORDINATORS, targets.VILLAGE_LOT),
    post("village.repack_lots", COORDINATORS, targets.VILLAGE_LOT, 303, 400, units="1"),
    get("village.hub", COORDINATORS, None, 200, 404),  # only who works at the hub has it
    get("village.hub_requests", COORDINATORS),
    post("village.hub_merge", COORDINATORS, packing("received", place=False), 303, 404),
    # nothing is asked of the hub here; test_hub_pages does
    *(
        post(f"village.{name}", COORDINATORS, targets.REPACK_REQUEST, 404)
        for name in ("hub_repack", "hub_undo_repack", "hub_withdraw")
    ),
    get("village.pledge", COORDINATORS, targets.VILLAGE_LOT),
    post("village.sign", COORDINATORS, targets.VILLAGE_LOT, producer="一户", place="磨沟村", signed_by="一户", basis="promise"),
    post("village.keep_suppliers", COORDINATORS, targets.VILLAGE_LOT, 303, 400, number="SAFE-OWN", producer="供货方",
         place="安康", signed_by="供货方"),
    get("village.pledge_paper", COORDINATORS, targets.VILLAGE_LOT),
    get("village.recall", COORDINATORS, targets.VILLAGE_LOT),
    post("village.recall_proposed", COORDINATORS, targets.VILLAGE_LOT, reason_zh="发霉"),
    post("village.aside", COORDINATORS, targets.VILLAGE_LOT),
)  # fmt: skip

POINT_ROWS = (
    get("point.who_sends", KEEPERS),
    post("point.send", KEEPERS, None, 400),
    get("point.here", KEEPERS),
    get("point.expected", KEEPERS),
    get("point.uncollected_one", KEEPERS, targets.WAITING_PARCEL),
    post("point.do_uncollected", KEEPERS, targets.WAITING_PARCEL, step="remind"),
    post("point.put_uncollected_back", KEEPERS, targets.WAITING_PARCEL),
    get("point.uncollected", KEEPERS),
    post("point.find", KEEPERS, code=targets.own_pickup_code),
    get("point.pickup", KEEPERS),
    get("point.report", KEEPERS, targets.WAITING_PARCEL),
    post("point.send_report", KEEPERS, targets.WAITING_PARCEL, trouble="broken", word="压坏了"),
    post("point.give", KEEPERS, code=targets.own_pickup_code),
    post("point.take_back", KEEPERS, targets.GIVEN_PARCEL),
    post("point.call_back", KEEPERS, targets.WAITING_PARCEL),
    post("point.arrived", KEEPERS, targets.ARRIVING_RUN),
)

# Pressed last: a truck that has left takes no more parcels, and who has signed out may press nothing.
LAST_ROWS = (
    get("village.leaving", COORDINATORS, targets.RUN),
    post("village.depart_run", COORDINATORS, targets.RUN),
    post("village.undo_depart_run", COORDINATORS, targets.RUN),
    post("village.arrive_run", COORDINATORS, targets.RUN),
    post("village.undo_arrive_run", COORDINATORS, targets.RUN),
    post("account.logout", ANYBODY),
)

MATRIX: tuple[Row, ...] = (
    *PUBLIC_ROWS, *BUYING_ROWS, *ACCOUNT_ROWS, *ORGANISATION_ROWS, *FARM_ROWS, *VILLAGE_ROWS, *UNCOLLECTED_ROWS, *POINT_ROWS, *ADMIN_ROWS, *LAST_ROWS
)  # fmt: skip
