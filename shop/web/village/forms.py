"""Forms of the village's desk."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, DateField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from shop.delivery.carriers import CARRIERS
from shop.inventory.declarable import Declarable
from shop.web.fields import SeenField, TokenField, WholeNumberField
from shop.web.forms import ShopForm
from shop.web.phrases import language

MOST_UNITS = 100_000
HEAVIEST_G = 1_000_000


def carrier_choices() -> list[tuple[str, str]]:
    chinese = language() == "zh"
    return [(one.code, one.name_zh if chinese else one.name_en) for one in CARRIERS.values()]


class DeclineForm(ShopForm):
    reason = StringField(_("Reason"), [DataRequired(_("Please say why.")), Length(max=200)])


class PersonForm(ShopForm):
    name = StringField(
        _("Name"),
        [DataRequired(_("Please write the name that the household calls them by.")), Length(max=80)],
    )
    phone = StringField(
        _("Mobile number"),
        [DataRequired(_("Please enter a telephone number such as 138 0000 0000.")), Length(max=40)],
        render_kw={"type": "tel", "autocomplete": "off", "inputmode": "tel"},
    )
    shared = HiddenField()  # the number about which it was asked whether the family shares it


class PackForm(ShopForm):
    weight_g = WholeNumberField(
        _("Weight in grams"),
        [Optional(), NumberRange(1, HEAVIEST_G, _("A parcel weighs between 1 g and 1,000 kg."))],
    )
    partly = BooleanField(_("Pack only what is here; the rest follows in another parcel"))


class ShipForm(ShopForm):
    carrier = SelectField(_("Carrier"), [InputRequired()])
    tracking_number = StringField(
        _("Tracking number"), [DataRequired(_("Please enter the tracking number.")), Length(max=40)]
    )

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.carrier.choices = carrier_choices()


class ShipManyForm(ShopForm):
    carrier = SelectField(_("Carrier, where the line names none"), [InputRequired()])
    lines = TextAreaField(
        _("Lines"), [DataRequired(_("Please paste at least one line.")), Length(max=20_000)]
    )

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.carrier.choices = carrier_choices()


class LotForm(ShopForm):
    goods: dict[int, Declarable]  # by variant: how long they keep, and whether they wait for a pledge

    token = TokenField()
    producer = SelectField(_("Producer"), [InputRequired()], coerce=int)
    variant = SelectField(_("Goods"), [InputRequired()], coerce=int)
    units = WholeNumberField(
        _("Units"),
        [
            InputRequired(_("Please enter a whole number.")),
            NumberRange(1, MOST_UNITS, _("Please enter at least 1 unit, and not more than 100,000.")),
        ],
    )
    harvested_on = DateField(_("Harvested on"), [InputRequired(_("Please enter a day."))])
    best_before = DateField(_("Best before"), [Optional()])


class ForecastForm(ShopForm):
    token = TokenField()
    producer = SelectField(_("Producer"), [InputRequired()], coerce=int)
    variant = SelectField(_("Goods"), [InputRequired()], coerce=int)
    units = WholeNumberField(
        _("Units expected"),
        [
            InputRequired(_("Please enter a whole number.")),
            NumberRange(1, MOST_UNITS, _("Please enter at least 1 unit, and not more than 100,000.")),
        ],
    )
    expected_on = DateField(_("Expected on"), [InputRequired(_("Please enter a day."))])
    confidence_pct = WholeNumberField(
        _("How sure, in per cent"),
        [
            InputRequired(_("Please enter a whole number.")),
            NumberRange(10, 100, _("Please say how sure it is, from 10 to 100 per cent.")),
        ],
        default=80,
    )


class HarvestForm(ShopForm):
    units = WholeNumberField(
        _("Units harvested"),
        [
            InputRequired(_("Please enter a whole number.")),
            NumberRange(0, MOST_UNITS, _("Please enter a number of units from 0 to 100,000.")),
        ],
        id="harvest-units",
    )
    harvested_on = DateField(_("Harvested on"), [InputRequired(_("Please enter a day."))])
    best_before = DateField(_("Best before"), [Optional()])
    late = HiddenField(filters=[lambda typed: (typed or "")[:40]])  # the mark of orders that were read


class PutOffForm(ShopForm):
    expected_on = DateField(_("Expected on"), [InputRequired(_("Please enter a day."))])


class CorrectForm(ShopForm):
    seen = SeenField()
    units = WholeNumberField(
        _("Units declared in all"),
        [
            InputRequired(_("Please enter a whole number.")),
            NumberRange(0, MOST_UNITS, _("Please enter a number of units from 0 to 100,000.")),
        ],
    )
    reason = StringField(_("Reason"), [DataRequired(_("Please say why.")), Length(max=200)])


class WithdrawForm(ShopForm):
    # Stands beside the correction, which asks for a reason too.
    reason = StringField(
        _("Reason"), [DataRequired(_("Please say why.")), Length(max=200)], id="withdraw-reason"
    )


class ProposeRecallForm(ShopForm):
    reason_zh = TextAreaField(
        _("What is wrong with it"), [DataRequired(_("Please say why.")), Length(max=300)]
    )
    advice_zh = TextAreaField(_("What buyers shall do"), [Length(max=300)])
