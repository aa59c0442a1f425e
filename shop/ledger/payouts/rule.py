"""When households get their money: the one rule that every date on a farmer's screen follows from.

On `day` of each month the run is closed of what buyers had received by the evening before; it is paid within
`pay_days`. With day 0 finance closes runs when it likes, and no date is promised.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from shop.accounts.shop_settings import read_shop_settings
from shop.kit.clock import months_before


@dataclass(frozen=True)
class PayoutRule:
    day: int
    pay_days: int

    def closing_after(self, day: date) -> date | None:
        """When the run is closed that holds orders completed on this day."""
        if not self.day:
            return None
        closing = day.replace(day=self.day)
        return closing if closing > day else months_before(closing.replace(day=1), -1).replace(day=self.day)

    def closed_by(self, day: date) -> date | None:
        """The newest closing that has come by this day."""
        if not self.day:
            return None
        closing = day.replace(day=self.day)
        return closing if closing <= day else months_before(closing.replace(day=1), 1).replace(day=self.day)

    def paid_by(self, closed_on: date) -> date:
        """The last day on which a run is paid that was closed on this one."""
        return closed_on + timedelta(days=self.pay_days)


def payout_rule(session: Session) -> PayoutRule:
    stored = read_shop_settings(session)
    return PayoutRule(stored.payout_day, stored.payout_within_days)
