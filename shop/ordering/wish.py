"""What a buyer asks for at checkout, already tidy and well formed; what it means is judged by `checkout`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from shop.ordering.approvals.procurement import NOTHING_SAID, Procurement
from shop.ordering.basket import BasketOwner
from shop.ordering.models import DeliveryKind, InvoiceKind


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who collects or receives; `phone` in E.164."""

    name: str
    phone: str
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Pickup:
    point_id: int
    run_id: int


@dataclass(frozen=True, slots=True)
class Courier:
    province: str
    city: str
    district: str
    street: str


@dataclass(frozen=True, slots=True)
class InvoiceWish:
    kind: InvoiceKind = InvoiceKind.NONE
    title: str = ""
    tax_number: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """One checkout form.

    `token` makes one order however often the form is sent. `seen_goods` is the digest of the goods and prices that
    the form showed, `seen_freight` what it showed as freight in fen by zone, `seen_total` the total that stood beside
    the button; None or absent: it showed nothing.
    `seen_days`: by which day each SKU that is not harvested yet was said to be, None when nobody looked at a form;
    `preorder_terms` what was agreed with that for a short or a late harvest, in the buyer's language.
    `organisation_id`: for which it is bought; `procurement` what its papers say. `counts_for_unit`: the buyer agrees that
    it counts for the unit; without one it counts for nobody. `confirmed_skus`: goods whose exemption from the seven-day
    return the buyer confirmed.
    """

    token: str
    owner: BasketOwner
    recipient: Recipient
    delivery: Pickup | Courier
    payment_method: str
    user_id: int | None = None
    unit_id: int | None = None
    counts_for_unit: bool = False
    language: str = "zh"
    note: str = ""
    invoice: InvoiceWish = InvoiceWish()
    seen_goods: str | None = None
    seen_freight: Mapping[str, int] = field(default_factory=dict)
    seen_total: int | None = None
    confirmed_skus: frozenset[str] = frozenset()
    seen_days: Mapping[str, date] | None = None
    preorder_terms: str = ""
    privacy_version: str | None = None
    organisation_id: int | None = None
    procurement: Procurement = NOTHING_SAID

    @property
    def kind(self) -> DeliveryKind:
        return DeliveryKind.PICKUP if isinstance(self.delivery, Pickup) else DeliveryKind.COURIER
