"""Baskets, orders and claims."""

from __future__ import annotations

from typing import Final

from shop.kit.text import msg
from shop.privacy.facts import (
    BOUGHT,
    BUYERS_PHOTO,
    BUYERS_WORDS,
    RECIPIENT,
    RECIPIENT_ADDRESS,
    RECIPIENT_CONTACT,
    SECRET,
    TAX,
)
from shop.privacy.mapping import (
    Gone,
    any_of,
    both,
    nobody,
    of_order,
    of_their_organisation,
    of_user,
    table,
    through,
)
from shop.privacy.words import Kept, Kind

_OWN = of_user("user_id")
_CLAIM = through("claim_id", "claims", of_order())
# What somebody made for an organisation is in their copy while they belong to it; an erasure finds all of it.
_ASKED = of_user("requested_by_id")
_ASKED_NOW = both(_ASKED, of_their_organisation())
_TITLE = TAX.but(law=False, kept=Kept.ORDER)

TABLES: Final = (
    *nobody("preorder_delays coupon_campaigns coupon_targets coupon_batches coupon_codes"),
    # Whose telephone a source has is its business contact, as it gave it to the shop.
    *nobody("outside_sources", but="contact_phone"),
    *nobody("outside_imports outside_refused"),
    # What lies on a shelf and what its cash box holds is of nobody; who counted stands in the audit trail, too.
    *nobody("shelves shelf_stock shelf_moves shelf_loads shelf_load_lines cash_counts"),
    table("outside_orders", msg("Orders from elsewhere"), whose=of_order(), gone=Gone.KEPT,
          plain="order_id source_id number ordered_on paid_how paid_on import_id entered_at"),
    table("basket_items", msg("What lies in a basket"), whose=through("basket_id", "baskets", _OWN),
          gone=Gone.ROW, plain="id basket_id", variant_id=BOUGHT.but(kept=Kept.MONTH),
          quantity=BOUGHT.but(kept=Kept.MONTH), added_at=BOUGHT.but(kept=Kept.MONTH)),
    table("basket_coupons", msg("Coupons in a basket"), whose=through("basket_id", "baskets", _OWN),
          gone=Gone.ROW, plain="basket_id of_freight", code_id=BOUGHT.but(kept=Kept.MONTH)),
    table("baskets", msg("Baskets"), whose=_OWN, gone=Gone.ROW, plain="id created_at updated_at",
          token_hash=SECRET.but(kept=Kept.MONTH)),
    table(
        "orders", msg("Orders"), whose=of_order("id"), gone=Gone.BLANK,
        plain="id number user_id unit_id counts_for_unit organisation_id channel language status delivery pickup_point_id run_id"
        " pickup_code"
        " payment_method invoice_kind goods_fen freight_fen packaging_fen discount_fen freight_off_fen total_fen refunded_fen money_back_at split_version gross_weight_g"
        " run_weight_g placed_at confirmed_at shipped_at completed_at cancel_requested_at cancelled_at province",
        checkout_token=SECRET.but(law=True, kept=Kept.BOOKS),
        recipient=RECIPIENT, phone=RECIPIENT_CONTACT, email=RECIPIENT_CONTACT, note=BUYERS_WORDS,
        city=RECIPIENT_ADDRESS, district=RECIPIENT_ADDRESS, street=RECIPIENT_ADDRESS,
        invoice_title=_TITLE, tax_number=_TITLE,
    ),
    table(
        "order_lines", msg("What was ordered"), whose=of_order(), gone=Gone.KEPT,
        plain="id order_id variant_id product_id seller_id sku product_name_zh product_name_en variant_name_zh"
        " variant_name_en family unit_price_fen former_price_fen price_until quantity line_fen discount_fen net_weight_g"
        " gross_weight_g tax_code tax_rate_bp tax_exempt return_exempt is_bundle expected_on expected_units"
        " preorder_terms",
    ),
    table("order_approvals", msg("Orders that an organisation approves"), whose=of_order(), gone=Gone.BLANK,
          plain="id order_id organisation_id amount_fen over state asked_at expires_at decided_at",
          reason=BUYERS_WORDS.but(instead="–")),
    table("order_procurement", msg("What an organisation's papers say of an order"), whose=of_order(), gone=Gone.KEPT,
          plain="order_id project_number project_name",
          handler=RECIPIENT.but(law=True, kept=Kept.BOOKS), acceptor=RECIPIENT.but(law=True, kept=Kept.BOOKS)),
    table("order_events", msg("History of orders"), whose=of_order(), gone=Gone.OWN_WAY,
          plain="id order_id at kind", facts=BUYERS_WORDS.but(hidden=True)),
    table("order_changes", msg("What was changed of paid orders"), whose=of_order(), gone=Gone.BLANK,
          plain="id order_id at kind by_team token difference_fen waived_fen supplement_id",
          before=RECIPIENT_ADDRESS.but(instead={}), after=RECIPIENT_ADDRESS.but(instead={}),
          reason=BUYERS_WORDS),
    table("pickup_passes", msg("Codes passed on to somebody"), whose=of_order(), gone=Gone.ROW,
          plain="id order_id made_at ended_at"),
    # What came off stays with the order; whose it was goes, and with it the count of that person.
    table("coupon_uses", msg("Coupons that were used"), whose=any_of(of_user("user_id"), of_order()), seen=of_order(),
          gone=Gone.BLANK, plain="id campaign_id code_id order_id of_freight off_fen state at changed_at", user_id=BOUGHT),
    table("coupon_counts", msg("How often somebody used a coupon"), whose=_OWN, gone=Gone.ROW,
          plain="campaign_id user_id", uses=BOUGHT),
    table("coupon_invited", msg("Coupons meant for somebody"), whose=_OWN, gone=Gone.ROW,
          plain="id campaign_id unit_id", user_id=BOUGHT.but(kind=Kind.CHOICE, kept=Kept.ACCOUNT)),
    *nobody(
        "quotation_items quotation_versions quotation_lines quotation_tiers quotation_agreements goods_receipts"
        " goods_receipt_lines organisation_prices"
    ),
    *nobody("canteen_goods canteen_orders canteen_lines refund_weights standing_lines standing_pauses standing_days"),
    table("standing_orders", msg("Standing orders of a canteen"), whose=_OWN, gone=Gone.BLANK,
          seen=both(_OWN, of_their_organisation()),
          plain="id organisation_id state name every_weeks weekdays first_on until_on days_before in_vacations delivery"
          " pickup_point_id province project_number project_name language made_at token",
          recipient=RECIPIENT, phone=RECIPIENT_CONTACT, note=BUYERS_WORDS, handler=RECIPIENT, acceptor=RECIPIENT,
          city=RECIPIENT_ADDRESS, district=RECIPIENT_ADDRESS, street=RECIPIENT_ADDRESS),
    table("standing_events", msg("What was done with a standing order"), whose=of_user("actor_id"), gone=Gone.KEPT,
          seen=both(of_user("actor_id"), through("standing_id", "standing_orders", of_their_organisation())),
          plain="id standing_id at kind facts"),
    table("weighings", msg("Weights that were accepted"), whose=of_user("written_by_id"), gone=Gone.KEPT,
          seen=both(of_user("written_by_id"), through("order_id", "orders", of_their_organisation())),
          plain="id order_id number state words written_at seconded_at refund_id reason shortage answer answered_at"),
    *nobody("weighing_lines"),
    table("quotations", msg("Quotations that were asked for"), whose=_ASKED, seen=_ASKED_NOW, gone=Gone.BLANK,
          plain="id number organisation_id state title wanted place two_accept requested_at waits_since decision token",
          contact=RECIPIENT, phone=RECIPIENT_CONTACT, words=BUYERS_WORDS),
    # A contract is its organisation's, with whoever signed it: bookkeeping law keeps it.
    table("quotation_contracts", msg("Stamped contracts"),
          whose=through("quotation_id", "quotations", _ASKED), gone=Gone.KEPT,
          seen=through("quotation_id", "quotations", _ASKED_NOW),
          plain="id quotation_id version_id kind digest size added_at", key=TAX.but(kind=Kind.PICTURE)),
    # Papers for reimbursement are an organisation's, whoever sent or asked for them.
    *nobody("reimbursement_packs reimbursement_papers"),
    # What a gift is, an organisation said; who receives it is of the people on its list. They have no account here: the
    # list is deleted some days after the gift was sent, and an order's row goes with an erasure of the order. They are
    # in nobody's copy, whoever ordered: who asks for their own is served by the desk (`privacy/received.py`).
    *nobody("gifts gift_items order_gifts gift_approvals gift_packagings"),
    # A gift's one transfer is its organisation's; who of finance said so is kept with the books.
    *nobody("joint_transfers"),
    table("gift_recipients", msg("Lists of gift recipients"), whose=of_order(), gone=Gone.BLANK, copied=False,
          plain="id gift_id row state province sends_both tries quoted_fen order_id",
          name=RECIPIENT.but(kept=Kept.QUARTER), phone=RECIPIENT_CONTACT.but(kept=Kept.QUARTER),
          address=RECIPIENT_ADDRESS.but(kept=Kept.QUARTER), city=RECIPIENT_ADDRESS.but(kept=Kept.QUARTER),
          district=RECIPIENT_ADDRESS.but(kept=Kept.QUARTER), street=RECIPIENT_ADDRESS.but(kept=Kept.QUARTER)),
    table("claims", msg("Claims"), whose=of_order(), gone=Gone.BLANK,
          plain="id order_id order_line_id kind units status opened_at rule decided_at request_token",
          text=BUYERS_WORDS, answer=BUYERS_WORDS.but(instead="–")),  # a decided claim has an answer
    table("claim_photos", msg("Photos of claims"), whose=_CLAIM, gone=Gone.OWN_WAY,
          plain="id claim_id state created_at", key=BUYERS_PHOTO),
)  # fmt: skip
