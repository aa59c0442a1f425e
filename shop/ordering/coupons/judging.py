"""What a coupon takes off a basket, or why it takes off nothing. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from shop.kit.money import format_yuan, split
from shop.kit.text import msg
from shop.ordering.coupons.errors import CouponNeedsProof
from shop.ordering.coupons.models import CampaignState, CouponCampaign, CouponKind
from shop.ordering.lines import Line

OVER: Final = msg("It does not hold good any more.")
USED_UP: Final = msg("All that there was of it has been given out.")
OWN_LIMIT: Final = msg("You have used it as often as one person may.")
NOT_YOURS: Final = msg("It is not for this account.")
PROVE_FIRST: Final = CouponNeedsProof.default_message
NOT_TOGETHER: Final = msg("It cannot be used together with the other one.")
NO_GOODS: Final = msg("Nothing that you order is among the goods that it is for.")
TOO_LITTLE: Final = msg("It holds good from ¥%(minimum)s on; ¥%(missing)s are missing.")
LEAST_TOTAL_FEN: Final = 1  # what stays to pay: no payment service takes nothing


@dataclass(frozen=True, slots=True)
class Offered:
    """A code with what is known of it and of its person; `products` it is for, None for all."""

    campaign: CouponCampaign
    code_id: int
    word: str | None
    code_left: int | None
    own_uses: int
    is_voided: bool
    is_for_person: bool
    owner_is_known: bool
    products: Collection[int] | None

    @property
    def of_freight(self) -> bool:
        return self.campaign.takes_freight

    @property
    def budget_left_fen(self) -> int:
        return self.campaign.budget_fen - self.campaign.spent_fen


@dataclass(frozen=True, slots=True)
class Coupon:
    """One coupon of a basket: `off_fen` of goods by the numbers of lines; of freight it is known with the freight.

    `why_not`: a sentence, with its facts, when it takes off nothing.
    """

    offered: Offered
    by_line: Mapping[int, int] = field(default_factory=dict)
    why_not: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def off_fen(self) -> int:
        return sum(self.by_line.values())

    @property
    def of_freight(self) -> bool:
        return self.offered.of_freight

    @property
    def holds(self) -> bool:
        return self.why_not is None

    def off_freight(self, freight_fen: int) -> int:
        """Of a freight; nothing where the budget does not reach for it."""
        if not self.of_freight or not self.holds:
            return 0
        most = self.offered.campaign.most_fen
        off_fen = freight_fen if most is None else min(freight_fen, most)
        return off_fen if off_fen <= self.offered.budget_left_fen else 0

    def off_order(self, freight_fen: int) -> int:
        return self.off_freight(freight_fen) if self.of_freight else self.off_fen


@dataclass(frozen=True, slots=True)
class Coupons:
    """What lies in a basket: at most one coupon off the goods and one off the freight."""

    coupons: tuple[Coupon, ...] = ()

    @property
    def by_line(self) -> Mapping[int, int]:
        """What goes off goods, in fen by the numbers of their lines."""
        return next((one.by_line for one in self.coupons if not one.of_freight), {})

    @property
    def goods_off_fen(self) -> int:
        return sum(self.by_line.values())

    @property
    def take_freight(self) -> bool:
        return any(one.of_freight and one.holds for one in self.coupons)

    def freight_off_fen(self, freight_fen: int) -> int:
        return sum(one.off_freight(freight_fen) for one in self.coupons)

    def to_pay_fen(self, goods_fen: int, freight_fen: int) -> int:
        return goods_fen - self.goods_off_fen + freight_fen - self.freight_off_fen(freight_fen)

    def told(self) -> list[str]:
        """What a form showed of them, to be compared with what would be ordered."""
        return [
            f"coupon {one.offered.code_id} {one.off_fen} {one.offered.campaign.most_fen}"
            for one in self.coupons
            if one.holds
        ]


NO_COUPONS: Final = Coupons()


def judge_all(offered: Sequence[Offered], lines: Sequence[Line], *, now: datetime) -> Coupons:
    """The one off goods first; one off freight stands beside it where its campaign says so."""
    coupons: list[Coupon] = []
    for one in sorted(offered, key=lambda each: each.of_freight):
        alone = not coupons or coupons[0].offered.campaign.with_freight
        coupons.append(judge(one, lines, now=now) if alone else Coupon(one, why_not=NOT_TOGETHER))
    return Coupons(tuple(coupons))


def judge(offered: Offered, lines: Sequence[Line], *, now: datetime) -> Coupon:
    campaign = offered.campaign
    why_not = unusable(offered, now)
    if why_not is not None:
        return Coupon(offered, why_not=why_not)
    mine = [line for line in lines if offered.products is None or line.product_id in offered.products]
    base_fen = sum(line.line_fen for line in mine)
    if not base_fen:
        return Coupon(offered, why_not=NO_GOODS)
    if base_fen < campaign.minimum_fen:
        missing_fen = campaign.minimum_fen - base_fen
        facts = {"minimum": format_yuan(campaign.minimum_fen), "missing": format_yuan(missing_fen)}
        return Coupon(offered, why_not=TOO_LITTLE, facts=facts)
    return Coupon(offered) if offered.of_freight else _off_goods(offered, mine, lines)


def _off_goods(offered: Offered, mine: Sequence[Line], lines: Sequence[Line]) -> Coupon:
    """Shared by the lines that it is for, by what they cost."""
    base_fen, goods_fen = sum(line.line_fen for line in mine), sum(line.line_fen for line in lines)
    off_fen = min(_off(offered.campaign, base_fen), base_fen, goods_fen - LEAST_TOTAL_FEN)
    if off_fen > offered.budget_left_fen:
        return Coupon(offered, why_not=USED_UP)
    if off_fen <= 0:
        return Coupon(offered, why_not=NO_GOODS)
    parts = split(off_fen, [line.line_fen for line in mine])
    return Coupon(offered, {line.number: fen for line, fen in zip(mine, parts, strict=True) if fen})


def unusable(offered: Offered, now: datetime) -> str | None:
    """Why it holds good for nothing at all, whatever lies in the basket."""
    campaign = offered.campaign
    is_open = campaign.state is CampaignState.APPROVED and campaign.starts_at <= now < campaign.ends_at
    if not is_open or offered.is_voided:
        return OVER
    if not offered.owner_is_known:
        return PROVE_FIRST
    if not offered.is_for_person:
        return NOT_YOURS
    if offered.own_uses >= campaign.most_per_person:
        return OWN_LIMIT
    code_is_used = offered.code_left is not None and offered.code_left <= 0
    all_used = campaign.most_uses is not None and campaign.used_count >= campaign.most_uses
    return USED_UP if code_is_used or all_used or offered.budget_left_fen <= 0 else None


def _off(campaign: CouponCampaign, base_fen: int) -> int:
    if campaign.kind is CouponKind.PERCENT:
        off_fen = base_fen * (campaign.percent or 0) // 100
        return off_fen if campaign.most_fen is None else min(off_fen, campaign.most_fen)
    return campaign.amount_fen or 0


def paid_of(line_fen: int, discount_fen: int, gone_fen: int) -> int:
    """What was really paid for goods of a line that cost `gone_fen` by its list price. All of the line: all of it."""
    return gone_fen - discount_of(line_fen, discount_fen, gone_fen)


def discount_of(line_fen: int, discount_fen: int, gone_fen: int) -> int:
    """The part of a line's discount that goods of so much list price have; it grows with them, to all of it."""
    return discount_fen * gone_fen // line_fen if line_fen else 0
