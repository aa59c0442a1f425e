"""What the village side refuses, in sentences that a person can act on."""

from __future__ import annotations

from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg


class ReasonMissing(InvalidInput):
    code = "reason_missing"
    default_message = msg("Please say why.")


class HasNone(InvalidInput):
    code = "has_none"
    default_message = msg("Nothing would be left of this task. Decline it as a whole instead.")


class AlreadyReceived(Conflict):
    code = "already_received"
    default_message = msg("The goods are at the packing place already.")


class NoSuchGoods(InvalidInput):
    code = "no_such_goods"
    default_message = msg(
        "Nothing with this code comes to your packing places. Please look at the slip, or type its six digits."
    )


class SeveralGoods(InvalidInput):
    """Facts: ``found``, their six digits and whose they are, with a tick before what is here."""

    code = "several_goods"
    default_message = msg("This can mean several (✓: here already): %(found)s. Please type the six digits.")


class TasksEnded(Conflict):
    """Facts: ``tasks``, their numbers and whose they are."""

    code = "tasks_ended"
    default_message = msg(
        "Not with these households any more: %(tasks)s. Leave them out and press again; nothing has changed yet."
    )


class NotAllHere(Conflict):
    """Facts: ``missing``, the number of tasks of the order that have not come in."""

    code = "not_all_here"
    default_message = msg("%(missing)s more from this order have not come in yet.")


class BoxNotWhole(Conflict):
    code = "box_not_whole"
    default_message = msg(
        "A gift box is packed when all that belongs into it is here. What has come of it waits for the rest."
    )


class NothingToPack(Conflict):
    code = "nothing_to_pack"
    default_message = msg("There is nothing of this order here to pack.")


class TooLateToUndo(Conflict):
    code = "too_late_to_undo"
    default_message = msg("This can no longer be undone.")


class StillLoaded(Conflict):
    code = "still_loaded"
    default_message = msg("The parcel is on a truck. Take it off first, then unpack it.")


class GoesByTruck(Conflict):
    code = "goes_by_truck"
    default_message = msg("This parcel goes to a pickup point by truck, not by courier.")


class DeliveredAlready(Conflict):
    """Facts: ``parcel``."""

    code = "delivered_already"
    default_message = msg("Parcel %(parcel)s was delivered already: its number stays as it is.")


class GoesByCourier(Conflict):
    code = "goes_by_courier"
    default_message = msg("This parcel goes by courier, not by truck.")


class NotOnThisRoute(Conflict):
    code = "not_on_this_route"
    default_message = msg("This truck does not stop at the parcel's pickup point.")


class RunHasLeft(Conflict):
    code = "run_has_left"
    default_message = msg("This truck has left already.")


class RunHasNotLeft(Conflict):
    code = "run_has_not_left"
    default_message = msg("This truck has not left yet.")


class NotYourTruck(Conflict):
    code = "not_your_truck"
    default_message = msg(
        "Only the county hub and villages with orders on this truck can say that it leaves or arrives."
    )


class TooEarly(Conflict):
    """Facts: ``when``, the moment from which it can be done."""

    code = "too_early"
    default_message = msg("This truck takes orders until %(when)s. It can leave after that.")


class LeavesBehind(Conflict):
    """Facts: ``orders``, how many booked orders are not on the truck."""

    code = "leaves_behind"
    default_message = msg(
        "%(orders)s orders are not loaded. Please look again and say that they stay behind."
    )


class DidNotMiss(Conflict):
    code = "did_not_miss"
    default_message = msg("This order has not missed a truck, or goes with the next one already.")


class NoLaterTruck(Conflict):
    code = "no_later_truck"
    default_message = msg(
        "No later truck can take this order: none takes orders, has room and comes while its goods are good."
        " Please plan one, or refund the order."
    )


class NumberTaken(InvalidInput):
    code = "tracking_number_taken"
    default_message = msg("Another parcel has this tracking number already.")


class NothingWaits(Conflict):
    code = "nothing_waits"
    default_message = msg("No units of this order wait for another household any more.")


class NobodyElse(Conflict):
    code = "nobody_else"
    default_message = msg("No other household has these goods now.")


class OrdersAreBooked(Conflict):
    """Somebody has to see them first. Facts: how many ``orders`` and ``parcels``."""

    code = "orders_are_booked"
    default_message = msg(
        "Orders that wait for this truck: %(orders)s; parcels that are packed: %(parcels)s. Nothing was changed yet: press"
        " again, and their deadlines change and their buyers are told."
    )


class WouldSpoil(Conflict):
    """The truck would come too late for the goods of these ``orders``."""

    code = "would_spoil"
    default_message = msg(
        "%(orders)s: the goods are no longer good when the truck comes then. Move these orders to another truck or call"
        " them off first. Nothing was changed."
    )


class StandsOnTruck(Conflict):
    code = "stands_on_truck"
    default_message = msg("%(orders)s: a parcel stands on this truck. Unload it first. Nothing was moved.")


class NotAllCanGo(Conflict):
    code = "not_all_can_go"
    default_message = msg(
        "%(orders)s: that truck does not stop there, or comes when the goods are no longer good. Nothing was moved."
    )


class NoRoomForAll(Conflict):
    code = "no_room_for_all"
    default_message = msg(
        "They weigh %(needed)s kg, and that truck has room for %(free)s kg. Nothing was moved: choose fewer."
    )


class ProposalOpen(Conflict):
    code = "proposal_open"
    default_message = msg("The buyer was asked already and has not answered yet.")


class NotProposed(Conflict):
    code = "not_proposed"
    default_message = msg("This was not proposed. Please choose one of what stands there.")


class AnsweredOtherwise(Conflict):
    code = "answered_otherwise"
    default_message = msg("This was settled already. The page shows how.")


class SubstituteGone(Conflict):
    code = "substitute_gone"
    default_message = msg("Nobody has the other goods any more. Please choose something else.")


class LotNotToChoose(Conflict):
    code = "lot_not_to_choose"
    default_message = msg(
        "This lot does not have all of the units any more, or they do not keep long enough."
    )


class NothingToMerge(Conflict):
    code = "nothing_to_merge"
    default_message = msg("Fewer than two parcels of this order are here: there is nothing to merge.")


class StillToPack(Conflict):
    code = "still_to_pack"
    default_message = msg(
        "Goods of this order are still to be packed. Merge its parcels when all of them are there."
    )


class NotToRepack(Conflict):
    code = "not_to_repack"
    default_message = msg("This request was settled already: it is packed, or was taken back.")


class BoxNotOpened(Conflict):
    """Its goods are packed again when the recalled ones were taken out."""

    code = "box_not_opened"
    default_message = msg(
        "Recalled goods lie in box %(parcel)s. Open it, take them out and say so on the list of what is to be decided; then pack the rest."
    )


class RecalledAboard(Conflict):
    code = "recalled_aboard"
    default_message = msg(
        "Recalled goods are on this truck, in box %(parcels)s. Take it off, open it and say so; then the truck can leave."
    )


class BoxesToTakeOff(Conflict):
    """Facts: ``parcels``, their codes."""

    code = "boxes_to_take_off"
    default_message = msg(
        "On this truck stands what nobody is to get: %(parcels)s. Please take it off first, then let the truck leave."
    )


class NotToSend(Conflict):
    """Facts: ``parcels``, their codes."""

    code = "not_to_send"
    default_message = msg(
        "The buyer gets all the money back, so this is not sent any more: %(parcels)s. Please unpack it; the shop says what becomes of the goods."
    )


class SpoilsBefore(Conflict):
    """Facts: ``orders``, their numbers; ``day``, the best-before; ``mark``, by which it is said that they were seen."""

    code = "spoils_before"
    default_message = msg(
        "Nothing is saved yet. Harvested so early the goods are good until %(day)s only, and no earlier truck with room takes these orders: %(orders)s. Press again to save it all the same: their units go to a household whose goods keep longer, else their buyers are asked whether they want the money back."
    )
