"""A small shop whose mushrooms are still to be harvested."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import sqlalchemy as sa

from shop import rounds
from shop.fulfilment.harvesting import harvest
from shop.fulfilment.putting_off import put_harvest_off
from shop.inventory.forecasts import Forecast, declare_forecast
from shop.inventory.harvests import Harvest
from shop.inventory.lot_writing import Author
from shop.inventory.models import Lot
from shop.kit.clock import shanghai_date
from tests.factories.small_shop import add_product
from tests.factories.trade import Trade

HOUSEHOLD = Author(None)


class Mushrooms:
    """What one household says about one harvest, and what is seen of it."""

    def __init__(
        self, trade: Trade, *, units: int = 20, pct: int = 50, in_days: int = 10, keeper: str = "chen"
    ):
        self.trade = trade
        if "mushrooms" not in trade.shop.variants:
            trade.run(lambda session: add_product(session, trade.shop, "mushrooms", price_fen=4000))
        self.first_day = shanghai_date(trade.now) + timedelta(days=in_days)
        self.lot_id = self.declare(units=units, pct=pct, keeper=keeper)

    def declare(self, *, units: int, pct: int, keeper: str = "chen", token: str = "") -> int:
        shop = self.trade.shop
        forecast = Forecast(
            shop.variants["mushrooms"], shop.producers[keeper], units, self.first_day, pct, token=token
        )
        say = partial(declare_forecast, forecast=forecast, author=HOUSEHOLD, now=self.trade.now)
        return self.trade.run(lambda session: say(session).id)

    def put_off(self, day: date) -> int:
        say = {"author": HOUSEHOLD, "now": self.trade.now}
        return self.trade.run(lambda session: put_harvest_off(session, self.lot_id, day, **say))

    def come(self, units: int, *, early: bool = False) -> bool:
        """The day has come, or it is early; what is short is settled by the worker."""
        if not early:
            self._wait()
        brought = Harvest(units, shanghai_date(self.trade.now))
        say = {"author": HOUSEHOLD, "now": self.trade.now}
        told = self.trade.run(lambda session: harvest(session, self.lot_id, brought, **say))
        self.settle()
        return told

    def settle(self) -> None:
        rounds.settle_short_harvests(self.trade.unit_of_work, now=self.trade.now)

    def _wait(self) -> None:
        self.trade.now = max(self.trade.now, self.trade.began + timedelta(days=10, hours=1))

    @property
    def lot(self) -> Lot:
        return self.trade.run(
            lambda session: session.scalars(sa.select(Lot).where(Lot.id == self.lot_id)).one()
        )
