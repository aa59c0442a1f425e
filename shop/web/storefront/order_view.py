"""Everything that an order's page shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shop.campaigns.order_ends import Welfare
from shop.catalogue.split import Parts
from shop.delivery.models import RunStatus
from shop.extensions import settings
from shop.fulfilment.models import TakenOff
from shop.fulfilment.order_progress import ParcelProgress
from shop.fulfilment.proposal_list import ShownProposal
from shop.fulfilment.recalled_parcels import RecalledGoods
from shop.fulfilment.receipt import RECALLED, RECEIVED, TAKEN_OFF, WITHHELD, buyer_state
from shop.inventory.order_lots import LotOfOrder
from shop.inventory.trace_codes import trace_code
from shop.invoicing.asking import may_ask
from shop.invoicing.models import Invoice, InvoiceStatus
from shop.invoicing.transitions import OPEN_RED, WAITING
from shop.kit.clock import shanghai_date
from shop.ledger.order_money import HouseholdPart, OrderMoney
from shop.ordering.approvals.models import OrderProcurement
from shop.ordering.approvals.queries import Request
from shop.ordering.beside import Beside
from shop.ordering.changes_told import ToldChange
from shop.ordering.claim_models import Claim, ClaimStatus
from shop.ordering.claims import ANSWER, CARRIED, COMPLAINT
from shop.ordering.coupons.queries import CouponOfOrder
from shop.ordering.missed_trucks import MISSED, NEXT, truck_news
from shop.ordering.models import Channel, DeliveryKind, Order, OrderEvent, OrderStatus
from shop.ordering.preorders import Preorder
from shop.ordering.sellers import SellerGoods
from shop.payments.models import Refund
from shop.payments.releasing import NEVER_STARTED
from shop.web.storefront.payment_state import ShownAttempt, unpaid_state

NOT_TO_COLLECT = frozenset({"handed_over", "recalled", "withheld", "called_back", *TakenOff})
_ON_CAMPUS_WAY = frozenset({"shipped", "arrived", *NOT_TO_COLLECT})
HARVEST_NEWS = {"preorder_delayed": "harvest_late", "harvested": "harvest_early"}
LEFT_BEHIND = "left_behind"  # its truck left without something of it, and none takes that yet


@dataclass(frozen=True)
class OrderView:
    order: Order
    attempt: ShownAttempt | None
    refunds: Sequence[Refund]
    claims: Sequence[Claim]
    parcels: Sequence[ParcelProgress]
    proposals: Sequence[ShownProposal]
    changes: Sequence[ToldChange]
    beside: Sequence[Beside]  # what was put beside it and has not left
    stands_beside: str | None  # the number of the order that it was put beside
    parts: Parts
    money: OrderMoney | None  # once it is sold
    coupons: Sequence[CouponOfOrder]
    households: Sequence[HouseholdPart]
    sellers: Sequence[SellerGoods]
    lots: Sequence[LotOfOrder]
    has_recalled_units: bool  # of what is held for it while it is unpaid
    recalled: Sequence[RecalledGoods]  # of what has left
    preorders: Sequence[Preorder]  # what of it is to be harvested yet
    now: datetime
    is_unpacked: bool
    acts: bool  # and not only reads, as a viewer of the organisation that it was ordered for
    request: Request | None  # for the approval of its organisation, the newest
    procurement: OrderProcurement | None
    welfare: Welfare | None  # of whom it is, where a campaign ordered it: then its organiser calls it off
    price_is_the_most: bool  # goods by weight are not settled yet
    organisation: str  # the short name of the one that it is bought for, where its buyer belongs to it
    sent_on: date | None  # by when a courier is expected to be given it; None where that is not known
    invoices: Sequence[Invoice]  # what the buyer follows: asked for, issued, taken back
    invoice_days: int
    complete_days: int

    @property
    def can_call_off(self) -> bool:
        """It is paid, or owed, and nobody has packed anything of it."""
        is_sold = self.order.status is OrderStatus.CONFIRMED and self.attempt is not None
        return self.acts and is_sold and self.is_unpacked and self.welfare is None

    @property
    def can_redirect(self) -> bool:
        """Its buyer may still say where it goes: it is paid, nothing is packed, and its truck takes orders."""
        run = self.order.run
        in_time = run is None or run.cutoff_at > self.now
        return self.can_call_off and in_time and self.order.channel is Channel.SHOP

    @property
    def can_review(self) -> bool:
        """The buyer has all of it; what was said already stands there too."""
        return self.acts and (self.order.status is OrderStatus.COMPLETED or self.state == RECEIVED)

    @property
    def completes_at(self) -> datetime | None:
        """When an order on its way completes by itself; None before it has left, and while a claim is open."""
        goes = self.order.status is OrderStatus.SHIPPED and not self.has_open_claim
        left_at = self.order.shipped_at if goes else None
        return left_at + timedelta(days=self.complete_days) if left_at else None

    @property
    def has_open_claim(self) -> bool:
        return any(claim.status is ClaimStatus.OPEN for claim in self.claims)

    @property
    def is_past_calling_off(self) -> bool:
        """Something of it is packed, and not all of it is with the buyer yet: from now on there are claims.

        Nobody is told so to whom all the money goes back, or who gets nothing as it is recalled.
        """
        if self.order.money_back_at is not None:
            return False
        if self.order.status is OrderStatus.CONFIRMED:
            return not self.is_unpacked
        return self.order.status is OrderStatus.SHIPPED and self.state not in {
            *(RECEIVED, TAKEN_OFF, WITHHELD, RECALLED)
        }

    @property
    def is_partly_ready(self) -> bool:
        """A household has put something of it ready, or handed it in."""
        return any(one.status in {"ready", "received"} for parcel in self.parcels for one in parcel.suppliers)

    @property
    def waits_for_approval(self) -> bool:
        return self.is_unpaid and self.request is not None and self.request.waits(self.now)

    @property
    def is_unpaid(self) -> bool:
        return self.order.status is OrderStatus.AWAITING_PAYMENT

    @property
    def is_paid(self) -> bool:
        """Money came, whatever went back since; on account it is still to come."""
        return self.order.confirmed_at is not None and self.attempt is not None and self.debt is None

    @property
    def debt(self) -> ShownAttempt | None:
        """What is still to be transferred of an order on terms."""
        return self.attempt if self.attempt is not None and self.attempt.is_open_debt else None

    @property
    def by_truck(self) -> bool:
        return self.order.delivery is DeliveryKind.PICKUP

    @property
    def can_pay(self) -> bool:
        """Also while money is on its way, since that may fail; the page then does not ask for it."""
        return self.is_unpaid and self.order.cancel_requested_at is None

    @property
    def held_until(self) -> datetime:
        """When the goods go back on sale, unless it is paid."""
        if self.waits_for_approval and self.request is not None:
            return self.request.approval.expires_at
        return self.attempt.held_until if self.attempt else self.order.placed_at + NEVER_STARTED

    @property
    def is_being_paid(self) -> bool:
        return self.is_unpaid and self.attempt is not None and self.attempt.is_processing

    @property
    def state(self) -> str:
        """The order's status as its buyer sees it: also money on its way, ready to collect, and received."""
        if self.waits_for_approval and self.order.cancel_requested_at is None:
            return "awaiting_approval"
        if self.is_unpaid:
            return unpaid_state(self.order.cancel_requested_at is not None, self.is_being_paid)
        return buyer_state(self.order.status, [parcel.status for parcel in self.parcels])

    @property
    def here(self) -> int:
        """How many parcels wait at the pickup point."""
        return sum(parcel.status == "arrived" for parcel in self.parcels)

    @property
    def to_come(self) -> int:
        """How many parcels are not at the point yet."""
        return sum(parcel.status in {"planned", "packed", "shipped"} for parcel in self.parcels)

    @property
    def truck_at(self) -> datetime | None:
        """When the first truck comes with something that is still to come; None where none is known."""
        run = self.order.run
        if run is None or self.order.status in {OrderStatus.COMPLETED, OrderStatus.CANCELLED}:
            return None
        if not self.parcels:
            return run.arrives_at if run.status is RunStatus.PLANNED else None
        return min(filter(None, map(self._comes_at, self.parcels)), default=None)

    @property
    def truck_day(self) -> date | None:
        """When the truck that it is booked on is to leave; None once it has left, or without one."""
        run = self.order.run
        return shanghai_date(run.departs_at) if run is not None and run.status is RunStatus.PLANNED else None

    def _comes_at(self, parcel: ParcelProgress) -> datetime | None:
        was_too_late = truck_news(self.order.events) == MISSED and not parcel.has_truck
        return None if was_too_late else parcel.truck_at

    @property
    def has_begun_to_come(self) -> bool:
        return any(parcel.status in _ON_CAMPUS_WAY for parcel in self.parcels)

    @property
    def shows_code(self) -> bool:
        """The code opens a parcel until the last one is handed over, whatever became of the order meanwhile."""
        if not self.order.pickup_code or self.order.status is OrderStatus.CANCELLED:
            return False
        return any(parcel.status not in NOT_TO_COLLECT for parcel in self.parcels)

    @property
    def can_confirm(self) -> bool:
        """Everything has left, and nothing of it is still to be collected."""
        kept_back = any(parcel.status in {"recalled", "withheld", *TakenOff} for parcel in self.parcels)
        to_collect = self.by_truck and bool(self.here or self.to_come or kept_back)
        came = any(parcel.status != "called_back" for parcel in self.parcels)
        return self.acts and self.order.status is OrderStatus.SHIPPED and not to_collect and came

    @property
    def holds_recalled(self) -> bool:
        """Not paid yet, and some of what is held for it is called back."""
        return self.is_unpaid and self.has_recalled_units

    @property
    def can_claim(self) -> bool:
        is_sold = self.order.confirmed_at is not None and self.order.status is not OrderStatus.CANCELLED
        return self.acts and is_sold

    @property
    def issued(self) -> list[Invoice]:
        """The invoices that a refund takes back."""
        return [one for one in self.invoices if one.status is InvoiceStatus.ISSUED]

    @property
    def has_open_request(self) -> bool:
        return any(one.status in WAITING for one in self.invoices)

    @property
    def can_ask_invoice(self) -> bool:
        """Say something else while it waits; or ask, in time, for what is on none."""
        if not self.can_claim:
            return False
        is_free = not any(one.status is InvoiceStatus.ISSUED for one in self.invoices)
        is_left = self.order.refunded_fen < self.order.total_fen
        return self.has_open_request or (
            is_free and is_left and may_ask(self.order, self.now, self.invoice_days)
        )

    def is_being_reversed(self, invoice: Invoice) -> bool:
        return any(one.status in OPEN_RED for one in invoice.red_letters)

    @property
    def words(self) -> list[OrderEvent]:
        """What the buyer said was wrong, and what the shop answered, before there were claims."""
        said = [event for event in self.order.events if event.kind in {COMPLAINT, ANSWER}]
        # What nobody had answered then is a claim now, with the same words.
        carried = [claim.opened_at for claim in self.claims if claim.request_token.startswith(CARRIED)]
        return [event for event in said if not carried or event.at < min(carried)]

    @property
    def truck_news(self) -> str | None:
        """What became of a truck that the order could not go with; of interest until the goods are there."""
        if self.order.status is not OrderStatus.CONFIRMED:
            return None
        waits = any(
            parcel.status in {"planned", "packed"} and self._comes_at(parcel) is None
            for parcel in self.parcels
        )
        news = truck_news(self.order.events)
        if news == MISSED:
            return MISSED if waits else None
        if news == NEXT and self._moved_with_harvest:
            return self._moved_with_harvest
        return LEFT_BEHIND if waits and self.by_truck else news

    @property
    def _moved_with_harvest(self) -> str | None:
        """It goes with another truck because the harvest was put off, or came early."""
        moved = [event.at for event in self.order.events if event.kind == NEXT]
        kinds = {event.kind for event in self.order.events if moved and event.at == moved[-1]}
        return next((word for kind, word in HARVEST_NEWS.items() if kind in kinds), None)

    def trace(self, lot: LotOfOrder) -> str:
        """The code that leads to a lot's page."""
        return trace_code(lot.lot_id, 0, settings().trace_keys[0])

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.order.lines)
