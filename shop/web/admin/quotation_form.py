"""An offer as the team types it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import DateField, FieldList, Form, FormField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from shop.delivery.divisions import check_divisions, provinces
from shop.delivery.runs import active_points, open_runs
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import InvalidInput
from shop.kit.money import format_yuan
from shop.kit.price_tiers import Tier
from shop.kit.text import msg, tidy
from shop.ordering.models import DeliveryKind
from shop.ordering.wish import Courier, Pickup
from shop.quotations.models import QuotationLine, QuotationVersion
from shop.quotations.reading import variants_for_sale
from shop.quotations.requesting import MOST_ITEMS
from shop.quotations.version_wish import LONGEST_TERMS, LineWish, VersionWish
from shop.web.fields import WholeNumberField, YuanField
from shop.web.filters import bilingual
from shop.web.forms import ShopForm
from shop.web.quotation_terms import USUAL, kept_terms, terms_in_words
from shop.web.times import day

MORE: Final = 3
USUAL_DAYS: Final = 14


class LineForm(Form):
    """The price from one unit on, and up to two lower ones from a quantity on."""

    variant = SelectField(_("Product"), choices=[], validators=[Optional()])
    quantity = WholeNumberField(_("How much"), [Optional()])
    price = YuanField(_("Price of one, in ¥"), [Optional()])
    from_2 = WholeNumberField(_("From how many on"), [Optional()])
    price_2 = YuanField(_("then, in ¥"), [Optional()])
    from_3 = WholeNumberField(_("From how many on"), [Optional()])
    price_3 = YuanField(_("then, in ¥"), [Optional()])


class VersionForm(ShopForm):
    lines = FieldList(FormField(LineForm), max_entries=MOST_ITEMS)
    freight_fen = YuanField(_("Freight in ¥"), [Optional()], description=_("Empty: none."))
    discount_fen = YuanField(_("Off the sum, in ¥"), [Optional()], description=_("The shop bears it."))
    discount_words = StringField(_("What it goes off for"), [Length(max=80)])
    valid_until = DateField(_("Valid until"), [InputRequired(_("Please enter a day."))])
    delivery = RadioField(
        _("How it travels"),
        choices=[
            (DeliveryKind.PICKUP.value, _("By truck to a pickup point")),
            (DeliveryKind.COURIER.value, _("To an address")),
        ],
        default=DeliveryKind.PICKUP.value,
    )
    stop = SelectField(_("Truck and pickup point"), choices=[], validators=[Optional()])
    province = SelectField(_("Province"), choices=[], validators=[Optional()])
    city = StringField(_("City"), [Length(max=40)])
    district = StringField(_("District"), [Length(max=40)])
    street = StringField(_("Street and number"), [Length(max=200)])
    days = StringField(_("On which days, in words"), [Length(max=120)])
    place = StringField(_("Where exactly, in words"), [Length(max=200)])
    terms = TextAreaField(_("Terms of this offer"), [Length(max=LONGEST_TERMS)], description=_("One a line."))
    what_changed = StringField(
        _("What is different from the version before"),
        [Length(max=120)],
        description=_("The organisation reads it."),
    )

    def offer(self, session: Session) -> None:
        """What can be chosen."""
        choices = [("", _("Choose a product"))]
        choices += [
            (
                str(one.id),
                " · ".join((_pack(one), f"¥{format_yuan(one.price_fen)}", bilingual(one, "seller"))),
            )
            for one in variants_for_sale(session)
        ]
        for row in self.lines:
            row.form.variant.choices = choices
        self.stop.choices = [("", _("Choose a truck")), *_stops(session)]
        self.province.choices = [("", _("Choose a province")), *((one, one) for one in provinces())]

    def begin_with(
        self, wanted: Mapping[int, int], tiers: Mapping[int, Sequence[Tier]], *, days: str, place: str
    ) -> None:
        """The first version: what was asked for, at the standing prices."""
        for variant_id, quantity in wanted.items():
            self._add_line(variant_id, quantity, tiers.get(variant_id, ()))
        self.valid_until.data = shanghai_date(utc_now()) + timedelta(days=USUAL_DAYS)
        self.days.data, self.place.data = days, place
        self.terms.data = terms_in_words("\n".join(USUAL))
        self.add_lines(1)

    def copy(self, before: QuotationVersion, lines: Sequence[QuotationLine], *, is_draft: bool) -> None:
        """A draft as it stands; or the next version, which begins as a copy of the newest."""
        for line in lines:
            self._add_line(line.variant_id, line.quantity, line.tiers)
        self.add_lines(1)
        self.freight_fen.data, self.discount_fen.data = before.freight_fen, before.discount_fen
        self.discount_words.data = before.discount_words
        today = shanghai_date(utc_now())
        keeps = is_draft or before.valid_until > today
        self.valid_until.data = before.valid_until if keeps else today + timedelta(days=USUAL_DAYS)
        self.delivery.data = before.delivery.value
        self.stop.data = f"{before.run_id}:{before.pickup_point_id}" if before.run_id else ""
        self.province.data, self.city.data = before.province or "", before.city or ""
        self.district.data, self.street.data = before.district or "", before.address or ""
        self.days.data, self.place.data = before.days, before.place
        self.terms.data = terms_in_words(before.terms)
        self.what_changed.data = before.what_changed if is_draft else ""

    def add_lines(self, count: int = MORE) -> None:
        for _row in range(min(count, MOST_ITEMS - len(self.lines))):
            self.lines.append_entry()

    def wish(self) -> VersionWish:
        """Raises InvalidInput by field for what is not whole."""
        return VersionWish(
            lines=self._lines(),
            delivery=self._way(),
            valid_until=self.valid_until.data or date.min,
            freight_fen=self.freight_fen.data or 0,
            discount_fen=self.discount_fen.data or 0,
            discount_words=self.discount_words.data or "",
            days=self.days.data or "",
            place=self.place.data or "",
            terms=kept_terms(self.terms.data or ""),
            what_changed=self.what_changed.data or "",
        )

    def _add_line(self, variant_id: int, quantity: int, tiers: Sequence[Tier]) -> None:
        said: dict[str, object] = {"variant": str(variant_id), "quantity": quantity}
        for place, tier in enumerate(tiers[:3], 1):
            said["price" if place == 1 else f"price_{place}"] = tier.unit_price_fen
            if place > 1:
                said[f"from_{place}"] = tier.from_quantity
        self.lines.append_entry(said)

    def _lines(self) -> tuple[LineWish, ...]:
        found = []
        for row in self.lines:
            line = row.form
            if not line.variant.data and line.quantity.data is None:
                continue
            if not line.variant.data or not line.quantity.data or line.price.data is None:
                raise InvalidInput(msg("Every line needs a product, a quantity and a price."), field="lines")
            found.append(LineWish(int(line.variant.data), line.quantity.data, _tiers(line)))
        return tuple(found)

    def _way(self) -> Pickup | Courier:
        if self.delivery.data == DeliveryKind.PICKUP.value:
            run, _colon, point = (self.stop.data or "").partition(":")
            if not point:
                raise InvalidInput(msg("Please choose a truck."), field="stop")
            return Pickup(int(point), int(run))
        province, city, district = check_divisions(
            self.province.data or "", self.city.data or "", self.district.data or ""
        )
        if not tidy(self.street.data or ""):
            raise InvalidInput(msg("Please enter the street and number."), field="street")
        return Courier(province, city, district, tidy(self.street.data or ""))


def _pack(one: Any) -> str:
    return f"{bilingual(one, 'name')} {bilingual(one, 'pack')}"


def _tiers(line: Form) -> tuple[Tier, ...]:
    tiers = [Tier(1, line["price"].data or 0)]
    for place in (2, 3):
        first, fen = line[f"from_{place}"].data, line[f"price_{place}"].data
        if first is None and fen is None:
            continue
        tiers.append(Tier(first or 0, fen or 0))
    return tuple(tiers)


def _stops(session: Session) -> list[tuple[str, str]]:
    points = {one.id: one for one in active_points(session)}
    return [
        (
            f"{run.id}:{stop.pickup_point_id}",
            f"{day(run.arrives_at)} · {bilingual(points[stop.pickup_point_id], 'name')}",
        )
        for run in open_runs(session, now=utc_now())
        for stop in run.stops
        if stop.pickup_point_id in points
    ]
