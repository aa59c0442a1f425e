"""What each kind of movement does to the books: which account it moves besides our bank's, and which way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from shop.kit.text import msg
from shop.ledger.models import Account
from shop.ledger.movements.models import MovementKind
from shop.ledger.posting import Amounts, Place
from shop.payments.providers.config import ALIPAY, SANDBOX, STRIPE, WECHAT


@dataclass(frozen=True)
class Way:
    """`comes_in`: to our bank; else it leaves it.

    `takes_from`: no more moves than the account holds. A cost of the bank is bounded by nothing of ours.
    """

    account: Account
    comes_in: bool = False
    by_village: bool = False
    by_provider: bool = False
    takes_from: bool = True

    def place(self, village_id: int | None = None, provider: str = "") -> Place:
        """Whose part of the account moves."""
        whose = provider if self.by_provider else ""
        return Place(self.account, village_id=village_id if self.by_village else None, provider=whose or None)


WAYS: Final[Mapping[MovementKind, Way]] = {
    MovementKind.PROVIDER_PAYOUT: Way(Account.PROVIDER_CLEARING, comes_in=True, by_provider=True),
    MovementKind.FREIGHT_PAID: Way(Account.FREIGHT_PAYABLE),
    MovementKind.PACKING_PAID: Way(Account.PACKING_PAYABLE, by_village=True),
    MovementKind.HUB_PAID: Way(Account.HUB_PAYABLE),
    MovementKind.VILLAGE_FUND_PAID: Way(Account.VILLAGE_FUND, by_village=True),
    MovementKind.INCOME_PAID_OUT: Way(Account.SHOP_INCOME),
    MovementKind.COUPON_FUND_PAID_IN: Way(Account.COUPON_FUND, comes_in=True, takes_from=False),
    MovementKind.BANK_CHARGE: Way(Account.BANK_COSTS, takes_from=False),
    MovementKind.INTEREST: Way(Account.BANK_COSTS, comes_in=True, takes_from=False),
}
KIND_NAMES: Final = {
    MovementKind.PROVIDER_PAYOUT: msg("Payout of a payment provider"),
    MovementKind.FREIGHT_PAID: msg("Freight paid"),
    MovementKind.PACKING_PAID: msg("Packing and checks paid"),
    MovementKind.HUB_PAID: msg("County hub paid"),
    MovementKind.VILLAGE_FUND_PAID: msg("Village fund paid out"),
    MovementKind.INCOME_PAID_OUT: msg("Shop's income paid out"),
    MovementKind.COUPON_FUND_PAID_IN: msg("Paid in for coupons"),
    MovementKind.BANK_CHARGE: msg("Bank charge"),
    MovementKind.INTEREST: msg("Interest received"),
}
PROVIDER_NAMES: Final = {
    STRIPE: msg("Stripe (cards and wallets)"),
    WECHAT: msg("WeChat Pay"),
    ALIPAY: msg("Alipay"),
    SANDBOX: msg("Test payment"),
}
# The accounts that movements empty, in the order in which people look at them.
HELD_IN: Final = tuple(dict.fromkeys(way.account for way in WAYS.values() if way.takes_from))


def amounts_of(kind: MovementKind, fen: int, village_id: int | None = None, provider: str = "") -> Amounts:
    """The entry: what comes to our bank is its debit."""
    way = WAYS[kind]
    moved = fen if way.comes_in else -fen
    return {Place(Account.BANK): moved, way.place(village_id, provider): -moved}
