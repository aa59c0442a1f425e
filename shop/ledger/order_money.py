"""Where the money of one order went, as the books say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Household, Village
from shop.catalogue.split import NOTHING, Parts
from shop.ledger.models import OF_THE_SHOP, OWED_TO, Account, EntryKind, JournalEntry, Posting
from shop.ledger.returned import RESTOCKED, WRITTEN_OFF
from shop.ledger.sales import of_the_sale_as_it_stands

# How the part for fees is spent, and payments that the order could not use.
_BESIDE_THE_PRICE: Final = (EntryKind.PAYMENT_FEE, EntryKind.RECEIPT)
# Who lost what went back of an order, or never came.
_LOST_BY_THE_SHOP: Final = (Account.REFUNDS_BORNE, Account.WRITE_OFFS)


@dataclass(frozen=True)
class OrderMoney:
    """In fen, courier freight included: whose the price is by the sale, and what of it is whose now.

    What left the sale is of no part of it: `restocked_fen` is the price of goods that are in stock again, `closed_fen`
    of units that nobody had. `now` adds up to what was not refunded, written off, or taken by a buyer's bank; a part
    below nothing was given from the giver's other money.
    """

    by_sale: Parts
    now: Parts
    restocked_fen: int = 0
    closed_fen: int = 0

    @property
    def price_fen(self) -> int:
        return self.by_sale.total + self.restocked_fen + self.closed_fen

    @property
    def gone_fen(self) -> int:
        return self.price_fen - self.now.total

    @property
    def is_as_sold(self) -> bool:
        """Everybody has what the sale, as it stands, gives them."""
        return self.now == self.by_sale

    @property
    def is_taken_back(self) -> bool:
        return self.now == NOTHING


def order_money(session: Session, order_id: int) -> OrderMoney | None:
    """None for an order that was not sold. One statement."""
    is_of_sale = sa.and_(of_the_sale_as_it_stands(), Posting.account.in_(OWED_TO))
    by_sale = sa.case((is_of_sale, Posting.amount_fen), else_=0)
    left = sa.and_(is_of_sale, JournalEntry.kind == EntryKind.REVERSAL)
    restocked = sa.case((sa.and_(left, _is_about_stock()), Posting.amount_fen), else_=0)
    closed = sa.case((sa.and_(left, ~_is_about_stock()), Posting.amount_fen), else_=0)
    is_sale = sa.case((JournalEntry.kind == EntryKind.SALE, 1), else_=0)
    sums = (by_sale, Posting.amount_fen, restocked, closed)
    rows = session.execute(
        sa.select(Posting.account, *(sa.func.sum(one) for one in sums), sa.func.max(is_sale))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(
            JournalEntry.order_id == order_id,
            JournalEntry.kind.not_in(_BESIDE_THE_PRICE),
            Posting.account.in_((*OWED_TO, *_LOST_BY_THE_SHOP)),
        )
        .group_by(Posting.account)
    ).all()
    if not any(sold for *_, sold in rows):
        return None
    by_sale_fen = {row[0]: -int(row[1]) for row in rows}
    now_fen = {row[0]: -int(row[2]) for row in rows}
    restocked_fen, closed_fen = (sum(int(row[place]) for row in rows) for place in (3, 4))
    return OrderMoney(_parts(by_sale_fen), _parts(now_fen), restocked_fen, closed_fen)


def _is_about_stock() -> sa.ColumnElement[bool]:
    """SQL: an entry of goods that came back in stock, or did not after all."""
    return sa.or_(
        *(JournalEntry.reference.endswith(end, autoescape=True) for end in (RESTOCKED, WRITTEN_OFF))
    )


def _parts(fen: Mapping[Account, int]) -> Parts:
    return Parts(
        household=fen.get(Account.HOUSEHOLD_PAYABLE, 0),
        packing=fen.get(Account.PACKING_PAYABLE, 0),
        freight=fen.get(Account.FREIGHT_PAYABLE, 0),
        payment_fee=fen.get(Account.FEE_RESERVE, 0),
        village_fund=fen.get(Account.VILLAGE_FUND, 0),
        shop=sum(fen.get(account, 0) for account in (*OF_THE_SHOP, *_LOST_BY_THE_SHOP)),
    )


@dataclass(frozen=True)
class HouseholdPart:
    """What one order brings one household. The alias is empty without consent. For the buyer of that order only."""

    alias_zh: str
    alias_en: str
    village_zh: str
    village_en: str
    fen: int


def household_parts_of_order(session: Session, order_id: int) -> list[HouseholdPart]:
    earned = -sa.func.sum(Posting.amount_fen)
    rows = session.execute(
        sa.select(
            *(Household.alias_zh, Household.alias_en, Household.consented_at),
            *(Village.name_zh, Village.name_en, earned.label("fen")),
        )
        .select_from(Posting)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(Household, Household.id == Posting.household_id)
        .join(Village, Village.id == Household.village_id)
        .where(
            JournalEntry.order_id == order_id,
            of_the_sale_as_it_stands(),
            Posting.account == Account.HOUSEHOLD_PAYABLE,
        )
        .group_by(
            *(Household.id, Household.alias_zh, Household.alias_en, Household.consented_at),
            *(Village.name_zh, Village.name_en),
        )
        .having(earned > 0)
        .order_by(earned.desc(), Household.id)
    )
    return [
        HouseholdPart(*((zh, en) if consented_at else ("", "")), village_zh, village_en, int(fen))
        for zh, en, consented_at, village_zh, village_en, fen in rows
    ]
