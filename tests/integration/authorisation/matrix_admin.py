"""The back office: who may use which of its routes. Money takes the finance permission as well."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

from tests.factories import privacy_records
from tests.factories.planted_goods import TO_RECALL
from tests.factories.whole_shop import World
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


def kept(kind: str, name: str = "record_id") -> Target:
    """A record of this kind, under the name that the address gives it."""
    return record(name, lambda world: world.records[kind])


def together(absent: dict[str, Any], of: Callable[[World], dict[str, Any]]) -> Target:
    """Two records that belong to each other."""
    return Target(lambda world: {"*": of(world)}, absent, shared=True)


STORY_DRAFT = record("post_id", lambda world: world.records["posts"]["a"]["draft"])
STORY_PICTURE = together(
    {"post_id": ABSENT_ID, "picture_id": ABSENT_ID},
    lambda world: {
        "post_id": world.records["posts"]["a"]["shown"],
        "picture_id": world.records["posts"]["a"]["shown_picture"],
    },
)


def entity(name: str, kind: str) -> tuple[Row, ...]:
    """A list, a form for something new, and a form for what there is; an empty form is sent back with words."""
    return (
        get(f"admin.{name}", ADMINS),
        get(f"admin.{name}_new", ADMINS),
        post(f"admin.{name}_new", ADMINS, None, 400),
        get(f"admin.{name}_one", ADMINS, kept(kind)),
        post(f"admin.{name}_one", ADMINS, kept(kind), 400),
    )


ENTITIES = (
    entity("calendar", "calendar"),
    entity("canned_answers", "canned_answer"),
    entity("categories", "category"),
    entity("certificates", "certificate"),
    entity("compliance_classes", "compliance_class"),
    entity("freight_zones", "freight_zone"),
    entity("households", "household"),
    entity("organisations", "organisation"),
    entity("gift_packagings", "gift_packaging"),
    entity("outside_sources", "outside_source"),
    entity("packing_places", "packing_place"),
    entity("pairs", "pair"),
    entity("pickup_points", "point"),
    entity("products", "product"),
    entity("raw_goods", "raw_good"),
    entity("sellers", "seller"),
    entity("tax_rates", "variant_tax"),
    entity("units", "unit"),
    entity("villages", "village"),
    entity("workshops", "workshop"),
)
USER = record("user_id", lambda world: world.users["union"])
ORDER = Target(
    lambda world: {"*": {"number": world.orders["a"]["packed"].number}},
    {"number": targets.ABSENT_NUMBER},
    shared=True,
)
QUOTATION = Target(
    lambda world: {"*": {"number": world.records["quotations"]["buyer"]}}, {"number": "absent"}, shared=True
)
TALK = record("conversation_id", lambda world: world.records["talks"]["a"]["conversation"])
TALK_BY_CODE = together(
    {"code": targets.ABSENT_CODE}, lambda world: {"code": world.records["talks"]["a"]["code"]}
)
TALK_PHOTO = together(
    {"conversation_id": ABSENT_ID, "photo_id": ABSENT_ID},
    lambda world: {"conversation_id": world.records["talks"]["a"]["conversation"], "photo_id": ABSENT_ID},
)
UNCOLLECTED = together(
    {"code": targets.ABSENT_CODE}, lambda world: {"code": world.orders["a"]["here"].parcel}
)
ITS_PARCEL = Target(
    lambda world: {
        "*": {"number": world.orders["a"]["packed"].number, "code": world.orders["a"]["packed"].parcel}
    },
    {"number": targets.ABSENT_NUMBER, "code": targets.ABSENT_CODE},
    shared=True,
)
RETURNED = together(
    {"number": targets.ABSENT_NUMBER, "refund_line_id": ABSENT_ID},
    lambda world: {"number": world.orders["a"]["packed"].number, "refund_line_id": ABSENT_ID},
)
LOT_PHOTO = targets.photo_of(record("lot_id", lambda world: world.lots["b"]))
PICTURE = together(
    {"product_id": ABSENT_ID, "picture_id": ABSENT_ID},
    lambda world: {"product_id": world.records["pictured"], "picture_id": world.records["picture"]},
)
PAYOUT = Target(lambda world: {"*": {"number": world.records["payout"]}}, {"number": "absent"}, shared=True)
PAYOUT_PROOF = together(
    {"number": "absent", "proof_id": ABSENT_ID},
    lambda world: {"number": world.records["payout"], "proof_id": ABSENT_ID},
)
REPAYMENT = together({"repayment_id": ABSENT_ID}, lambda _world: {"repayment_id": ABSENT_ID})
ONE_PAYOUT = together(
    {"number": "absent", "payout_id": ABSENT_ID},
    lambda world: {"number": world.records["payout"], "payout_id": world.records["payout_id"]},
)
INVOICE = kept("invoice", "invoice_id")
VOUCHER = kept("voucher", "voucher_id")
INVOICE_FILE = together(
    {"invoice_id": ABSENT_ID, "file_id": ABSENT_ID},
    lambda world: {"invoice_id": world.records["invoice"], "file_id": world.records["invoice_file"]},
)
MEMBER = together(
    {"organisation_id": ABSENT_ID, "user_id": ABSENT_ID},
    lambda world: {"organisation_id": world.records["organisation"], "user_id": world.records["member"]},
)
WORKER = together(
    {"producer_id": ABSENT_ID, "user_id": ABSENT_ID},
    lambda world: {"producer_id": world.producers["mg-02"], "user_id": world.users["farmer"]},
)

LOT_CODE = Target(lambda _world: {"*": {"code": TO_RECALL}}, {"code": "ABSENT"}, shared=True)

COUNTED = together({"number": "ABSENT"}, lambda world: {"number": world.records["counted"]})

GOODS = (
    post("admin.publish_product", ADMINS, kept("product", "product_id"), 303, 400),
    post("admin.withdraw_product", ADMINS, kept("pictured", "product_id"), reason="断货"),
    get("admin.new_variant", ADMINS, kept("product", "product_id")),
    post("admin.new_variant", ADMINS, kept("product", "product_id"), 400),
    get("admin.variant", ADMINS, kept("variant", "variant_id")),
    post("admin.variant", ADMINS, kept("variant", "variant_id"), 400),
    post("admin.add_photo", ADMINS, kept("product", "product_id"), 400),
    post("admin.change_photo", ADMINS, PICTURE, position="1"),
    post("admin.remove_photo", ADMINS, PICTURE, 303, 404),  # the first of them removes it
    get("admin.hub_rates", ADMINS),
    get("admin.new_hub_rates", FINANCE),
    post("admin.new_hub_rates", FINANCE, None, 400),
    get("admin.split_rules", ADMINS),
    get("admin.new_split_rule", FINANCE),
    post("admin.new_split_rule", FINANCE, None, 400),
    get("admin.lots", ADMINS),
    get("admin.recalls", ADMINS),
    get("admin.expiring", ADMINS),
    get("admin.quotations", ADMINS),
    get("admin.quotation", ADMINS, QUOTATION),
    get("admin.quotation_version", ADMINS, QUOTATION),
    post("admin.quotation_version", ADMINS, QUOTATION, 400),
    post("admin.send_quotation", ADMINS, QUOTATION, version="1"),
    post("admin.decline_quotation", ADMINS, QUOTATION),
    get("admin.print_quotation", ADMINS, QUOTATION),
    get("admin.print_quotation_contract", ADMINS, QUOTATION),
    get(
        "admin.quotation_contract",
        ADMINS,
        together(
            {"number": "absent", "contract_id": ABSENT_ID},
            lambda world: {"number": world.records["quotations"]["buyer"], "contract_id": ABSENT_ID},
        ),
        404,
    ),
    get("admin.quotation_receipt", ADMINS, QUOTATION),
    get("admin.print_quotation_receipt", ADMINS, QUOTATION),
    post("admin.credit_quotation_receipt", FINANCE, QUOTATION, 404, bearer="shop"),
    post("admin.dispute_quotation_receipt", ADMINS, QUOTATION, 404, answer=""),
    post("admin.settle_canteen_weights", FINANCE, ORDER, 404),
    post("admin.credit_canteen_missing", FINANCE, ORDER, 404, bearer="shop"),
    post("admin.dispute_canteen_missing", ADMINS, ORDER, 404, answer=""),
    get("admin.canteen_goods", ADMINS),
    post("admin.canteen_goods", ADMINS, None, 400),
    post("admin.remove_canteen_good", ADMINS, None),
    get("admin.standing_prices", ADMINS),
    post("admin.standing_prices", ADMINS, None, 400),
    post("admin.remove_standing_price", ADMINS, None, 404),
    get("admin.coupon_campaigns", ADMINS),
    get("admin.new_coupon_campaign", ADMINS),
    post("admin.new_coupon_campaign", ADMINS, None, 400),
    get("admin.coupon_campaign", ADMINS, kept("coupon_campaign", "campaign_id")),
    post("admin.approve_coupon_campaign", FINANCE, kept("coupon_campaign", "campaign_id")),
    post(
        "admin.step_coupon_campaign",
        ADMINS,
        together(
            {"campaign_id": ABSENT_ID, "step": "pause"},
            lambda world: {"campaign_id": world.records["coupon_campaign"], "step": "pause"},
        ),
        decision="停一停",
    ),
    post("admin.resume_coupon_campaign", FINANCE, kept("coupon_campaign", "campaign_id")),
    post(
        "admin.extend_coupon_campaign",
        FINANCE,
        kept("coupon_campaign", "campaign_id"),
        last_day=targets.soon,
    ),
    post(
        "admin.make_coupon_codes",
        FINANCE,
        kept("coupon_campaign", "campaign_id"),
        count="1",
        label="卡片",
        kind="csv",
        token=targets.coupon_token,
    ),
    post(
        "admin.void_coupon_codes",
        ADMINS,
        together(
            {"campaign_id": ABSENT_ID, "batch_id": ABSENT_ID},
            lambda world: {
                "campaign_id": world.records["coupon_campaign"],
                "batch_id": world.records["coupon_batch"],
            },
        ),
    ),
    get("admin.prices", ADMINS),
    get("admin.price", ADMINS, kept("timed_price", "price_id")),
    post("admin.approve_timed_price", ADMINS, kept("timed_price", "price_id")),
    post("admin.decline_timed_price", ADMINS, kept("timed_price", "price_id"), decision="不降"),
    post("admin.end_timed_price", ADMINS, kept("timed_price", "price_id"), decision="卖完"),
    get("admin.new_price", ADMINS, kept("variant", "variant_id")),
    post(
        "admin.set_timed_price",
        ADMINS,
        kept("variant", "variant_id"),
        303,
        400,
        409,
        price_fen="1",
        last_day=targets.soon,
        reason="到期",
        token="set-price",
    ),
    get("admin.new_lot", ADMINS),
    post("admin.new_lot", ADMINS, None, 400),
    get("admin.lot", ADMINS, record("lot_id", lambda world: world.lots["b"])),
    post(
        "admin.correct",
        ADMINS,
        record("lot_id", lambda world: world.lots["b"]),
        303,
        400,
        units="899",
        reason="点数",
    ),
    post("admin.withdraw", ADMINS, record("lot_id", lambda world: world.lots["b"]), reason="受潮"),
    get("admin.lot_photo", ADMINS, LOT_PHOTO, 404),
    post("admin.pick_lot_photo", ADMINS, LOT_PHOTO, 404),
    post("admin.remove_lot_photo", ADMINS, LOT_PHOTO),
    get("admin.recall", ADMINS, LOT_CODE),
    post("admin.refuse_it", ADMINS, LOT_CODE, reason="复检合格"),
    post("admin.recall_it", ADMINS, LOT_CODE, reason_zh="检出超标"),
    get("admin.recall_file", ADMINS, LOT_CODE, 200, 404),  # the first of them recalls, another lifts
    post("admin.recall_made", ADMINS, LOT_CODE, 303, 404, made="NONE"),
    post("admin.give_back_charges", FINANCE, LOT_CODE, 303, 404),
    post("admin.refund_recall", FINANCE, LOT_CODE, 303, 404, bearer="shop"),
    post("admin.lift_it", ADMINS, LOT_CODE, reason="复检合格"),
    get("admin.lot_import", ADMINS),
    get("admin.lot_template", ADMINS, named({"kind": "csv"}, {"kind": "exe"})),
    post("admin.preview_lots", ADMINS, None, 400),
    post("admin.confirm_import", ADMINS, None, 404),  # of a table that nobody has sent
)
# Pressed before its keeper gives it out.
UNCOLLECTED_ROWS = (
    get("admin.uncollected", ADMINS),
    get("admin.uncollected_one", ADMINS, UNCOLLECTED),
    post("admin.do_uncollected", ADMINS, UNCOLLECTED, step="called", word="周五来取"),
    post("admin.put_uncollected_back", ADMINS, UNCOLLECTED),
)

ORDERS = (
    get("admin.dashboard", ADMINS),
    get("admin.inbox_pile", ADMINS, named({"pile": "messages"}, {"pile": "nothing"})),
    post("admin.do_work", ADMINS, named({"pile": "messages"}, {"pile": "nothing"}), deed="take", item="1"),
    get("admin.orders", ADMINS, q="26"),
    get("admin.order", ADMINS, ORDER),
    get("admin.order_invoice", FINANCE, ORDER),
    post("admin.ask_order_invoice", FINANCE, ORDER, 400),
    post("admin.complete_order", ADMINS, ORDER),
    get("admin.regroup_page", ADMINS, ITS_PARCEL),
    post("admin.regroup_parcel", ADMINS, ITS_PARCEL),
    post("admin.settle_parcel_report", ADMINS, ITS_PARCEL, word="补发了"),
    post("admin.settle_given_out_late", ADMINS, ITS_PARCEL, outcome="not_given", word="没有交出"),
    post("admin.take_next_truck", ADMINS, ORDER),
    post("admin.note_order", ADMINS, ORDER, text="已致电"),
    get("admin.conversations", ADMINS),
    post("admin.several_conversations", ADMINS),
    get("admin.conversation", ADMINS, TALK),
    get("admin.conversation_by_code", ADMINS, TALK_BY_CODE),
    post("admin.answer_buyer", ADMINS, TALK, text="周四到"),
    post("admin.note_conversation_seen", ADMINS, TALK),
    post("admin.note_conversation", ADMINS, TALK, note="问过村里"),
    post("admin.hand_conversation_over", ADMINS, TALK, assignee="0"),
    post("admin.ask_village_about", ADMINS, TALK, 400, question=""),
    post("admin.close_conversation", ADMINS, TALK),
    post("admin.reopen_conversation", ADMINS, TALK),
    get("admin.conversation_photo", ADMINS, TALK_PHOTO, 404),  # none is planted
    get("admin.thanks", ADMINS),
    post("admin.show_thanks", ADMINS, record("letter_id", lambda world: world.records["talks"]["a"]["desk_show"])),
    post("admin.keep_thanks_back", ADMINS, record("letter_id", lambda world: world.records["talks"]["a"]["desk_keep"]), reason="有电话"),
    get("admin.claims", ADMINS),
    get("admin.claim", ADMINS, kept("claim", "claim_id")),
    post("admin.decide", ADMINS, kept("claim", "claim_id"), 400, answer="马上补发"),
    post("admin.settle_claim", FINANCE, kept("claim", "claim_id"), reason="补发了"),
    get("admin.stories", ADMINS),
    get("admin.new_story", ADMINS),
    post("admin.new_story", ADMINS, None, 400),
    get("admin.story", ADMINS, STORY_DRAFT),
    post("admin.change_story", ADMINS, STORY_DRAFT, 400, title_zh=""),
    get("admin.preview_story", ADMINS, STORY_DRAFT),
    post("admin.choose_story_goods", ADMINS, STORY_DRAFT),
    post("admin.add_story_photo", ADMINS, STORY_DRAFT, 400),
    post("admin.describe_story_photo", ADMINS, STORY_PICTURE, alt_zh="霜"),
    post("admin.order_story_photos", ADMINS, STORY_DRAFT, order=""),
    post("admin.remove_story_photo", ADMINS, STORY_PICTURE, 303, 404),  # the first of them removes it
    post("admin.publish_story", ADMINS, STORY_DRAFT),
    post("admin.take_story_back", ADMINS, record("post_id", lambda world: world.records["posts"]["a"]["taken"]), reason="照片不对"),
    post("admin.send_story_back", ADMINS, record("post_id", lambda world: world.records["posts"]["b"]["offered"]), reason="请补照片"),
    get("admin.reviews", ADMINS),
    get("admin.review", ADMINS, kept("review", "review_id")),
    post("admin.answer", ADMINS, kept("review", "review_id"), 409, answer="谢谢"),  # not what was seen
    post("admin.hide", ADMINS, kept("review", "review_id"), 409, reason="advertising"),
    post("admin.publish", ADMINS, kept("review", "review_id")),
    get("admin.review_photo", ADMINS, kept("review_photo", "photo_id"), 404),  # no file is planted
    get("admin.claim_photo", ADMINS, kept("claim_photo", "photo_id"), 404),  # no file is planted; test_claims opens one
    post("admin.resend_order_message", ADMINS, ORDER, 303, 404, message="order_placed"),
    get("admin.order_paper", ADMINS, ORDER),
    get("admin.redirecting", ADMINS, ORDER),
    post("admin.redirect_it", ADMINS, ORDER, 400),  # nothing is chosen
    get("admin.changing_goods", FINANCE, ORDER),
    post("admin.change_goods", FINANCE, ORDER, 400),
    get("admin.closing", FINANCE, ORDER),
    post("admin.close_units", FINANCE, ORDER, reason="没有货"),
    get("admin.part_refund", FINANCE, ORDER),
    get("admin.goods_back", FINANCE, ORDER),
    post("admin.say_goods_back", FINANCE, ORDER, 400, reason="退回来了"),  # no goods are named
    post("admin.ask_for_part", FINANCE, ORDER, bearer="shop", free="1", reason="破了"),
    post("admin.write_off_returned", FINANCE, RETURNED, 404, reason="发霉"),  # nothing came back
    post("admin.refund_order", FINANCE, ORDER, reason="买家要求", token="once"),
    get("admin.tasks", ADMINS),
    post("admin.reassign_task", ADMINS, record("task_id", lambda world: world.orders["a"]["accepted"].tasks[0])),
)  # fmt: skip
SHELF = record("shelf_id", lambda world: world.records["shelves"]["point"]["shelf_id"])
CASH_COUNT = together(
    {"shelf_id": ABSENT_ID, "count_id": ABSENT_ID},
    lambda world: {name: world.records["shelves"]["point"][name] for name in ("shelf_id", "count_id")},
)
OUTSIDE = (
    get("admin.outside_orders", ADMINS, q="A-1"),
    get("admin.new_outside_order", ADMINS),
    post("admin.enter_order", ADMINS, None, 400),
    post("admin.say_paid_elsewhere", ADMINS, ORDER, 303, 404, paid_how="cash", paid_on="2026-01-01"),
    get("admin.outside_import", ADMINS),
    get("admin.outside_template", ADMINS, named({"kind": "csv"}, {"kind": "exe"})),
    post("admin.preview_outside", ADMINS, None, 400),
    post("admin.confirm_outside", ADMINS, None, 404),  # of a table that nobody has sent
    get("admin.outside_imports", ADMINS),
    get("admin.outside_imported", ADMINS, kept("outside_import", "import_id")),
    get("admin.outside_money", FINANCE),
    get("admin.outside_money_of", FINANCE, kept("outside_source", "source_id")),
    post("admin.hand_in_money", FINANCE, kept("outside_source", "source_id"), 400),
    get("admin.shelves_page", ADMINS),
    post("admin.open_new_shelf", ADMINS, None, 400),
    get("admin.shelf", ADMINS, SHELF),
    post("admin.bring_to_shelf", ADMINS, SHELF, 400),
    post("admin.count_box_for_keeper", FINANCE, CASH_COUNT, 400),
)
DEBTOR = kept("debtor", "organisation_id")
TERMS = together(
    {"organisation_id": ABSENT_ID, "terms_id": ABSENT_ID},
    lambda world: {"organisation_id": world.records["debtor"], "terms_id": world.records["terms"]},
)
WRITE_OFF = together(
    {"organisation_id": ABSENT_ID, "write_off_id": ABSENT_ID},
    lambda world: {"organisation_id": world.records["debtor"], "write_off_id": world.records["write_off"]},
)
MONEY = (
    get("admin.receivables", FINANCE),
    get("admin.receivable", FINANCE, DEBTOR),
    get("admin.organisation_account", FINANCE, DEBTOR),
    post("admin.remind_organisation", FINANCE, DEBTOR),
    post("admin.propose", FINANCE, DEBTOR, 400),
    get("admin.give_up", FINANCE, kept("debt", "payment_id")),
    post("admin.give_up_debt", FINANCE, kept("debt", "payment_id"), 400),
    post("admin.withdraw_giving_up", FINANCE, WRITE_OFF),
    post("admin.agree_to_give_up", FINANCE, WRITE_OFF),
    post("admin.approve_organisation_terms", FINANCE, TERMS),
    post("admin.end_organisation_terms", FINANCE, TERMS, reason="合同到期"),
    get("admin.money_work", FINANCE),
    post("admin.retry_failed_refund", FINANCE, kept("refund", "refund_id")),
    post("admin.refund_was_sent", FINANCE, kept("refund", "refund_id"), 404),  # it is no transfer
    post("admin.refund_was_resent", FINANCE, kept("refund", "refund_id")),
    post("admin.refund_was_sent_instead", FINANCE, kept("refund", "refund_id")),
    post("admin.ask_after_refund", FINANCE, kept("refund", "refund_id")),
    post("admin.ask_provider", FINANCE, kept("payment", "payment_id")),
    get("admin.reconcile", FINANCE),
    post("admin.confirm_receipts", FINANCE),
    get("admin.receipts", FINANCE),
    get("admin.receipt", FINANCE, kept("receipt", "line_id")),
    post("admin.match_receipt", FINANCE, kept("receipt", "line_id"), 400),
    post("admin.put_receipt_rest", FINANCE, kept("receipt", "line_id"), rest="rest_sent_back"),
    post("admin.set_receipt_aside", FINANCE, kept("receipt", "line_id"), reason="不是我们的"),
    post("admin.book_receipt_as_payout", FINANCE, kept("receipt", "line_id"), provider="sandbox"),
    post("admin.take_receipt_up", FINANCE, kept("receipt", "line_id")),
    post("admin.agree_to_rest", FINANCE, kept("rest_note", "note_id")),
    post("admin.withdraw_rest", FINANCE, kept("rest_note", "note_id")),
    get("admin.statement_import", FINANCE),
    post("admin.preview_statement", FINANCE, None, 400),
    post("admin.choose_statement_columns", FINANCE, None, 404),  # of a file that nobody has sent
    post("admin.confirm_statement", FINANCE, None, 404),
    post("admin.agree_to_proposal", FINANCE, kept("proposal", "proposal_id")),
    post("admin.withdraw_proposal", FINANCE, kept("proposal", "proposal_id")),
    get("admin.joint_transfer", FINANCE, kept("joint", "joint_id")),
    post("admin.agree_to_joint", FINANCE, kept("joint", "joint_id")),
    post("admin.take_joint_back", FINANCE, kept("joint", "joint_id")),
    get("admin.transfers", FINANCE),
    get("admin.transfer", FINANCE, kept("transfer", "payment_id")),
    post("admin.confirm_bank_transfer", FINANCE, kept("transfer", "payment_id"), 400),
    get("admin.invoices", FINANCE),
    get("admin.invoice", FINANCE, INVOICE),
    post("admin.record_issued_invoice", FINANCE, INVOICE, 400),
    post("admin.correct_invoice_number", FINANCE, INVOICE, 400),
    post("admin.retitle_invoice", FINANCE, INVOICE, 400),
    post("admin.merge_invoices", FINANCE, INVOICE),
    post("admin.take_order_out", FINANCE, INVOICE, 303, 404, order_id=str(ABSENT_ID)),
    post("admin.demand_red", FINANCE, INVOICE, 400),
    post("admin.red_asked", FINANCE, INVOICE, 400),
    post("admin.red_confirmed", FINANCE, INVOICE),
    post("admin.red_again", FINANCE, INVOICE, reason="逾期"),
    post("admin.drop_red", FINANCE, INVOICE, reason="不需要"),
    post("admin.red_issued", FINANCE, INVOICE, 400),
    post("admin.correct_red", FINANCE, INVOICE, 400),
    post("admin.attach_invoice_file", FINANCE, INVOICE),
    get("admin.invoice_file", FINANCE, INVOICE_FILE, 404),  # no file is planted; test_invoice_pages opens one
    post("admin.remove_invoice_file", FINANCE, INVOICE_FILE, 303, 404),  # the first of them removes it
    post("admin.reject_invoice", FINANCE, INVOICE, reason="税号不对"),
    post("admin.withdraw_invoice", FINANCE, INVOICE, reason="买家不要了"),
    get("admin.vouchers", FINANCE),
    get("admin.voucher", FINANCE, VOUCHER),
    post("admin.print_voucher", FINANCE, VOUCHER),
    post("admin.record_issued_voucher", FINANCE, VOUCHER, 400),
    post("admin.correct_voucher_number", FINANCE, VOUCHER, 400),
    post("admin.correct_red_of_voucher", FINANCE, VOUCHER, 400),
    post("admin.reverse_issued_voucher", FINANCE, VOUCHER, 400),
    post("admin.set_aside_voucher", FINANCE, VOUCHER, reason="农户已自行开票"),
    post("admin.take_up_voucher", FINANCE, VOUCHER),
    get("admin.payouts", FINANCE),
    get("admin.close_until", FINANCE),
    post("admin.close", FINANCE, None, 303, 400, until="2020-01-01"),
    get("admin.payout_run", FINANCE, PAYOUT),
    post("admin.payout_csv", FINANCE, PAYOUT),
    get("admin.payout", FINANCE, ONE_PAYOUT),
    get("admin.payslip", FINANCE, ONE_PAYOUT),
    get("admin.cash_receipts", FINANCE, PAYOUT),
    post("admin.approve_payouts", FINANCE, PAYOUT),
    post("admin.discard_payouts", FINANCE, PAYOUT, reason=""),
    post("admin.bank_file", FINANCE, PAYOUT),
    post("admin.bank_file_paid", FINANCE, PAYOUT, reference="B-1"),
    post("admin.mark_paid", FINANCE, ONE_PAYOUT, reference="B-1"),
    post("admin.sent_back", FINANCE, ONE_PAYOUT, reason="账号不符"),
    get("admin.advance", FINANCE),
    post("admin.repay_advance", FINANCE, None, 400),
    post(
        "admin.agree_to_advance_repaid", FINANCE, REPAYMENT, 404
    ),  # none is planted; test_advance_pages has one
    post("admin.withdraw_advance_repaid", FINANCE, REPAYMENT, 404),
    post("admin.take_advance_repaid_back", FINANCE, REPAYMENT, 404, reason="退回"),
    get("admin.movements", FINANCE),
    post("admin.write_movement", FINANCE, None, 400),
    post("admin.agree_to_moved", FINANCE, kept("movement", "movement_id")),
    post("admin.withdraw_moved", FINANCE, kept("movement", "movement_id")),
    post("admin.take_moved_back", FINANCE, kept("movement", "movement_id"), reason="记错了"),
    post("admin.agree_to_moved_back", FINANCE, kept("movement", "movement_id")),
    post("admin.let_moved_stand", FINANCE, kept("movement", "movement_id")),
    get("admin.receipts_missing", FINANCE),
    post("admin.attach_run_proof", FINANCE, PAYOUT),
    post("admin.attach_payout_proof", FINANCE, ONE_PAYOUT),
    get("admin.payout_proof", FINANCE, PAYOUT_PROOF, 404),  # no file is planted; test_payout_proofs opens one
    post("admin.remove_payout_proof", FINANCE, PAYOUT_PROOF, 404),
    get("admin.payees", FINANCE),
    get("admin.payee", FINANCE, kept("household", "household_id")),
    post("admin.reveal_payee", FINANCE, kept("household", "household_id"), reason="pay"),
    post("admin.set_household_payee", FINANCE, kept("household", "household_id"), 400),
    get("admin.household_account", FINANCE, kept("household", "household_id")),
    get("admin.books", FINANCE),
    get("admin.codes", FINANCE),
    post("admin.save_codes", FINANCE),
    get("admin.account", FINANCE, named({"name": "bank"}, {"name": "absent"}), 302),
    get("admin.entry", FINANCE, record("entry_id", lambda world: world.records["entry"])),
    get("admin.month", FINANCE, named({"month": "2026-01"}, {"month": "2026-13"})),
    post("admin.close_books", FINANCE, named({"month": "2020-01"}, {"month": "absent"})),
    post("admin.reopen_books", FINANCE, named({"month": "2020-01"}, {"month": "absent"}), reason="错账"),
    get("admin.reports", ADMINS),
    get("admin.report", ADMINS, targets.REPORT),
    get("admin.long_report", ADMINS, targets.REPORT, format="csv"),
    post("admin.long_report", ADMINS, targets.REPORT, format="csv"),
    get("admin.report_exports", ADMINS),
    get("admin.report_export", ADMINS, targets.EXPORT),
    post("admin.cancel_export", ADMINS, targets.EXPORT),
    get("admin.export_file", ADMINS, targets.EXPORT, 404),  # it waits still; test_long_files.py takes one
    get("admin.report_columns", ADMINS, targets.REPORT),
    post("admin.report_columns", ADMINS, targets.REPORT, 400),
    get("admin.report_views", ADMINS),
    get("admin.report_schedules", ADMINS),
    get("admin.plan_report", ADMINS, targets.REPORT_VIEW),
    post("admin.plan_report", ADMINS, targets.REPORT_VIEW, 400),
    get("admin.report_schedule", ADMINS, targets.SCHEDULE),
    post("admin.report_schedule", ADMINS, targets.SCHEDULE, do="pause"),
    get("admin.report_view", ADMINS, targets.REPORT_VIEW),
    post("admin.report_view", ADMINS, targets.REPORT_VIEW, do="begin"),
)
PLACES = (
    post("admin.open_household", ADMINS, kept("household"), 200, 400),
    post("admin.add_producer_worker", ADMINS, kept("workshop", "producer_id"), email="farmer2@demo.example"),
    post("admin.remove_producer_worker", ADMINS, WORKER, 303, 404),  # the first of them takes him out
    post(
        "admin.add_organisation_member",
        ADMINS,
        kept("organisation", "organisation_id"),
        email="buyer@demo.example",
    ),
    post("admin.attach_certificate_file", ADMINS, kept("certificate")),
    get("admin.certificate_file", ADMINS, targets.file_of(kept("certificate")), 404),
    post("admin.remove_certificate_file", ADMINS, targets.file_of(kept("certificate")), 404),
    post("admin.remove_organisation_member", ADMINS, MEMBER, 303, 404),
    post("admin.remove_days", ADMINS, kept("calendar"), 303, 404),  # the first of them removes it
    get("admin.runs", ADMINS),
    get("admin.plan_runs", ADMINS),
    post("admin.plan_runs", ADMINS, None, 400),
    get("admin.run", ADMINS, kept("run", "run_id")),
    get("admin.packing_slips", ADMINS, kept("run", "run_id")),
    post("admin.save_run", ADMINS, kept("run", "run_id"), 400),
    post("admin.move_run_orders", ADMINS, kept("run", "run_id")),
    post("admin.cancel_run", ADMINS, kept("run", "run_id")),
    post("admin.depart_run", ADMINS, kept("run", "run_id")),
    post("admin.undo_depart_run", ADMINS, kept("run", "run_id")),
    post("admin.arrive_run", ADMINS, kept("run", "run_id")),
    post("admin.undo_arrive_run", ADMINS, kept("run", "run_id")),
)
PEOPLE = (
    get("admin.users", ADMINS),
    get("admin.invite", ADMINS),
    post("admin.invite", ADMINS, None, 400),
    get("admin.user", ADMINS, USER),
    post("admin.save_user", ADMINS, USER, name="工会", phone="", unit_id=""),
    post("admin.save_roles", ADMINS, USER),
    post("admin.save_work", ADMINS, USER),
    post("admin.add_user_producer", ADMINS, WORKER),
    post("admin.remove_user_producer", ADMINS, WORKER, 303, 404),
    post("admin.disable", ADMINS, USER),
    post("admin.enable", ADMINS, USER),
    post("admin.sign_out", ADMINS, USER),
    post("admin.send_invitation", ADMINS, USER),
    post("admin.reset_factor", ADMINS, USER),
    get("admin.campus", ADMINS),
    get("admin.campus_identity", ADMINS, kept("campus_identity", "identity_id")),
    post("admin.end_campus_identity", ADMINS, kept("campus_identity", "identity_id"), reason="退休"),
    post("admin.readmit_campus_identity", ADMINS, kept("campus_identity", "identity_id")),
    get("admin.campus_units", ADMINS),
    get("admin.campus_unit", ADMINS, kept("campus_unit")),
    post("admin.map_unit", ADMINS, kept("campus_unit"), unit_id=""),
    get("admin.roster", ADMINS),
    get("admin.roster_import", ADMINS),
    get("admin.roster_template", ADMINS, named({"kind": "csv"}, {"kind": "exe"})),
    post("admin.preview_roster", ADMINS, None, 400),
    post("admin.confirm_roster", ADMINS, None, 404),  # of a table that nobody has sent
)  # fmt: skip
PURCHASES = (
    get("admin.unit_board", ADMINS),
    post("admin.remind_departments", ADMINS),
    get("admin.unit_target", ADMINS, kept("unit", "unit_id")),
    post("admin.unit_target", ADMINS, kept("unit", "unit_id"), 400),
    get("admin.statement", ADMINS),
    post("admin.compare_statement", ADMINS, kept("statement_export", "export_id")),
    get("admin.statement_layouts", ADMINS),
    get("admin.new_statement_layout", ADMINS),
    post("admin.new_statement_layout", ADMINS, None, 400),
    get("admin.statement_layout", ADMINS, named({"slug": "planted"}, {"slug": "absent"})),
    post("admin.statement_layout", ADMINS, named({"slug": "planted"}, {"slug": "absent"}), 400),
    *entity("purchase_buyers", "purchase_buyer")[:-1],
    post("admin.purchase_buyers_one", ADMINS, kept("purchase_buyer")),  # an empty form changes nothing
    *entity("origin_statuses", "origin_status"),
    get("admin.purchase_channels", ADMINS),
    post("admin.purchase_channels", ADMINS, None, 400),
    get("admin.purchase", ADMINS, COUNTED),
    post("admin.purchase", ADMINS, COUNTED),  # an empty form changes nothing
    get("admin.platform_orders", ADMINS),
    get("admin.platform_import", ADMINS),
    get("admin.platform_template", ADMINS, named({"kind": "csv"}, {"kind": "exe"})),
    post("admin.preview_platform", ADMINS, None, 400),
    post("admin.confirm_platform", ADMINS, None, 404),  # of a table that nobody has sent
    post("admin.take_back_platform", ADMINS, kept("platform_import", "import_id"), 303, 404),  # once
)
_REQUEST = named({"number": privacy_records.DESK}, {"number": privacy_records.ABSENT})
PRIVACY = (
    get("admin.privacy_requests", ADMINS),
    get("admin.new_privacy_request", ADMINS),
    post("admin.new_privacy_request", ADMINS, None, 400),
    get("admin.privacy_record", ADMINS),
    get("admin.file_looks", ADMINS),
    get("admin.privacy_request", ADMINS, _REQUEST),
    post("admin.copy_for_privacy_request", ADMINS, _REQUEST),
    post("admin.take_privacy_request", ADMINS, _REQUEST),
    post("admin.answer_privacy_request", ADMINS, _REQUEST, 400, answer=""),
    post("admin.propose_privacy_erasure", ADMINS, _REQUEST, 404),  # it asks for a copy
    post("admin.agree_to_privacy_erasure", ADMINS, _REQUEST, 404),
    post("admin.call_off_privacy_request", ADMINS, _REQUEST),
)
SHOP = (
    get("admin.messages", ADMINS),
    post(
        "admin.resend_message", ADMINS, kept("message", "message_id"), 303, 404
    ),  # the first of them sends it
    post("admin.resend_messages", ADMINS),
    get("admin.audit_trail", ADMINS),
    post("admin.verify_audit", ADMINS),
    get("admin.settings", ADMINS),
    post("admin.save_settings", ADMINS, None, 400, name_zh=""),
    get("admin.texts", ADMINS),
    get("admin.one_text", ADMINS, named({"name": "terms"}, {"name": "absent"})),
    post("admin.one_text", ADMINS, named({"name": "terms"}, {"name": "absent"}), 400),
)

ADMIN_ROWS: tuple[Row, ...] = (
    *chain(*ENTITIES),
    *GOODS,
    *ORDERS,
    *OUTSIDE,
    *MONEY,
    *PLACES,
    *PEOPLE,
    *PURCHASES,
    *PRIVACY,
    *SHOP,
)
