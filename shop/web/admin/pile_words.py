"""What stands in the inbox about one thing: its title, a note below it, and how long it has waited."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from flask_babel import gettext, ngettext

from shop.accounts.privacy_models import AskedFor
from shop.kit.text import msg
from shop.payments.work_list import WorkKind
from shop.privacy.desk import KIND_WORDS as REQUEST_WORDS
from shop.reports.piles import Item, Pile
from shop.web.admin.message_names import message_name
from shop.web.admin.money_work import WORDS as MONEY_WORDS
from shop.web.filters import bilingual, status_word, yuan
from shop.web.times import day, waited

# What stands below each thing of a pile and kind, whichever it is.
REPORTED: Final = {
    "broken": msg("Broken"),
    "missing": msg("Not at the point"),
    "given_late": msg("Given out too late"),
}
SAID_OF_ALL: Final = {
    (Pile.PLACES, ""): msg("Nobody packs here. Choose the village on a coordinator's page."),
    (Pile.INVOICES, "red"): msg("Red letter needed"),
    (Pile.INVOICES, "vouchers"): msg("Purchase vouchers to be issued"),
    (Pile.INVOICES, "red_vouchers"): msg("Purchase vouchers to be taken back: the bank sent the money back"),
    (Pile.RECEIPTS, "second"): msg("Waits for a second person"),
    (Pile.DEBTS, "terms"): msg("New terms wait for a second person"),
    (Pile.DEBTS, "write_off"): msg("Giving up a debt waits for a second person"),
    (Pile.DEBTS, "overdue"): msg("Past due"),
    (Pile.QUOTATIONS, "short"): msg("Goods are missing, says the organisation"),
    (Pile.QUOTATIONS, "requested"): msg("Asks for an offer"),
    (Pile.QUOTATIONS, "changes"): msg("Wants another version"),
    (Pile.WEIGHINGS, "unnamed"): msg("An amount was refunded without saying for which goods"),
    (Pile.WEIGHINGS, "alone"): msg("Nobody else there can confirm what was weighed"),
    (Pile.PAYOUTS, "second"): msg("Waits for a second person"),
    (Pile.PAYOUTS, "unpaid"): msg("Approved, not all of it is paid"),
    (Pile.ADVANCES, "second"): msg("Waits for a second person"),
    (Pile.ADVANCES, "repayable"): msg("The buyers' money has come and can go back to the lender"),
    (Pile.CASH, "second"): msg("Waits for a second person"),
    (Pile.MOVEMENTS, "second"): msg("Waits for a second person"),
    (Pile.PRIVACY, "overdue"): msg("Overdue: answer today"),
    (Pile.PRIVACY, "second"): msg("Waits for a second person"),
    (Pile.PRIVACY, "held_back"): msg("The erasure waits: something is still open"),
    (Pile.PAYEES, ""): msg("Nobody is named yet who takes this household's money."),
}
STATUS_KINDS: Final = {Pile.CERTIFICATES: "certificate", Pile.STOCK: "stock"}


def title_of(pile: Pile, item: Item) -> str:
    if pile is Pile.MESSAGES:
        return message_name(item.kind)
    if pile is Pile.CONVERSATIONS:
        return " · ".join(filter(None, (gettext(item.text_en), item.kind)))
    text = bilingual(item, "text")
    return text if item.amount_fen is None else f"{text} · {yuan(item.amount_fen)}"


def note_of(pile: Pile, item: Item) -> str:
    if pile is Pile.TASKS:
        nobody = item.kind == "nobody"
        why = gettext("Nobody else has the goods") if nobody else gettext("No word from the household")
        return f"{bilingual(item, 'detail')} · {why}"
    if (pile, item.kind) in SAID_OF_ALL:
        return str(gettext(SAID_OF_ALL[pile, item.kind]))
    if pile is Pile.MONEY:
        return str(gettext(MONEY_WORDS[WorkKind(item.kind)]))
    if pile is Pile.LOTS:
        return str(ngettext("%(num)s unit left", "%(num)s units left", int(item.kind)))
    if pile in STATUS_KINDS:
        return status_word(item.kind, STATUS_KINDS[pile])
    detail = bilingual(item, "detail")
    if pile is Pile.PRIVACY:
        detail = str(gettext(REQUEST_WORDS[AskedFor(detail)]))
    if pile is Pile.TRUCKS and item.kind == "called_off":
        detail = f"{detail} · {gettext('Run cancelled')}"
    if pile is Pile.LATE:
        detail = f"{status_word(item.kind, 'journey')} · {detail}"
    if pile is Pile.PARCELS:
        detail = f"{gettext(REPORTED.get(item.kind, REPORTED['missing']))} · {detail}"
    return detail


def age_of(item: Item, now: datetime) -> str:
    """How long it has waited, or the day on which it ends."""
    if item.due is not None:
        return day(item.due, year=True, weekday=False)
    return "" if item.since is None else waited(item.since, now)
