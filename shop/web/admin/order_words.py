"""What happened to an order, in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from flask_babel import gettext, ngettext

from shop.fulfilment.given_late import Outcome
from shop.kit.money import format_yuan
from shop.kit.text import msg
from shop.ordering.change_models import ChangeKind
from shop.ordering.claim_models import ClaimKind, ClaimRule
from shop.ordering.claim_words import KINDS, RULES
from shop.ordering.models import Channel, OrderStatus
from shop.ordering.order_desk import HistoryLine
from shop.web.filters import status_word
from shop.web.reasons import reason_word
from shop.web.times import moment

EVENTS: Final = {
    "placed": msg("Placed"),
    "taken_down": msg("Taken down from elsewhere"),
    "sold_over_counter": msg("Sold over the counter"),
    "confirmed": msg("Confirmed"),
    "moved_to_next_truck": msg("Goes with another truck than the one it was booked on"),
    "recipient_corrected": msg("Recipient corrected, as they asked"),
    "order_redirected": msg("Goes elsewhere than it was ordered to"),
    "order_fewer": msg("Fewer of it are wanted"),
    "order_added": msg("More is wanted, as an order beside it"),
    "order_exchanged": msg("Exchanged for other goods, as an order beside it"),
    "truck_chosen_anew": msg("Another way was chosen for it"),
    "truck_rescheduled": msg("Its truck comes at another time"),
    "truck_called_off": msg("Its truck was called off, and no other takes it yet"),
    "left_behind": msg("Its truck left without all of it"),
    "left_behind_undone": msg("Its truck has not left after all"),
    "parcel_arrival_undone": msg("Parcel said to be at the point by mistake"),
    "units_closed": msg("Units left the order"),
    "harvested": msg("A harvest that was pre-ordered is in"),
    "harvest_short": msg("The harvest was short of its last units"),
    "count_short": msg("A count found fewer of its units than were promised"),
    "preorder_delayed": msg("The harvest comes later than was said"),
    "shipped": msg("Everything is on its way"),
    "completed": msg("Completed"),
    "cancelled": msg("Cancelled"),
    "cancel_requested": msg("Cancelling was asked for"),
    "revived": msg("Alive again: the money came after all"),
    "paid_too_late": msg("Paid too late, and the goods were gone"),
    "moved_to_later_truck": msg("Paid after the cut-off: goes with a later truck"),
    "missed_truck": msg("Paid after the cut-off, and no later truck takes it"),
    "payment_started": msg("Payment begun"),
    "approval_asked": msg("Above a limit: the organisation's approvers are asked"),
    "approval_approved": msg("Approved by the organisation"),
    "approval_returned": msg("Returned by the organisation"),
    "approval_expired": msg("Nobody of the organisation approved it in time"),
    "approval_withdrawn": msg("Approval not needed any more"),
    "accepted_on_terms": msg("Accepted on account"),
    "debt_settled": msg("The debt is paid"),
    "debt_written_off": msg("A part of the debt is given up"),
    "payment_failed": msg("Payment failed"),
    "payment_expired": msg("Payment expired"),
    "payment_orphaned": msg("Money came that this order cannot use"),
    "refund_requested": msg("Refund asked for"),
    "refund_succeeded": msg("Refund arrived"),
    "refund_failed": msg("Refund failed"),
    "refund_undone": msg("Weighed anew: owed again"),
    "refunded_elsewhere": msg("Refunded in the payment service's own pages"),
    "goods_restocked": msg("Refunded goods are back in stock"),
    "goods_written_off": msg("Refunded goods were written off"),
    "refund_resent": msg("Refund sent another way"),
    "dispute_opened": msg("The buyer's bank asks for the money back"),
    "dispute_won": msg("The bank decided for the shop"),
    "dispute_lost": msg("The bank decided for the buyer"),
    "refund_came_back": msg("Refund came back from the bank"),
    "task_accepted": msg("Household accepted"),
    "task_given_back": msg("Goods given back to the household"),
    "task_declined": msg("Household declined"),
    "task_short": msg("Household has fewer units"),
    "task_ready": msg("Goods ready"),
    "task_ready_undone": msg("“Ready” taken back"),
    "task_received": msg("Goods received"),
    "task_receive_undone": msg("“Received” taken back"),
    "task_overdue": msg("Task overdue"),
    "task_reminded": msg("Household reminded of its deadline"),
    "task_overridden": msg("Task given to another household than the rule says"),
    "proposal_made": msg("Buyer asked about units that nobody has"),
    "proposal_answered": msg("What becomes of units that nobody has"),
    "task_reassigned": msg("Task given to another household"),
    "task_came_back": msg("It had been ready before another household was asked: the task came back"),
    "task_called_back": msg("Task let go: the household before had the goods ready"),
    "goods_left_over": msg("Ready before another household was asked: the goods go to the next order"),
    "press_unused": msg("Pressed on a phone without a network, and too late: not used"),
    "parcel_packed": msg("Parcel packed"),
    "parcel_unpacked": msg("Parcel unpacked"),
    "parcel_regrouped": msg("Packed goods went into another parcel"),
    "parcels_merged": msg("Parcels merged into one at the hub"),
    "parcels_parted": msg("Merged parcel taken apart again"),
    "parcel_called_off": msg("Parcel to be unpacked: its order was called off"),
    "parcel_loaded": msg("Parcel on the truck"),
    "parcel_unloaded": msg("Parcel off the truck"),
    "parcel_shipped": msg("Parcel shipped"),
    "parcel_arrived": msg("Parcel at the pickup point"),
    "parcel_missing": msg("Parcel not at the point, its keeper says"),
    "parcel_broken": msg("Parcel broken, its keeper says"),
    "spoils_before": msg("Harvested early: the goods do not keep until the truck comes"),
    "parcel_given_late": msg("Given out without a network after it had been stopped, its keeper says"),
    "payment_asked_again": msg("The buyer has goods and money, and is asked to pay again"),
    "parcel_report_settled": msg("What was reported of a parcel is settled"),
    "parcel_delivered": msg("Parcel delivered"),
    "parcel_handed_over": msg("Parcel collected"),
    "goods_recalled": msg("Recalled goods were taken out of the order"),
    "box_off_truck": msg("Box taken off its truck: the order was called off"),
    "recalled_box_opened": msg("Box opened, and the recalled goods taken out"),
    "recalled_goods_taken": msg("Recalled goods put aside at the hub"),
    "parcel_called_back": msg("Recalled parcel sent back or destroyed, its keeper says"),
    "collected_by_other": msg("Somebody else collected it for the buyer"),
    "collection_reminded": msg("The buyer was reminded to collect it"),
    "collection_called": msg("The buyer was called because nobody collected it"),
    "collection_kept": msg("Kept longer at the pickup point"),
    "parcel_sent_back": msg("Not collected: sent back from the pickup point"),
    "parcel_discarded": msg("Not collected and spoiled: thrown away"),
    "parcel_back_at_point": msg("At the pickup point again"),
    "taken_in": msg("Taken into an account by who has its telephone"),
    "pickup_passed_on": msg("The buyer passed the pickup code on"),
    "pickup_pass_ended": msg("The buyer ended the link to the pickup code"),
    "parcel_taken_back": msg("Parcel called shipped by mistake, taken back"),
    "parcel_delivery_undone": msg("Parcel called delivered by mistake, taken back"),
    "parcel_handover_undone": msg("Parcel given to the wrong person, back at the point"),
    "tracking_corrected": msg("Tracking number corrected"),
    "complaint": msg("The buyer says"),
    "complaint_answered": msg("The shop answered"),
    "claim_opened": msg("The buyer claims"),
    "claim_decided": msg("Claim decided"),
    "claim_settled": msg("Claim made good without a refund"),
    "invoice_requested": msg("Invoice asked for"),
    "invoice_changed": msg("Something else asked for on the invoice"),
    "invoice_rejected": msg("Invoice not possible like this"),
    "invoice_withdrawn": msg("Invoice not wanted any more"),
    "invoice_issued": msg("Invoice issued"),
    "invoice_number_corrected": msg("Number of the invoice put right"),
    "red_number_corrected": msg("Number of the red letter put right"),
    "red_letter_due": msg("Money went back: the invoice needs a red letter"),
    "invoice_reversed": msg("Invoice taken back by a red letter"),
    "shop_note": msg("Note"),
}


CHANGES: Final = {
    ChangeKind.REDIRECTED: EVENTS["order_redirected"],
    ChangeKind.FEWER: EVENTS["order_fewer"],
    ChangeKind.ADDED: EVENTS["order_added"],
    ChangeKind.EXCHANGED: EVENTS["order_exchanged"],
}
ANSWERS: Final = {"refund": msg("Money back"), "wait": msg("Wait"), "substitute": msg("Other goods")}
ANSWERED_BY: Final = {
    "buyer": msg("answered by the buyer"),
    "phone": msg("said on the phone"),
    "silence": msg("no answer in time"),
}


# What became of a parcel that was given out when nobody was to be given it any more.
OUTCOMES: Final = {
    Outcome.NOT_GIVEN: msg("It was not given out, or it was taken back"),
    Outcome.HAS_IT: msg("The buyer has it; no money went back"),
    Outcome.PAYS_AGAIN: msg("The buyer has it and is asked to pay again"),
    Outcome.PAID_AGAIN: msg("The buyer has it and has paid again"),
    Outcome.WRITTEN_OFF: msg("The buyer keeps goods and money: the shop bears it"),
}
HAS_RECALLED: Final = msg("The buyer has it, and knows that it is not to be used")
STOPPED: Final = {
    "taken_off": msg("it had been taken off its point"),
    "paid_back": msg("all the money goes back"),
    "called_back": msg("its goods were recalled"),
    "recalled": msg("its goods are recalled"),
}


def desk_state(order: Any) -> str:
    """As the team reads it: what was sold over a counter was handed over there and is on no way."""
    is_sold = order.channel is Channel.COUNTER and order.status is OrderStatus.SHIPPED
    return "handed_over" if is_sold else order.status


def event_word(line: HistoryLine) -> str:
    return str(gettext(EVENTS.get(line.kind, line.kind)))


def event_facts(line: HistoryLine) -> str:
    """The facts as one line: amounts in yuan, codes of reasons in words; numbers of rows say nothing here."""
    said = (
        _said(name, value)
        for name, value in line.facts.items()
        if value not in (None, "", False) and not name.endswith(("_id", "_ids"))
    )
    return " · ".join(said)


_IN_WORDS: Final[dict[str, Callable[[Any], str]]] = {
    "pressed": lambda kind: str(gettext(EVENTS.get(str(kind), str(kind)))),
    "answer": lambda answer: str(gettext(ANSWERS[str(answer)])),
    "answered_by": lambda who: str(gettext(ANSWERED_BY[str(who)])),
    "made_at": lambda at: moment(datetime.fromisoformat(str(at))),
    "outcome": lambda outcome: str(gettext(OUTCOMES[Outcome(outcome)])),
    "why": lambda why: str(gettext(STOPPED.get(str(why), str(why)))),
    "claim_kind": lambda kind: str(gettext(KINDS[ClaimKind(kind)])),
    "decision": lambda decision: status_word(decision, "claim"),
    "rule": lambda rule: str(gettext(RULES[ClaimRule(rule)][0])),
    "stood_ready": lambda _yes: str(gettext("they stood prepared")),
    "days": lambda days: str(ngettext("to pay within %(num)s day", "to pay within %(num)s days", days)),
    "provider": lambda provider: status_word(provider, "provider"),
}


def _said(name: str, value: Any) -> str:
    if name == "acted_for":
        return str(gettext("pressed by the coordinator"))
    if name == "reason":
        return reason_word(str(value))
    if name.endswith("_fen") and isinstance(value, int):
        return f"{'−' if value < 0 else ''}¥{format_yuan(abs(value))}"
    if name in _IN_WORDS:
        return _IN_WORDS[name](value)
    if name == "attempt":
        return str(gettext("attempt %(number)s", number=value))
    return str(value)
