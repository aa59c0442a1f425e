"""What welfare campaigns refuse."""

from __future__ import annotations

from typing import ClassVar

from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import msg


class LinkOver(NotFound):
    """Forged, taken back, or of a member who is none any more: all look the same."""

    code = "campaign_link_over"
    default_message = msg("This link does not work any more. Please ask your union for another one.")


class NotChoosing(Conflict):
    code = "campaign_not_choosing"
    default_message = msg("Nothing can be chosen now: the time for it has not begun, or is over.")


class NotADraft(Conflict):
    code = "campaign_not_a_draft"
    default_message = msg("The campaign is open already: what is offered and its prices stand.")


class NotReady(Conflict):
    code = "campaign_not_ready"
    default_message = msg("Something is missing before it can be opened.")


class NothingChosen(InvalidInput):
    code = "campaign_nothing_chosen"
    default_message = msg("Please choose something first.")


class NotOffered(InvalidInput):
    code = "campaign_not_offered"
    default_message = msg("This is not offered here. Please choose again.")


class TooManyEach(InvalidInput):
    code = "campaign_too_many_each"
    default_message = msg("At most %(most)s of one kind for each member.")


class OverAllowance(InvalidInput):
    """`over` in yuan."""

    code = "campaign_over_allowance"
    default_message = msg("This is ¥%(over)s more than your allowance. Please take something out.")


class OwnPartToConfirm(InvalidInput):
    """`own_fen` is what the member would pay, `units` of which goods; `refund_fen` what comes back of orders `given_up`.

    Nothing is chosen yet.
    """

    code = "campaign_own_part_to_confirm"
    default_message = msg(
        "¥%(own)s of it is beyond your allowance. Please look at what you would pay yourself, and confirm it."
    )
    gives_up: ClassVar[str] = msg(
        "This gives up what you bought with your own money. Please look at what is refunded, and confirm it."
    )


class NothingCovered(InvalidInput):
    code = "campaign_nothing_covered"
    default_message = msg(
        "Please choose at least one thing that your allowance pays whole. What is beyond it you can pay yourself."
    )


class NoHomeDelivery(InvalidInput):
    code = "campaign_no_home_delivery"
    default_message = msg("Nothing is sent home in this campaign. Please choose a place and a time.")


class NoPhone(InvalidInput):
    code = "campaign_no_phone"
    default_message = msg("Please enter a mobile number: your own order is collected with it.")


class OverYearlyCap(InvalidInput):
    """`left` in yuan."""

    code = "campaign_over_yearly_cap"
    default_message = msg(
        "All campaigns of a year together: ¥%(left)s are left for you. Please take something out."
    )


class OverQuota(Conflict):
    code = "campaign_over_quota"
    default_message = msg("The quota of your sub-union is used up. Please ask its organiser.")


class SlotFull(Conflict):
    code = "campaign_slot_full"
    default_message = msg("This time was just taken by others. Please choose another one.")


class AllTaken(Conflict):
    code = "campaign_all_taken"
    default_message = msg(
        "Of one of these goods nothing is left for this campaign. Please choose something else."
    )


class NumberTaken(Conflict):
    """Somebody has the staff number already. Facts: ``number``, ``name``, ``member_id``."""

    code = "campaign_number_taken"
    default_message = msg("%(number)s is already %(name)s.")


class RemindedToday(Conflict):
    code = "campaign_reminded_today"
    default_message = msg("Everybody was reminded today already. Once a day is enough.")


class BillChanged(Conflict):
    code = "campaign_bill_changed"
    default_message = msg(
        "The bill comes to more than what was asked for. Please return it, so that it can be asked for anew."
    )


class NoAccount(Conflict):
    """`sellers`: whose goods would stand in one order that has no account to be paid into."""

    code = "campaign_no_account"
    default_message = msg(
        "Goods of %(sellers)s cannot be paid: the shop has no account that takes the money for all of them. Take goods of"
        " one seller with an account, or ask the shop to enter its own."
    )
