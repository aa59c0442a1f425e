"""What the audit trail's codes mean: what was done, and to what."""

from __future__ import annotations

from typing import Any, Final

from flask import url_for
from flask_babel import gettext

from shop.accounts.page_texts import PAGES
from shop.accounts.setting_specs import SETTINGS
from shop.kit.text import msg
from shop.ledger.models import Account
from shop.ledger.words import ACCOUNT_NAMES
from shop.reports.all_reports import REPORTS
from shop.web.admin.shop_desk import PAGE_NAMES

SUBJECTS: Final = {
    "account_code": msg("Account code"),
    "advance_repayment": msg("Repayment of an advance"),
    "bank_line": msg("Receipt"),
    "bank_movement": msg("Bank movement"),
    "bank_statement": msg("Bank statement"),
    "calendar_span": msg("Calendar"),
    "category": msg("Category"),
    "certificate": msg("Certificate"),
    "compliance_class": msg("Class of goods"),
    "freight_zone": msg("Freight zone"),
    "claim": msg("Claim"),
    "household": msg("Household"),
    "intake": msg("Slip of an intake"),
    "invoice": msg("Invoice"),
    "lot": msg("Lot"),
    "message": msg("Message"),
    "order": msg("Order"),
    "organisation": msg("Organisation"),
    "packaging": msg("Packaging"),
    "packing_place": msg("Packing place"),
    "pair": msg("Pairing"),
    "parcels": msg("Parcels"),
    "payment": msg("Payment"),
    "ledger_month": msg("Month of the books"),
    "payout_run": msg("Payout run"),
    "pickup_point": msg("Pickup point"),
    "producer": msg("Producer"),
    "product": msg("Product"),
    "raw_good": msg("Raw good"),
    "refund": msg("Refund"),
    "report": msg("Report"),
    "run": msg("Run"),
    "seller": msg("Seller"),
    "shop_setting": msg("Setting"),
    "split_rule": msg("How prices are divided"),
    "unit": msg("Department"),
    "user": msg("User"),
    "variant": msg("Pack"),
    "variant_tax": msg("Tax rate with one seller"),
    "village": msg("Village"),
    "voucher": msg("Purchase voucher"),
}
ACTIONS: Final = {
    "account_code.changed": msg("Account code changed"),
    "advance.proposed": msg("Said that an advance was repaid, for a second person to confirm"),
    "advance.repaid": msg("Advance repaid"),
    "advance.taken_back": msg("Repayment of an advance taken back"),
    "advance.withdrawn": msg("Word about the repayment of an advance taken back"),
    "calendar_span.removed": msg("Days removed from the calendar"),
    "card.ended": msg("Card that signs a phone in: taken back"),
    "card.issued": msg("Card that signs a phone in: made"),
    "claim.decided": msg("Claim decided"),
    "claim.settled": msg("Claim made good without a refund"),
    "compliance_class.demands": msg("Demanded certificates set"),
    "device.ended": msg("Phone of a household signed out"),
    "household.consent_withdrawn": msg("Consent withdrawn"),
    "household.consented": msg("Consent noted"),
    "household.read": msg("Record opened"),
    "intake.taken_back": msg("Slip taken back by a counter-entry"),
    "intake.weighed": msg("Raw goods weighed in"),
    "invoice.file_attached": msg("File attached to an invoice"),
    "invoice.file_removed": msg("File of an invoice removed"),
    "invoice.issued": msg("Invoice issued"),
    "invoice.merged": msg("Requests for an invoice put together"),
    "invoice.number_corrected": msg("Mistyped number of an invoice put right"),
    "invoice.rejected": msg("Request for an invoice rejected"),
    "invoice.retitled": msg("Title of a requested invoice changed"),
    "invoice.taken_apart": msg("Order taken off a request for an invoice"),
    "invoice.withdrawn": msg("Request for an invoice withdrawn"),
    "lot.bags_reprinted": msg("Labels on bags printed again"),
    "lot.corrected": msg("Units of a lot corrected"),
    "lot.declared": msg("Lot declared"),
    "lot.left_over": msg("Prepared goods whose order another household serves: first for the next one"),
    "lot.processed": msg("Lot made of what was weighed in"),
    "lot.processing_undone": msg("Processing undone, its lot emptied"),
    "lot.press_unused": msg("A change of a lot, sent too late by a phone without a network: not used"),
    "lot.photo_removed": msg("Photo of a lot deleted"),
    "lot.pledge_signed": msg("Conformity pledge of a lot signed"),
    "lot.recall_exported": msg("List of a recall taken as a file"),
    "lot.recall_lifted": msg("Recall of a lot lifted"),
    "lot.recall_proposed": msg("Recall of a lot proposed"),
    "lot.recall_refused": msg("Proposal to recall a lot not followed"),
    "lot.recalled": msg("Lot recalled"),
    "lot.forecast": msg("Lot declared before its harvest"),
    "lot.harvested": msg("Harvest of a lot declared"),
    "lot.put_off": msg("Harvest of a lot put off"),
    "lot.reopened": msg("Rest of a lot put on sale again"),
    "lot.repacked": msg("Lot packed anew from others"),
    "lot.returned": msg("Refunded units are for sale again"),
    "lot.written_off": msg("Refunded units written off"),
    "lot.withdrawn": msg("Rest of a lot taken off sale"),
    "lots.imported": msg("Lots imported"),
    "message.resent": msg("Message sent again"),
    "order.cancelled": msg("Order cancelled"),
    "order.completed_uncollected": msg("Order completed though nobody collected it"),
    "order.moved_to_next_truck": msg("Order moved to the next truck"),
    "order.parcel_report_settled": msg("What was reported of a parcel settled"),
    "proposal.answered": msg("Written down what a buyer said of units that nobody has"),
    "task.overridden": msg("Units given to another household than the rule says"),
    "order.units_closed": msg("Units that nobody had taken out of an order"),
    "organisation.member_removed": msg("Member removed"),
    "organisation.member_set": msg("Member set"),
    "packaging.added": msg("Packaging: added"),
    "packaging.counted": msg("Packaging counted"),
    "page.changed": msg("Page text: new version"),
    "password.changed": msg("Password changed"),
    "password.reset": msg("Password set anew"),
    "debt.write_off_proposed": msg("Giving up a debt proposed"),
    "debt.write_off_withdrawn": msg("Giving up a debt taken back"),
    "debt.written_off": msg("A debt given up"),
    "debts.reminded": msg("An organisation reminded of what it owes"),
    "movement.back_asked": msg("A second person asked to take a bank movement back"),
    "movement.booked": msg("Bank movement booked"),
    "movement.kept": msg("A bank movement stays as it is booked"),
    "movement.proposed": msg("Said that money moved at the bank, for a second person to confirm"),
    "movement.taken_back": msg("Bank movement taken back"),
    "movement.withdrawn": msg("Word about a bank movement taken back"),
    "month.closed": msg("Month closed"),
    "month.reopened": msg("Month opened again"),
    "parcels.table_fetched": msg("Packed parcels fetched as a carrier's table, with addresses"),
    "payee.revealed": msg("Looked at who takes a household's money"),
    "payee.set": msg("Who takes a household's money was changed"),
    "payout.approved": msg("Payouts approved"),
    "payout.bank_file": msg("Bank file made"),
    "payout.closed": msg("Payouts closed"),
    "payout.discarded": msg("Draft payouts discarded"),
    "payout.exported": msg("Payouts exported"),
    "payout.paid": msg("Payout paid"),
    "payout.proof_added": msg("Proof of a payout added"),
    "payout.proof_removed": msg("Proof of a payout removed"),
    "payout.returned": msg("Payout that came back"),
    "picture.added": msg("Photo added"),
    "picture.changed": msg("Photo changed"),
    "picture.removed": msg("Photo removed"),
    "producer.worker_added": msg("Somebody may work for a producer"),
    "producer.worker_removed": msg("Somebody works no more for a producer"),
    "product.published": msg("Product published"),
    "product.withdrawn": msg("Product taken out of the shop"),
    "red_letter.asked": msg("Red letter: confirmation asked for"),
    "red_letter.confirmed": msg("Red letter: confirmed by the buyer"),
    "red_letter.dropped": msg("Red letter: not needed after all"),
    "red_letter.number_corrected": msg("Mistyped number of a red letter put right"),
    "red_letter.issued": msg("Red letter issued"),
    "red_letter.opened": msg("Red letter: found to be needed"),
    "red_letter.refused": msg("Red letter: confirmation to be asked for again"),
    "raw_good.grades": msg("Grades or guide prices of a raw good changed"),
    "refund.resent": msg("Refund sent another way"),
    "refund.requested": msg("Refund asked for"),
    "report.exported": msg("Report exported"),
    "role.granted": msg("Role given"),
    "role.revoked": msg("Role taken away"),
    "run.arrival_undone": msg("Arrival of a truck taken back"),
    "run.arrived": msg("Truck arrived"),
    "run.cancelled": msg("Run called off"),
    "run.orders_moved": msg("Orders moved to this run"),
    "run.changed": msg("Run changed"),
    "run.departed": msg("Truck left"),
    "run.departure_undone": msg("Departure of a truck taken back"),
    "runs.planned": msg("Runs planned"),
    "second_factor.codes_renewed": msg("New recovery codes made"),
    "second_factor.disabled": msg("Second factor switched off"),
    "second_factor.enabled": msg("Second factor switched on"),
    "second_factor.recovery_code_used": msg("Signed in with a recovery code"),
    "second_factor.refused": msg("Wrong second factor"),
    "second_factor.reset": msg("Second factor reset for somebody"),
    "setting.changed": msg("Setting changed"),
    "sign_in": msg("Signed in"),
    "sign_in.by_card": msg("Phone signed in with a card"),
    "sign_in.by_code": msg("Phone signed in with a code"),
    "sign_in.refused": msg("Sign-in refused"),
    "split_rule.created": msg("New version of how prices are divided"),
    "statement.imported": msg("Bank statement imported"),
    "statement.line_sent_back": msg("Receipt, or what was left of it, sent back to the payer"),
    "statement.line_set_aside": msg("Receipt set aside"),
    "statement.line_taken_up": msg("Receipt taken up again"),
    "statement.sent_back_proposed": msg("Receipt said to be sent back, for a second person to confirm"),
    "statement.sent_back_taken_up": msg("Receipt that was sent back taken up again"),
    "statement.sent_back_withdrawn": msg("Word that a receipt was sent back taken back"),
    "statement.taken_up_proposed": msg(
        "Receipt that was sent back to be taken up again, for a second person to confirm"
    ),
    "statement.taken_up_withdrawn": msg("Word that a receipt be taken up again taken back"),
    "terms.approved": msg("Terms of an organisation approved"),
    "terms.ended": msg("Terms of an organisation ended"),
    "terms.proposed": msg("Terms of an organisation proposed"),
    "transfer.confirmed": msg("Bank transfer confirmed"),
    "transfer.found_on_statement": msg("Receipt put to a transfer that was confirmed before"),
    "transfer.proposal_withdrawn": msg("Word about a transfer taken back"),
    "transfer.proposed": msg("Said of a transfer, for a second person to confirm"),
    "transfer.sent_back": msg("Transferred back"),
    "user.changed": msg("Account changed"),
    "user.created": msg("Account made"),
    "user.disabled": msg("Account shut"),
    "user.enabled": msg("Account opened again"),
    "user.invited": msg("Invited again"),
    "user.registered": msg("Account registered"),
    "user.texts_chosen": msg("Text messages about tasks switched on or off"),
    "user.signed_out": msg("Signed out everywhere"),
    "user.work_changed": msg("Places of work changed"),
    "variant.contents_changed": msg("Contents of a gift box changed"),
    "voucher.red_corrected": msg("A mistyped number of a voucher's red letter was put right"),
    "voucher.corrected": msg("Number of a purchase voucher put right"),
    "voucher.issued": msg("Purchase voucher issued"),
    "voucher.revealed": msg("Looked at who is named on a purchase voucher"),
    "voucher.reversed": msg("Purchase voucher taken back by a red letter"),
    "voucher.set_aside": msg("Purchase voucher not needed"),
    "voucher.taken_up": msg("Purchase voucher needed after all"),
}
_VERBS: Final = {"created": msg("%(what)s: added"), "changed": msg("%(what)s: changed")}
_SETTINGS: Final = {spec.name: spec.label for spec in SETTINGS}
_PAGES: Final = {f"page.{name}": PAGE_NAMES[name] for name in PAGES}
# Subjects that are no row of a list.
_NO_ROWS: Final = {
    "unknown": msg("with an address that no account has"),
    "all": msg("all that could not be sent"),
}
# Subjects whose number or code leads to a screen of their own.
_SCREENS: Final = {
    "category": "categories_one", "certificate": "certificates_one", "compliance_class": "compliance_classes_one",
    "freight_zone": "freight_zones_one", "household": "households_one", "organisation": "organisations_one",
    "packing_place": "packing_places_one", "pair": "pairs_one", "pickup_point": "pickup_points_one", "product": "products_one",
    "raw_good": "raw_goods_one", "seller": "sellers_one", "unit": "units_one", "village": "villages_one",
}  # fmt: skip
_OWN_SCREENS: Final = {
    "invoice": ("invoices", "q"),
    "ledger_month": ("month", "month"),
    "order": ("order", "number"),
    "payout_run": ("payout_run", "number"),
    "user": ("user", "user_id"),
    "report": ("report", "name"),
    "variant": ("variant", "variant_id"),
    "voucher": ("vouchers", "q"),
}


def action_word(action: str) -> str:
    """What was done; an action that this table does not know stands as it was written."""
    if action in ACTIONS:
        return str(gettext(ACTIONS[action]))
    subject, _dot, verb = action.partition(".")
    if subject in SUBJECTS and verb in _VERBS:
        return str(gettext(_VERBS[verb], what=gettext(SUBJECTS[subject])))
    return action


def subject_word(subject_type: str) -> str:
    return str(gettext(SUBJECTS[subject_type])) if subject_type in SUBJECTS else subject_type


def subject_name(subject_type: str, subject_id: str, known: str) -> str:
    """Which one it was: `known` is its name where the caller found one."""
    if subject_type == "shop_setting":
        label = _SETTINGS.get(subject_id) or _PAGES.get(subject_id)
        return str(gettext(label)) if label else subject_id
    if subject_type == "account_code" and subject_id in ACCOUNT_NAMES:
        return str(gettext(ACCOUNT_NAMES[Account(subject_id)]))
    if subject_type == "report" and subject_id in REPORTS:
        return str(gettext(REPORTS[subject_id].title))
    if subject_id in _NO_ROWS:
        return str(gettext(_NO_ROWS[subject_id]))
    if not known and subject_id.isdigit():
        return str(gettext("number %(number)s", number=subject_id))
    return known or subject_id


def subject_href(subject_type: str, subject_id: str) -> str | None:
    if subject_type in _OWN_SCREENS:
        endpoint, argument = _OWN_SCREENS[subject_type]
        values: dict[str, Any] = {argument: subject_id}
        return url_for(f"admin.{endpoint}", **values) if _fits(subject_type, subject_id) else None
    if subject_type in _SCREENS and subject_id.isdigit():
        return url_for(f"admin.{_SCREENS[subject_type]}", record_id=int(subject_id))
    return None


def _fits(subject_type: str, subject_id: str) -> bool:
    if subject_type == "report":
        return subject_id in REPORTS
    return (
        subject_type in {"invoice", "ledger_month", "order", "payout_run", "voucher"} or subject_id.isdigit()
    )
