"""A lower price for a time as it is typed: by a coordinator who proposes it, by the team that sets it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask_babel import lazy_gettext as _
from wtforms import DateField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from shop.catalogue.price_list import PackPrice
from shop.catalogue.split import current_rule, split_price
from shop.catalogue.timed_prices import LONGEST_REASON, PriceWish
from shop.kit.clock import EARLIEST, LATEST, shanghai_midnight
from shop.web.database import read_session
from shop.web.fields import TokenField, YuanField
from shop.web.forms import ShopForm


class PriceForm(ShopForm):
    token = TokenField()
    price_fen = YuanField(_("Lower price in ¥"), [InputRequired(_("Please enter an amount such as 12.50."))])
    first_day = DateField(_("First day"), [Optional()], description=_("Empty: at once."))
    last_day = DateField(
        _("Last day"),
        [InputRequired(_("Please enter a day."))],
        description=_("Until midnight of that day; then the former price comes back by itself."),
    )
    reason = StringField(_("Reason"), [DataRequired(_("Please say why.")), Length(max=LONGEST_REASON)])

    def wish(self, variant_id: int, now: datetime) -> PriceWish:
        first, last = self.first_day.data, _within(self.last_day.data)
        return PriceWish(
            variant_id,
            self.price_fen.data or 0,
            shanghai_midnight(_within(first)) if first else now,
            shanghai_midnight(last + timedelta(days=1)),
            self.reason.data or "",
            self.token.data or "",
        )


def _within(day: date | None) -> date:
    """A day of our calendar: the domain says what is wrong with it."""
    return min(max(day or EARLIEST, EARLIEST), LATEST - timedelta(days=1))


def households_share(pack: PackPrice, fen: int, now: datetime) -> tuple[int, int]:
    """What households get of one unit at its usual price, and at `fen`."""
    rule = current_rule(read_session(), now)
    usual = pack.former_fen or pack.price_fen
    return split_price(rule, usual).household, split_price(rule, fen).household
