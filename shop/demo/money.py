"""The money of the demo's year: payments, refunds, and every entry in the books by the shop's own rule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from random import Random

from sqlalchemy.orm import Session

from shop.demo.invoices import TaxBook
from shop.demo.life import Fate, Part
from shop.demo.made import Made, broken_at
from shop.demo.rows import Rows
from shop.demo.stock import Shelves
from shop.demo.tills import add_till
from shop.demo.world import World
from shop.inventory.earnings import household_parts
from shop.inventory.figures import FigureChanges
from shop.kit.clock import month_of
from shop.kit.money import share
from shop.kit.references import ALPHABET
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.ledger.posting import Amounts, Place, difference, held_by
from shop.ledger.sales import SoldLine, SoldUnits, reassignment_reference, sale_credits, sale_reference
from shop.ordering.reasons import Reason
from shop.payments.models import ON_ACCOUNT, Payment, PaymentStatus, Refund, RefundBearer, RefundStatus
from shop.payments.providers.config import BANK_TRANSFER, SANDBOX
from shop.payments.providers.sandbox import FEE_BP, LIFETIME
from shop.payments.terms.accepting import due_at

MONEY_OF = {
    SANDBOX: held_by(SANDBOX),
    BANK_TRANSFER: Place(Account.BANK),
    ON_ACCOUNT: Place(Account.RECEIVABLES),
}
STATUSES = {Fate.AWAITED: PaymentStatus.PENDING, Fate.UNPAID: PaymentStatus.EXPIRED}
BROKEN = "到货时碎了"


class Books:
    """Posts what `ledger` would post, many orders at a time, and keeps the income figures beside it."""

    def __init__(self, world: World, rows: Rows, shelves: Shelves, random: Random, taxes: TaxBook) -> None:
        self._world, self._rows, self._shelves, self._random = world, rows, shelves, random
        self._taxes = taxes
        self._figures = FigureChanges()

    def add_money(self, made: Made) -> int:
        """Payment, refund, entries, and what was sold by rate; returns the payment's id."""
        life = made.life
        payment_id = self._payment(made)
        if life.fate is Fate.AWAITED:
            for part in made.parts:
                earned = household_parts(part.household_fen, self._shelves.lots[part.lot_id].source.shares)
                self._figures.hold(earned, month_of(life.placed))
        if life.fate not in {Fate.FULFILLED, Fate.CALLED_OFF}:
            return payment_id
        held_in = MONEY_OF[made.wish.method]
        sale: Amounts = {held_in: made.total_fen, **self._credits(made, made.first)}
        sale_id = self._post(EntryKind.SALE, sale_reference(made.id), made.id, sale, life.confirmed)
        if made.wish.method == SANDBOX:
            self._fee(made, payment_id)
        if (paid_at := self._paid_later(made)) is not None:
            settled = {Place(Account.BANK): made.total_fen, Place(Account.RECEIVABLES): -made.total_fen}
            reference = f"settlement:payment:{payment_id}"
            self._post(EntryKind.SETTLEMENT, reference, made.id, settled, paid_at)
        if made.declined is not None:
            sale = self._reassign(made, sale)
        refund_id = None
        if life.fate is Fate.CALLED_OFF:
            back = {place: -fen for place, fen in sale.items()}
            refund_id = self._refund(
                made, payment_id, RefundBearer.REVERSAL, Reason.CANCELLED_BY_BUYER, life.ended
            )
            reference = f"refund:{refund_id}"
            self._post(EntryKind.REVERSAL, reference, made.id, back, life.ended, reverses_id=sale_id)
        elif (at := broken_at(made)) is not None:
            refund_id = self._refund(made, payment_id, RefundBearer.SHOP, BROKEN, at)
            borne = {Place(Account.REFUNDS_BORNE): made.total_fen, held_in: -made.total_fen}
            self._post(EntryKind.REFUND, f"refund:{refund_id}", made.id, borne, at)
        self._taxes.add(made, refund_id)
        return payment_id

    def _credits(self, made: Made, parts: Sequence[Part]) -> Amounts:
        lines = [
            SoldLine(line.id, line.fen, [self._sold(part) for part in parts if part.line_id == line.id])
            for line in made.lines
        ]
        return sale_credits(self._world.rule, lines, made.freight_fen, self._world.home)

    def _sold(self, part: Part) -> SoldUnits:
        source = self._shelves.lots[part.lot_id].source
        return SoldUnits(part.lot_id, source.village_id, part.units, part.household_fen, source.shares)

    def _fee(self, made: Made, payment_id: int) -> None:
        fee = share(made.total_fen, FEE_BP, 10_000)
        moved = {Place(Account.FEE_RESERVE): fee, held_by(SANDBOX): -fee}
        reference = f"fee:payment:{payment_id}"
        self._post(EntryKind.PAYMENT_FEE, reference, made.id, moved, made.life.confirmed)

    def _reassign(self, made: Made, sale: Amounts) -> Amounts:
        """What the declined units earn goes on with them; returns the sale as it stands afterwards."""
        received = {place: fen for place, fen in sale.items() if fen > 0}
        wanted = {**received, **self._credits(made, made.parts)}
        newest = max(part.allocation_id for part in made.parts)
        at = made.declined.declined if made.declined else None
        reference = reassignment_reference(made.id, newest)
        moved = difference(wanted, sale)
        self._post(EntryKind.REASSIGNMENT, reference, made.id, moved, at or made.life.confirmed)
        return wanted

    def _payment(self, made: Made) -> int:
        life, method = made.life, made.wish.method
        by_machine = method == SANDBOX
        status = STATUSES.get(life.fate, PaymentStatus.SUCCEEDED)
        paid_at = life.confirmed
        if made.wish.on_account is not None:
            paid_at = self._paid_later(made) or life.confirmed
            status = PaymentStatus.SUCCEEDED if self._paid_later(made) else PaymentStatus.PENDING
        is_paid = status is PaymentStatus.SUCCEEDED
        is_refunded = life.fate is Fate.CALLED_OFF or broken_at(made) is not None
        reference = self._code(12)
        token = f"sb_{self._code(26)}" if is_paid and by_machine else None
        payment_id = self._rows.add(
            Payment,
            order_id=made.id,
            attempt=1,
            provider=method,
            status=status,
            amount_fen=made.total_fen,
            reference=reference,
            provider_ref=token,
            charge_ref=token,
            method=(SANDBOX if by_machine else BANK_TRANSFER) if is_paid else "",
            request=None if by_machine else self._world.accounts[made.lines[0].goods.seller_id],
            created_at=life.placed,
            expires_at=self._expires(made),
            asked_at=paid_at if is_paid else None,
            succeeded_at=paid_at if is_paid else None,
            ended_at=paid_at if is_paid else life.ended if status is PaymentStatus.EXPIRED else None,
            received_fen=made.total_fen if is_paid else None,
            refunding_fen=made.total_fen if is_refunded else 0,
            fee_fen=share(made.total_fen, FEE_BP, 10_000) if is_paid and by_machine else None,
            confirmed_by_id=self._world.people.admin_id if is_paid and not by_machine else None,
        )
        if token is not None:
            add_till(self._rows, made, token, reference, refunded_fen=made.total_fen if is_refunded else 0)
        return payment_id

    def _expires(self, made: Made) -> datetime:
        placed, terms = made.life.placed, made.wish.on_account
        if terms is not None:
            return due_at(made.life.confirmed, terms.days)
        if made.wish.by_bank:
            return self._world.calendar.end_of_working_day(placed, 5)
        return placed + LIFETIME

    def _paid_later(self, made: Made) -> datetime | None:
        """When the transfer for an order on account came."""
        terms = made.wish.on_account
        if terms is None or terms.paid_after is None:
            return None
        return made.life.confirmed + terms.paid_after

    def _refund(self, made: Made, payment_id: int, bearer: RefundBearer, reason: str, at: datetime) -> int:
        return self._rows.add(
            Refund,
            payment_id=payment_id,
            order_id=made.id,
            status=RefundStatus.SUCCEEDED,
            amount_fen=made.total_fen,
            free_fen=made.total_fen,
            bearer=bearer,
            reason=reason,
            reference=f"R{self._code(12)}",
            request_token=f"demo:{made.id}",
            provider_ref=f"sbr_{self._code(26)}" if made.wish.method == SANDBOX else None,
            requested_by_id=self._world.people.admin_id,
            created_at=at,
            asked_at=at,
            settled_at=at,
        )

    def _post(
        self,
        kind: EntryKind,
        reference: str,
        order_id: int,
        amounts: Amounts,
        posted_at: datetime,
        *,
        reverses_id: int | None = None,
    ) -> int:
        entry_id = self._rows.add(
            JournalEntry,
            kind=kind,
            reference=reference,
            order_id=order_id,
            reverses_id=reverses_id,
            posted_at=posted_at,
        )
        for place, fen in amounts.items():
            if not fen:
                continue
            self._rows.add(
                Posting,
                entry_id=entry_id,
                account=place.account,
                amount_fen=fen,
                household_id=place.household_id,
                village_id=place.village_id,
                order_line_id=place.order_line_id,
                lot_id=place.lot_id,
                provider=place.provider,
            )
            if place.account is Account.HOUSEHOLD_PAYABLE and place.household_id is not None:
                self._figures.earn({place.household_id: -fen}, month_of(posted_at))
        return entry_id

    def settle(self, session: Session) -> None:
        """Write the income figures, and how far invoices are counted."""
        self._figures.write(session)
        self._taxes.settle(session)

    def _code(self, length: int) -> str:
        return "".join(self._random.choices(ALPHABET, k=length))
