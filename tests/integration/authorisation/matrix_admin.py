"""The back office: who may use which of its routes. Money is for those who have the finance permission besides.

An empty form is answered by the form again (400): these rows ask who gets so far.
"""

from __future__ import annotations

from tests.integration.authorisation import targets
from tests.integration.authorisation.rows import (
    ABSENT_ID,
    ADMINS,
    FINANCE,
    Row,
    Target,
    get,
    named,
    post,
    record,
)


def _first(name: str) -> Target:
    """The seed makes one of each."""
    return record(name, lambda _world: 1)


def _pair(**names: int) -> Target:
    return named(names, dict.fromkeys(names, ABSENT_ID))


# A buyer of the demo's history, whom no test signs in.
SPARE_USER = record("user_id", lambda world: world.users["hub"] - 1)
SPARE_WORKER = Target(
    lambda world: {"*": {"user_id": world.users["hub"] - 1, "producer_id": 1}},
    {"user_id": ABSENT_ID, "producer_id": ABSENT_ID},
    shared=True,
)
ORDER = Target(
    lambda world: {"*": {"number": world.orders["a"]["open"].number}},
    {"number": targets.ABSENT_NUMBER},
    shared=True,
)
LOT = record("lot_id", lambda world: world.lots["a"])
PACKED_TASK = record("task_id", lambda world: world.orders["a"]["packed"].tasks[0])
PAYOUT = named({"number": "P00000000-0000"}, {"number": "absent"})


def _screens(endpoint: str) -> tuple[Row, ...]:
    """The list, the empty form and the form of one row of an entity."""
    one = _first("record_id")
    return (
        get(f"admin.{endpoint}", ADMINS),
        get(f"admin.{endpoint}_new", ADMINS),
        post(f"admin.{endpoint}_new", ADMINS, None, 400),
        get(f"admin.{endpoint}_one", ADMINS, one),
        post(f"admin.{endpoint}_one", ADMINS, one, 400),
    )


ENTITIES = (
    "calendar", "categories", "certificates", "compliance_classes", "freight_zones", "households",
    "organisations", "packing_places", "pickup_points", "products", "sellers", "units", "villages", "workshops",
)  # fmt: skip

ORDERS_AND_MONEY = (
    get("admin.orders", ADMINS),
    get("admin.order", ADMINS, ORDER),
    post("admin.refund_order", FINANCE, ORDER, 303, reason=""),
    post("admin.answer_buyer", ADMINS, ORDER, 303, text="x"),
    post("admin.note_order", ADMINS, ORDER, 303, text="x"),
    post("admin.resend_order_message", ADMINS, ORDER, 303, message="none"),
    get("admin.transfers", FINANCE),
    get("admin.transfer", FINANCE, _first("payment_id"), 200, 404),
    post("admin.confirm_bank_transfer", FINANCE, _first("payment_id"), 400, 404),
    get("admin.money_work", FINANCE),
    post("admin.retry_failed_refund", FINANCE, _first("refund_id"), 303),
    post("admin.refund_was_sent", FINANCE, _first("refund_id"), 303, 404),
    post("admin.ask_after_refund", FINANCE, _first("refund_id"), 303),
    post("admin.ask_provider", FINANCE, _first("payment_id"), 303),
    get("admin.payouts", FINANCE),
    get("admin.close_until", FINANCE),
    post("admin.close", FINANCE, None, 303),
    get("admin.payout_run", FINANCE, PAYOUT, 404),
    post("admin.payout_csv", FINANCE, PAYOUT, 404),
    get("admin.split_rules", ADMINS),
    get("admin.new_split_rule", FINANCE),
    post("admin.new_split_rule", FINANCE, None, 400),
)
GOODS = (
    post("admin.publish_product", ADMINS, _first("product_id"), 303, 400),
    post("admin.withdraw_product", ADMINS, _first("product_id"), 303, reason="x"),
    get("admin.new_variant", ADMINS, _first("product_id")),
    post("admin.new_variant", ADMINS, _first("product_id"), 400),
    get("admin.variant", ADMINS, _first("variant_id")),
    post("admin.variant", ADMINS, _first("variant_id"), 400),
    post("admin.add_photo", ADMINS, _first("product_id"), 303),
    post("admin.change_photo", ADMINS, _pair(product_id=1, picture_id=1), 404, position="1"),
    post("admin.remove_photo", ADMINS, _pair(product_id=1, picture_id=1), 404),
    get("admin.lots", ADMINS),
    get("admin.new_lot", ADMINS),
    post("admin.new_lot", ADMINS, None, 400),
    get("admin.lot", ADMINS, LOT),
    post("admin.correct", ADMINS, LOT, 400),
    post("admin.withdraw", ADMINS, LOT, 303, reason=""),
    get("admin.lot_import", ADMINS),
    get("admin.lot_template", ADMINS, named({"kind": "csv"}, {"kind": "absent"})),
    post("admin.preview_lots", ADMINS, None, 400),
    post("admin.confirm_import", ADMINS, None, 303, digest="0" * 64),
    get("admin.tasks", ADMINS),
    post("admin.reassign_task", ADMINS, PACKED_TASK, 303),
    get("admin.runs", ADMINS),
    get("admin.plan_runs", ADMINS),
    post("admin.plan_runs", ADMINS, None, 400),
    get("admin.run", ADMINS, _first("run_id")),
    post("admin.save_run", ADMINS, _first("run_id"), 400),
    post("admin.call_run_off", ADMINS, _first("run_id"), 303),
    post("admin.remove_days", ADMINS, _first("record_id"), 303, 404),
)
PEOPLE = (
    post("admin.open_household", ADMINS, _first("record_id"), 200, reason="call"),
    post("admin.add_producer_worker", ADMINS, _first("producer_id"), 303, email="nobody@mail.example"),
    post("admin.remove_producer_worker", ADMINS, _pair(producer_id=1, user_id=1), 303, 404),
    post(
        "admin.add_organisation_member",
        ADMINS,
        _first("organisation_id"),
        303,
        email="nobody@mail.example",
        role="x",
    ),
    post("admin.remove_organisation_member", ADMINS, _pair(organisation_id=1, user_id=1), 303, 404),
    get("admin.users", ADMINS),
    get("admin.invite", ADMINS),
    post("admin.invite", ADMINS, None, 400),
    get("admin.user", ADMINS, SPARE_USER),
    post("admin.save_user", ADMINS, SPARE_USER, 303, name="x"),
    post("admin.save_roles", ADMINS, SPARE_USER, 303),
    post("admin.save_work", ADMINS, SPARE_USER, 303),
    post("admin.add_user_producer", ADMINS, SPARE_WORKER, 303),
    post("admin.remove_user_producer", ADMINS, SPARE_WORKER, 303, 404),
    post("admin.sign_out", ADMINS, SPARE_USER, 303),
    post("admin.disable", ADMINS, SPARE_USER, 303),
    post("admin.enable", ADMINS, SPARE_USER, 303),
    post("admin.send_invitation", ADMINS, SPARE_USER, 303),
)
SHOP = (
    get("admin.dashboard", ADMINS),
    get("admin.reports", ADMINS),
    get("admin.report", ADMINS, targets.REPORT),
    get("admin.settings", ADMINS),
    post("admin.save_settings", ADMINS, None, 303),
    get("admin.texts", ADMINS),
    get("admin.one_text", ADMINS, targets.PAGE),
    post("admin.one_text", ADMINS, targets.PAGE, 400),
    get("admin.audit_trail", ADMINS),
    post("admin.verify_audit", ADMINS, None, 303),
    get("admin.messages", ADMINS),
    post("admin.resend_message", ADMINS, _first("message_id"), 404),
    post("admin.resend_messages", ADMINS, None, 303),
)
ADMIN_ROWS = (
    *(row for entity in ENTITIES for row in _screens(entity)),
    *(*ORDERS_AND_MONEY, *GOODS, *PEOPLE, *SHOP),
)
