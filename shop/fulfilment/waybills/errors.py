"""What is refused about waybills, in sentences that a coordinator can act on."""

from __future__ import annotations

from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg


class LeftAlready(Conflict):
    """Facts: ``parcel``."""

    code = "left_already"
    default_message = msg("Parcel %(parcel)s has left already: its waybill stays as it is.")


class NothingChosen(InvalidInput):
    code = "nothing_chosen"
    default_message = msg("Please choose the parcels that need a waybill.")


class UnknownWaybillCarrier(InvalidInput):
    code = "unknown_waybill_carrier"
    default_message = msg(
        "The shop has no waybill account with this carrier. Please choose one from the list."
    )


class SenderUnknown(Conflict):
    """Facts: ``places``."""

    code = "sender_unknown"
    default_message = msg(
        "A carrier must know where to fetch the parcels and whom to call: %(places)s has no address or no telephone yet."
        " Please ask an admin to add them under packing places. Nothing was asked yet."
    )


class WaybillEnded(Conflict):
    """Facts: ``parcel``."""

    code = "waybill_ended"
    default_message = msg(
        "Parcel %(parcel)s: the waybill with this number was cancelled, so no courier takes it. Please ask for another"
        " waybill or type another number."
    )
