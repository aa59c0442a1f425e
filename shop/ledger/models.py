"""Double-entry books: append-only entries whose postings sum to zero, and payouts to households."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.catalogue.models import Household
from shop.storage.base import Base, PrimaryKey


class Account(StrEnum):
    """The chart of accounts. Debits are positive, credits negative."""

    PROVIDER_CLEARING = "provider_clearing"  # asset: received by a provider, not yet in our bank
    BANK = "bank"  # asset
    RECEIVABLES = "receivables"  # asset
    DISPUTED = "disputed"  # asset: taken by a buyer's bank until a dispute is decided
    HOUSEHOLD_PAYABLE = "household_payable"  # liability, by household
    PACKING_PAYABLE = "packing_payable"  # liability, by village
    HUB_PAYABLE = "hub_payable"  # liability: to who runs the county hub, for its steps
    FREIGHT_PAYABLE = "freight_payable"  # liability: couriers and the truck
    FEE_RESERVE = "fee_reserve"  # liability: the part of prices set aside for payment fees
    VILLAGE_FUND = "village_fund"  # liability, by village
    SHOP_INCOME = "shop_income"
    ROUNDING = "rounding"  # income or expense: the fen that dividing by units leaves over
    COUPONS_BORNE = "coupons_borne"  # expense: what coupons took off prices, where the shop pays for it
    COUPON_FUND = (
        "coupon_fund"  # liability: what sponsors and sellers gave for coupons, less what these took off
    )
    REFUNDS_BORNE = "refunds_borne"  # expense: refunds that the shop bears, or as much of them
    WRITE_OFFS = "write_offs"  # expense: what organisations owed and will not pay
    CASH_DIFFERENCES = (
        "cash_differences"  # expense: cash that was not in a counter's box; income: that was too much
    )
    BANK_COSTS = "bank_costs"  # expense: what our bank charges, less the interest that it pays
    ADVANCE = "advance"  # liability: what was lent to pay households before the buyers' money came
    SUSPENSE = (
        "suspense"  # liability: received, and not yet known what for; or on its way back to who paid it
    )


# Whose the money of a sale is.
OWED_TO: Final = (
    Account.HOUSEHOLD_PAYABLE,
    Account.PACKING_PAYABLE,
    Account.FREIGHT_PAYABLE,
    Account.FEE_RESERVE,
    Account.VILLAGE_FUND,
    Account.SHOP_INCOME,
    Account.ROUNDING,
)

# What coupons took off is paid by one of these: the others have their part of the full price.
COUPON_ACCOUNTS: Final = (Account.COUPONS_BORNE, Account.COUPON_FUND)
# What a sale moves, beside the money that came.
OF_A_SALE: Final = (*OWED_TO, *COUPON_ACCOUNTS)

# The shop's part, as buyers see it: a fen of rounding is nobody else's.
OF_THE_SHOP: Final = (Account.SHOP_INCOME, Account.ROUNDING)


class EntryKind(StrEnum):
    SALE = "sale"
    PAYMENT_FEE = "payment_fee"
    REASSIGNMENT = "reassignment"  # units went to another household's lot
    REFUND = "refund"  # that somebody bears; the sale stands
    REVERSAL = "reversal"  # of a sale, which it names, or of units that left it
    PAYOUT = "payout"  # and, naming it, the entry that takes it back when the bank sent the money back
    SETTLEMENT = "settlement"  # an organisation has transferred what it owed
    WRITE_OFF = "write_off"  # what it owed is given up
    DISPUTE = "dispute"  # money of a disputed payment was taken, came back or is lost
    ADVANCE_REPAID = (
        "advance_repaid"  # what was lent went back to the lender; and, naming it, what takes that back
    )
    MOVEMENT = "movement"  # money that moved at our bank outside orders; and, naming it, what takes that back
    HUB_WORK = "hub_work"  # a step at the county hub; and, naming it, what takes it back
    CASH_COUNT = "cash_count"  # two persons counted a counter's cash, and it was not what it should be
    RECEIPT = (
        "receipt"  # money came that pays nothing yet or no order can use, or found its place, or went back
    )


class AccountCode(Base):
    """The code by which the accounting program knows an account, where it is not the one of the subject list."""

    __tablename__ = "account_codes"

    account: Mapped[Account] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(20), unique=True)


class JournalEntry(Base):
    """One business event, posted exactly once: ``reference`` is unique, so a replay posts nothing."""

    __tablename__ = "journal_entries"
    __table_args__ = (sa.Index("ix_journal_entries_kind_posted_at", "kind", "posted_at"),)

    id: Mapped[PrimaryKey]
    kind: Mapped[EntryKind]
    reference: Mapped[str] = mapped_column(sa.String(80), unique=True)  # e.g. sale:order:17
    order_id: Mapped[int | None] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    # A sale is taken back at most once.
    reverses_id: Mapped[int | None] = mapped_column(sa.ForeignKey("journal_entries.id"), unique=True)
    posted_at: Mapped[datetime] = mapped_column(index=True)

    postings: Mapped[list[Posting]] = relationship(lazy="raise", order_by="Posting.id")


class Posting(Base):
    __tablename__ = "postings"
    __table_args__ = (
        sa.CheckConstraint("amount_fen <> 0", name="amount_not_zero"),
        sa.Index("ix_postings_account_household", "account", "household_id"),
        sa.Index("ix_postings_account_village", "account", "village_id"),
    )

    id: Mapped[PrimaryKey]
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("journal_entries.id"), index=True)
    account: Mapped[Account]
    amount_fen: Mapped[int]  # debit > 0, credit < 0
    household_id: Mapped[int | None] = mapped_column(sa.ForeignKey("households.id"))
    village_id: Mapped[int | None] = mapped_column(sa.ForeignKey("villages.id"))
    order_line_id: Mapped[int | None] = mapped_column(sa.ForeignKey("order_lines.id"), index=True)
    lot_id: Mapped[int | None] = mapped_column(sa.ForeignKey("lots.id"))
    provider: Mapped[str | None] = mapped_column(sa.String(32))  # of clearing: who holds it for us


class ClosedMonth(Base):
    """A Shanghai month in which nothing is posted any more, with its figures as they stood when it was closed."""

    __tablename__ = "closed_months"
    __table_args__ = (
        sa.CheckConstraint("entries >= 0", name="entries_not_negative"),
        sa.CheckConstraint("turnover_fen >= 0", name="turnover_not_negative"),
    )

    id: Mapped[PrimaryKey]
    month: Mapped[date] = mapped_column(unique=True)  # its first day
    entries: Mapped[int]
    turnover_fen: Mapped[int]  # all debits, which are all credits
    closed_at: Mapped[datetime]
    closed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))


class PayoutStatus(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    PAID = "paid"


class PayoutRun(Base):
    """What completed orders owe households up to and with one Shanghai day.

    A discarded run has no payouts any more: its postings are free for the next one. `advance`: also what buyers on
    terms still owe, from the advance account.
    """

    __tablename__ = "payout_runs"
    __table_args__ = (
        sa.CheckConstraint("approved_at IS NULL OR discarded_at IS NULL", name="approved_or_discarded"),
    )

    id: Mapped[PrimaryKey]
    number: Mapped[str] = mapped_column(sa.String(32), unique=True)
    until: Mapped[date]
    advance: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    discarded_at: Mapped[datetime | None]
    discarded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    discard_reason: Mapped[str] = mapped_column(sa.String(300), default="")

    payouts: Mapped[list[Payout]] = relationship(lazy="raise", order_by="Payout.id")


class Payout(Base):
    """Money due to one household in one run.

    `attempt` counts how often it is sent: one that the bank sent back is approved again, with the next attempt.
    `exported_at` says since when this attempt stands in a bank file, `in_cash` that it was handed over and not sent.
    """

    __tablename__ = "payouts"
    __table_args__ = (
        sa.UniqueConstraint("run_id", "household_id"),
        sa.CheckConstraint("amount_fen > 0", name="amount_positive"),
        sa.CheckConstraint("attempt > 0", name="attempt_positive"),
        sa.CheckConstraint("(status = 'paid') = (paid_at IS NOT NULL)", name="paid_has_moment"),
        sa.Index("ix_payouts_household_status", "household_id", "status"),
    )

    id: Mapped[PrimaryKey]
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("payout_runs.id"))
    household_id: Mapped[int] = mapped_column(sa.ForeignKey("households.id"))
    status: Mapped[PayoutStatus] = mapped_column(default=PayoutStatus.DRAFT)
    amount_fen: Mapped[int]
    attempt: Mapped[int] = mapped_column(default=1)
    exported_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    paid_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    bank_reference: Mapped[str] = mapped_column(sa.String(80), default="")
    in_cash: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    failed_reason: Mapped[str] = mapped_column(sa.String(300), default="")

    household: Mapped[Household] = relationship(lazy="raise")
    run: Mapped[PayoutRun] = relationship(lazy="raise", viewonly=True)


class PayoutItem(Base):
    """Which posting a payout settles; a posting is settled at most once."""

    __tablename__ = "payout_items"

    payout_id: Mapped[int] = mapped_column(sa.ForeignKey("payouts.id", ondelete="CASCADE"), primary_key=True)
    posting_id: Mapped[int] = mapped_column(sa.ForeignKey("postings.id"), primary_key=True, unique=True)


class PayeeKind(StrEnum):
    OWN = "own"  # an account of the household
    RELATIVE = "relative"  # a relative's account, with consent
    CASH = "cash"  # against a signed receipt


class Payee(Base):
    """Who takes the money of one household. Name, identity number and account lie sealed under FIELD_KEYS.

    Money goes there from `usable_from` on. `contact_phone` is the household's telephone when this was written: it
    hears of the next change.
    """

    __tablename__ = "payees"
    __table_args__ = (
        sa.CheckConstraint("(kind = 'cash') = (account_sealed = '')", name="account_unless_cash"),
        sa.CheckConstraint(
            "(kind = 'relative') = (consented_at IS NOT NULL AND relation <> '')", name="relative_consented"
        ),
    )

    id: Mapped[PrimaryKey]
    household_id: Mapped[int] = mapped_column(sa.ForeignKey("households.id"), unique=True)
    kind: Mapped[PayeeKind]
    name_sealed: Mapped[str] = mapped_column(sa.Text)
    identity_sealed: Mapped[str] = mapped_column(sa.Text)
    account_sealed: Mapped[str] = mapped_column(sa.Text, default="")
    bank: Mapped[str] = mapped_column(sa.String(60), default="")
    relation: Mapped[str] = mapped_column(sa.String(40), default="")
    consented_at: Mapped[datetime | None]
    contact_phone: Mapped[str] = mapped_column(sa.String(20), default="")
    version: Mapped[int] = mapped_column(default=1)
    usable_from: Mapped[datetime]
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
