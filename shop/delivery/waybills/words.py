"""Why there is no waybill, or why one was not cancelled, and what to do; message ids."""

from __future__ import annotations

from typing import Final

from shop.delivery.waybills.base import Refusal
from shop.kit.text import msg

REFUSAL_WORDS: Final = {
    Refusal.ADDRESS: msg(
        "Something of the address, a telephone number or the goods is not as the carrier wants it. Please have it put"
        " right, or type a number by hand."
    ),
    Refusal.ACCOUNT: msg(
        "The shop's waybill account with this carrier does not work. Please tell an admin; until then choose another"
        " carrier or type a number by hand."
    ),
    Refusal.CREDIT: msg(
        "The shop's account has no waybills left. Please tell an admin, who buys new ones; until then type a number by"
        " hand."
    ),
    Refusal.NO_NUMBER: msg(
        "The provider knows this parcel already and does not say its number again. Please look it up in the provider's"
        " pages and type it by hand."
    ),
    Refusal.NUMBER_TAKEN: msg(
        "The provider gave a number that another parcel has. Please ask again or choose another carrier."
    ),
    Refusal.CARRIER: msg("The carrier said no. Please choose another carrier or type a number by hand."),
}
