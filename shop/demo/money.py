"""The money of the demo's year: payments, refunds, and every entry in the books by the shop's own rule."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime

from sqlalchemy.orm import Session

from shop.demo.life import Fate
from shop.demo.orders import Made
from shop.demo.rows import Rows
from shop.demo.world import World
from shop.inventory.figures import FigureChanges
from shop.kit.clock import month_of
from shop.kit.money import share
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.ledger.posting import Amounts, Place
from shop.ledger.sales import sale_credits
from shop.payments.models import Payment, PaymentStatus, Refund, RefundBearer, RefundStatus

FEE_BP = 60
ROWS_A_STATEMENT = 2000


class Books:
    """Posts what `ledger` would post, many orders at a time, and keeps the income figures beside it."""

    def __init__(self, world: World, rows: Rows) -> None:
        self._world = world
        self._rows = rows
        self._earned: dict[tuple[int, date], int] = defaultdict(int)

    def add_money(self, made: Made) -> None:
        life = made.life
        if life.fate is Fate.NEVER_PAID:
            self._payment(made, PaymentStatus.EXPIRED)
            return
        payment_id = self._payment(made, PaymentStatus.SUCCEEDED)
        sale = {
            Place(Account.PROVIDER_CLEARING): made.total_fen,
            **sale_credits(self._world.rule, made.book, self._world.home),
        }
        self._post(EntryKind.SALE, f"sale:order:{made.order_id}", made.order_id, sale, life.confirmed)
        fee = share(made.total_fen, FEE_BP, 10_000)
        self._post(
            EntryKind.PAYMENT_FEE,
            f"fee:payment:{payment_id}",
            made.order_id,
            {Place(Account.FEE_RESERVE): fee, Place(Account.PROVIDER_CLEARING): -fee},
            life.confirmed,
        )
        if life.fate is Fate.CALLED_OFF:
            self._refund(made, payment_id, sale)

    def _payment(self, made: Made, status: PaymentStatus) -> int:
        paid = status is PaymentStatus.SUCCEEDED
        life = made.life
        return self._rows.add(
            Payment,
            order_id=made.order_id,
            attempt=1,
            provider="sandbox",
            status=status,
            amount_fen=made.total_fen,
            reference=f"DEMO-{made.number}",
            provider_ref=f"demo_{made.number}",
            method="demo",
            created_at=life.placed,
            succeeded_at=life.confirmed if paid else None,
            ended_at=life.confirmed if paid else life.accepted,
            received_fen=made.total_fen if paid else None,
            fee_fen=share(made.total_fen, FEE_BP, 10_000) if paid else None,
        )

    def _refund(self, made: Made, payment_id: int, sale: Amounts) -> None:
        at = made.life.accepted
        refund_id = self._rows.add(
            Refund,
            payment_id=payment_id,
            order_id=made.order_id,
            status=RefundStatus.SUCCEEDED,
            amount_fen=made.total_fen,
            bearer=RefundBearer.REVERSAL,
            reason="买家取消",
            reference=f"DEMO-R-{made.number}",
            request_token=f"demo-{made.number}",
            provider_ref=f"demo_r_{made.number}",
            created_at=at,
            settled_at=at,
        )
        taken_back = {place: -fen for place, fen in sale.items()}
        self._post(EntryKind.REVERSAL, f"refund:{refund_id}", made.order_id, taken_back, at)

    def _post(
        self, kind: EntryKind, reference: str, order_id: int, amounts: Amounts, posted_at: datetime
    ) -> None:
        entry_id = self._rows.add(
            JournalEntry, kind=kind, reference=reference, order_id=order_id, posted_at=posted_at
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
            )
            if place.account is Account.HOUSEHOLD_PAYABLE and place.household_id is not None:
                self._earned[place.household_id, month_of(posted_at)] -= fen

    def settle(self, session: Session) -> None:
        """Write the income figures, as many rows a statement as every database takes."""
        earned = sorted(self._earned.items())
        for start in range(0, len(earned), ROWS_A_STATEMENT):
            figures = FigureChanges()
            for (household_id, month), fen in earned[start : start + ROWS_A_STATEMENT]:
                figures.earn({household_id: fen}, month)
            figures.write(session)
