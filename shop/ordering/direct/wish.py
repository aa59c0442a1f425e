"""What is asked for where there is no basket."""

from __future__ import annotations

from dataclasses import dataclass, field

from shop.inventory.allocation import Cap
from shop.ordering.approvals.procurement import NOTHING_SAID, Procurement
from shop.ordering.basket import BasketOwner
from shop.ordering.models import Channel
from shop.ordering.wish import Courier, InvoiceWish, Pickup, Recipient, Wish


@dataclass(frozen=True, slots=True)
class Item:
    """So many units of one variant; without a price agreed, at today's."""

    variant_id: int
    quantity: int
    unit_price_fen: int | None = None


@dataclass(frozen=True, slots=True)
class DirectWish:
    """One order to be placed for `user_id`, who answers for it, and for an organisation if there is one.

    `token` makes one order however often it is asked for. `cap`: what one household may supply of
    it, unless nobody else has the goods. `preorder_terms`: what was agreed for a harvest
    that is late or short. `freight_fen`: what was agreed for the way, else what the zone says; `off_fen`: what was agreed
    to go off the goods, which the shop bears. `packaging_fen` is charged beside the freight, for who packs it.
    """

    token: str
    items: tuple[Item, ...]
    recipient: Recipient
    delivery: Pickup | Courier
    payment_method: str
    channel: Channel
    user_id: int | None = None
    organisation_id: int | None = None
    unit_id: int | None = None
    language: str = "zh"
    note: str = ""
    invoice: InvoiceWish = field(default_factory=InvoiceWish)
    cap: Cap | None = None
    preorder_terms: str = ""
    procurement: Procurement = NOTHING_SAID
    freight_fen: int | None = None
    off_fen: int = 0
    packaging_fen: int = 0

    def as_wish(self) -> Wish:
        """The same as a form of the checkout would ask for it, of nobody's basket."""
        return Wish(
            token=self.token,
            owner=BasketOwner(),
            recipient=self.recipient,
            delivery=self.delivery,
            payment_method=self.payment_method,
            user_id=self.user_id,
            unit_id=self.unit_id,
            language=self.language,
            note=self.note,
            invoice=self.invoice,
            preorder_terms=self.preorder_terms,
            procurement=self.procurement,
        )
