"""A small shop whose buyers belong to departments: some agreed that their purchases count, some did not."""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Unit
from shop.catalogue.models import Village
from shop.ordering.models import Order
from shop.purchases.models import Funding, OriginStatus, PurchaseBuyer
from tests.factories.trade import Trade, open_for_trade


@dataclass
class CountingTrade(Trade):
    """Every third buyer agreed, every third did not, the others belong to no department."""

    units: list[int] = field(default_factory=list)

    def _place(self, goods, **how) -> int:
        order_id = super()._place(goods, **how)
        which = self.buyers % 3
        if which:
            values = {"unit_id": self.units[self.buyers % len(self.units)], "counts_for_unit": which == 1}
            self.run(
                lambda session: session.execute(sa.update(Order).where(Order.id == order_id).values(values))
            )
        return order_id

    def agreed(self, goods, **how) -> int:
        """Paid by somebody who agreed."""
        while self.buyers % 3:
            self.buyers += 1
        return self.sell(goods, **how)


def open_counting_trade(session: Session, unit_of_work) -> CountingTrade:
    """Two departments; the union buys for the first; each village lies in a county of its own."""
    plain = open_for_trade(session, unit_of_work)
    trade = CountingTrade(
        plain.unit_of_work, plain.shop, plain.admin_id, plain.union_id, plain.organisation_id
    )

    def lay_out(inner: Session) -> list[int]:
        units = [Unit(slug=f"unit-{n}", name_zh=f"{n} 学院", name_en=f"School {n}") for n in (1, 2)]
        inner.add_all(units)
        for number, village in enumerate(inner.scalars(sa.select(Village).order_by(Village.id))):
            village.county_zh, village.county_en = f"第{number}县", f"County {number}"
        inner.add(OriginStatus(county_zh="第0县", status_zh="脱贫县", status_en="Lifted out of poverty"))
        inner.flush()
        inner.add(
            PurchaseBuyer(organisation_id=trade.organisation_id, unit_id=units[0].id, funding=Funding.UNION)
        )
        return [unit.id for unit in units]

    trade.units = trade.run(lay_out)
    return trade
