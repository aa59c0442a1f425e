"""Where the money of one order went, as the books say."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Household, Village
from shop.catalogue.split import Parts
from shop.ledger.models import Account, JournalEntry, Posting
from shop.ledger.posting import posted_for_order
from shop.ledger.sales import of_the_sale_as_it_stands


def order_parts(session: Session, order_id: int) -> Parts | None:
    """The parts of a confirmed order in fen, courier freight included; None while nothing is posted."""
    posted = posted_for_order(session, order_id, of_the_sale_as_it_stands())
    if not posted:
        return None

    def credited(account: Account) -> int:
        return -sum(fen for place, fen in posted.items() if place.account is account)

    return Parts(
        household=credited(Account.HOUSEHOLD_PAYABLE),
        packing=credited(Account.PACKING_PAYABLE),
        freight=credited(Account.FREIGHT_PAYABLE),
        payment_fee=credited(Account.FEE_RESERVE),
        village_fund=credited(Account.VILLAGE_FUND),
        shop=credited(Account.SHOP_INCOME),
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
