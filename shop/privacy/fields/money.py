"""Payments, bank, books, payouts and invoices: what bookkeeping law keeps."""

from __future__ import annotations

from typing import Final

from shop.kit.text import msg
from shop.privacy.facts import EARNED, MONEY_WORDS, PAYEE, TAX, TEAM_WORDS
from shop.privacy.mapping import Gone, nobody, of_household, of_order, of_user, table, through
from shop.privacy.words import Kept, Kind

_PAID = through("payment_id", "payments", of_order())
_LINE = through("id", "bank_matches", _PAID, key="line_id")
_INVOICE = through("id", "invoice_orders", of_order(), key="invoice_id")
_PAYOUT = through("payout_id", "payouts", of_household())

TABLES: Final = (
    *nobody(
        "provider_events refund_lines claim_refunds disputes sandbox_sessions sandbox_refunds bank_statements"
        " bank_rest_notes bank_matches bank_columns transfer_proposals write_offs debt_reminders"
        " counted_purchases purchase_buyers purchase_channels unit_targets unit_reminders origin_statuses"
        " platform_imports platform_purchases statement_layouts statement_layout_versions statement_exports"
    ),
    table("payments", msg("Payments made"), whose=of_order(), gone=Gone.OWN_WAY,
          plain="id order_id attempt provider status amount_fen currency reference provider_ref charge_ref method"
          " created_at expires_at asked_at processing_since succeeded_at ended_at received_fen refunding_fen"
          " credited_fen fee_fen failure joint_id",
          request=PAYEE.but(purpose=msg("To be paid"), kept=Kept.ORDER, sensitive=False),
          redirect_url=PAYEE.but(purpose=msg("To be paid"), kept=Kept.ORDER, sensitive=False)),
    table("refunds", msg("Refunds"), whose=of_order(), gone=Gone.KEPT,
          plain="id payment_id order_id status amount_fen freight_fen free_fen bearer reference request_token"
          " provider_ref created_at asked_at settled_at failure is_credit sent_as", reason=TEAM_WORDS),
    table("bank_statement_lines", msg("Lines of bank statements"), whose=_LINE, gone=Gone.KEPT,
          plain="id statement_id row fingerprint booked_on booked_at amount_fen matched_fen serial status reason"
          " set_aside_at sent_as suspense_fen suspense_entries",
          payer=MONEY_WORDS.but(kind=Kind.NAME), payer_key=MONEY_WORDS, payer_account=MONEY_WORDS,
          remark=MONEY_WORDS),
    table("bank_payers", msg("Who paid for whom before"), whose=of_user("user_id"), gone=Gone.ROW,
          plain="id times last_at", payer_key=MONEY_WORDS.but(law=False, kept=Kept.ACCOUNT)),
    # Books
    *nobody(
        "account_codes journal_entries closed_months payout_runs payout_items payout_payers"
        " advance_repayments bank_movements proven_payouts"
    ),
    table("postings", msg("Books"), whose=of_household(), gone=Gone.KEPT,
          plain="id entry_id account household_id village_id order_line_id lot_id provider", amount_fen=EARNED),
    table("payees", msg("Who takes a household's money"), whose=of_household(), gone=Gone.ROW,
          plain="id household_id kind consented_at version usable_from changed_at",
          name_sealed=PAYEE.but(kind=Kind.NAME), identity_sealed=PAYEE.but(kind=Kind.IDENTITY),
          account_sealed=PAYEE, bank=PAYEE.but(hidden=False), relation=PAYEE.but(kind=Kind.NAME, hidden=False),
          contact_phone=PAYEE.but(kind=Kind.CONTACT, hidden=False)),
    table("payouts", msg("Payouts"), whose=of_household(), gone=Gone.KEPT,
          plain="id run_id household_id status attempt exported_at paid_at bank_reference in_cash",
          amount_fen=EARNED, failed_reason=TEAM_WORDS),
    table("payout_proofs", msg("Signed receipts"), whose=None, gone=Gone.KEPT,
          plain="id run_id kind digest size state added_at", key=MONEY_WORDS.but(kind=Kind.PICTURE)),
    # Invoices
    *nobody("tax_entries tax_documents number_series invoice_orders invoice_parts"),
    table("invoices", msg("Invoices issued"), whose=_INVOICE, gone=Gone.OWN_WAY,
          plain="id seller_id sequence number status kind requested_at replaces_id merged_into_id document_number"
          " amount_fen issued_at",
          title=TAX, tax_number=TAX, issued_title=TAX, issued_tax_number=TAX, reason=TEAM_WORDS,
          difference_reason=TEAM_WORDS),
    table("invoice_files", msg("Files of invoices"), whose=through("invoice_id", "invoices", _INVOICE),
          gone=Gone.KEPT, plain="id invoice_id red kind digest size added_at", key=TAX.but(kind=Kind.PICTURE)),
    table("red_letters", msg("Red letters"), whose=through("invoice_id", "invoices", _INVOICE), gone=Gone.KEPT,
          plain="id invoice_id status cause confirmation_number opened_at asked_at confirmed_at document_number"
          " issued_at", note=TEAM_WORDS),
    table("purchase_vouchers", msg("Purchase vouchers"), whose=of_household(), gone=Gone.KEPT,
          plain="id seller_id sequence number payout_id household_id status payee_kind opened_at document_number"
          " issued_at red_number reversed_at",
          name_sealed=MONEY_WORDS.but(kind=Kind.NAME, sensitive=True, hidden=True),
          identity_sealed=MONEY_WORDS.but(kind=Kind.IDENTITY, sensitive=True, hidden=True),
          relation=MONEY_WORDS.but(kind=Kind.NAME), amount_fen=EARNED, reason=TEAM_WORDS,
          reversal_reason=TEAM_WORDS),
)  # fmt: skip
