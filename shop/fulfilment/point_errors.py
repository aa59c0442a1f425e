"""What cannot be done at a pickup point, or is over there."""

from __future__ import annotations

from shop.kit.errors import Conflict, NotFound
from shop.kit.text import msg


class UnknownPickupCode(NotFound):
    code = "unknown_pickup_code"
    default_message = msg("No parcel is waiting here for this code.")


class WrongCode(Conflict):
    """It was written down without a network, and checked when there was one again."""

    code = "wrong_pickup_code"
    default_message = msg(
        "The pickup code is not the one of this order. For the shop the parcel stands here still: ask for the code again,"
        " or report the parcel."
    )


class GivenBefore(Conflict):
    """Facts: ``when``."""

    code = "given_before"
    default_message = msg("It was handed over already on %(when)s. Please look which parcel you gave out.")


class GivenTooLate(Conflict):
    """A parcel was given out without a network, and by then the shop had it otherwise. Facts: ``parcels``."""

    code = "given_too_late"
    default_message = msg(
        "%(parcels)s: it had been taken off the point before this was sent, so nobody was to be given it. If you gave it out, leave it so: it stands on the shop's list, and the team sees to it with the buyer."
    )


class GivenThoughPaidBack(GivenTooLate):
    code = "given_though_paid_back"
    default_message = msg(
        "%(parcels)s: the buyer gets all the money back, so nobody was to be given it. If you gave it out, leave it so: it stands on the shop's list, and the team sees to it with the buyer."
    )


class GivenThoughRecalled(GivenTooLate):
    code = "given_though_recalled"
    default_message = msg(
        "%(parcels)s: its goods were recalled, and it had been sent back or destroyed before this was sent. If you gave it out, please call the shop at once; it stands on the shop's list."
    )


class GivenLateFirst(Conflict):
    """A keeper says of a parcel of the order that it was given out after it had been stopped; nobody has settled that."""

    code = "given_late_first"
    default_message = msg(
        "A keeper says that a parcel with sound goods in it was given out without a network. Please settle that on the order's page first."
    )


class GivenWhileRecalled(GivenTooLate):
    code = "given_while_recalled"
    default_message = msg(
        "%(parcels)s: its goods are recalled. If you gave it out, please call the shop at once; it stands on the shop's list. If you did not, hand it to nobody and keep it aside."
    )


class SomeGivenWhileRecalled(GivenTooLate):
    """Other parcels were ticked with it."""

    code = "some_given_while_recalled"
    default_message = msg(
        "%(parcels)s: its goods are recalled. If you gave it out, please call the shop at once; it stands on the shop's list. If you did not, hand it to nobody and keep it aside. What else was ticked is not written down yet: press again for it."
    )


class TakenOffTicked(Conflict):
    """Facts: ``parcels``."""

    code = "taken_off_ticked"
    default_message = msg(
        "%(parcels)s was taken off this point, and is not handed over. What else was ticked is not handed over yet: press again for it."
    )


class PaidBackTicked(TakenOffTicked):
    code = "paid_back_ticked"
    default_message = msg(
        "%(parcels)s: the buyer gets all the money back, so hand it to nobody. What else was ticked is not handed over yet: press again for it."
    )


class RecalledTicked(TakenOffTicked):
    code = "recalled_ticked"
    default_message = msg(
        "%(parcels)s: its goods were recalled, and it was sent back or destroyed. What else was ticked is not handed over yet: press again for it."
    )


class NotLeftTicked(Conflict):
    """Facts: ``parcels``."""

    code = "not_left_ticked"
    default_message = msg(
        "%(parcels)s: for the shop it has not left the villages yet. Please call the village: it has to press that the truck left."
    )


class WhoIsIt(Conflict):
    code = "who_is_it"
    default_message = msg("Two people have this code. Please type it again and choose by the name.")


class NotLeftYet(UnknownPickupCode):
    code = "not_left_yet"
    default_message = msg("The code is right, but the parcel has not left the villages yet.")


class TakenOffBefore(UnknownPickupCode):
    code = "taken_off_before"
    default_message = msg(
        "The code is right, but nobody came for the parcel and it is not here any more. The buyer may write to the shop."
    )


class PaidBack(UnknownPickupCode):
    """All that was paid goes back, or is back."""

    code = "paid_back"
    default_message = msg(
        "The code is right, but the buyer gets all the money back. Hand the parcel to nobody: send it back, or throw it away if it has spoiled."
    )


class TakenAway(UnknownPickupCode):
    """Its goods were recalled, and it was sent back or destroyed at the point."""

    code = "taken_away"
    default_message = msg(
        "The code is right, but goods in the parcel were recalled and it is not here any more. The buyer may write to the shop."
    )


class NotWaiting(Conflict):
    code = "not_waiting"
    default_message = msg("This parcel does not wait at its pickup point any more. Please look again.")


class OnlyToTakeOff(Conflict):
    code = "only_to_take_off"
    default_message = msg(
        "The buyer gets all the money back: nobody is to come for this parcel. Send it back, or throw it away if it has spoiled."
    )


class NotTakenOff(Conflict):
    code = "not_taken_off"
    default_message = msg("Its order is completed by now: the parcel stays taken off.")


class MoneyWentBack(Conflict):
    code = "money_went_back"
    default_message = msg(
        "Its buyer is getting money back, or has got it: the parcel stays taken off, and nobody is given it."
    )


class NothingTicked(Conflict):
    code = "nothing_ticked"
    default_message = msg("Please tick the parcels that you hand over.")


class ParcelRecalled(Conflict):
    """Facts: ``parcels``, their codes."""

    code = "parcel_recalled"
    default_message = msg(
        "Recalled: %(parcels)s. Please hand it to nobody and keep it aside; the shop gives the money back."
        " If somebody has it already, please call the shop at once. What else was ticked is not handed over yet:"
        " press again for it."
    )


class RecalledAlone(ParcelRecalled):
    """Nothing else was ticked."""

    default_message = msg(
        "Recalled: %(parcels)s. Please hand it to nobody and keep it aside; the shop gives the money back."
        " If somebody has it already, please call the shop at once."
    )


class NotToCallBack(Conflict):
    code = "not_to_call_back"
    default_message = msg("Only a recalled parcel that nobody has collected is sent back or destroyed.")


class NotToReport(Conflict):
    code = "not_to_report"
    default_message = msg("Only a parcel that is on its way here, or waits here, can be reported.")


class NothingReported(Conflict):
    code = "nothing_reported"
    default_message = msg("Nothing is reported of this parcel.")


class NotHereYet(Conflict):
    code = "not_here_yet"
    default_message = msg("Nothing of it is here yet. Tick a parcel that you really hold.")


class StillToCollect(Conflict):
    """The buyer says that everything came, and a parcel has not been handed over."""

    code = "still_to_collect"
    default_message = msg(
        "A bag of this order has not been handed over yet. Show your code at the pickup point."
    )


class NotUncollected(Conflict):
    code = "not_uncollected"
    default_message = msg(
        "This order cannot be completed uncollected: none of its parcels waits at a pickup point, or one is not there yet."
    )


class ComplaintOpen(Conflict):
    code = "complaint_open"
    default_message = msg("The buyer waits for an answer. Please answer first.")


class RefundToCome(Conflict):
    """A parcel was recalled and taken from its point: first its money goes back, then the order is over."""

    code = "refund_to_come"
    default_message = msg(
        "A parcel of this order was recalled, and its money is still to go back. After that the order is completed by itself."
    )
