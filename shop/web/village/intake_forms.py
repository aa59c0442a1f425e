"""Forms of weighing in, making a lot, and packaging."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, DateField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from shop.inventory.intake.packaging_models import PackagingKind
from shop.inventory.lots import MOST_UNITS
from shop.web.fields import JinField, SeenField, TokenField, WholeNumberField
from shop.web.forms import ShopForm

MOST_PIECES = 1_000_000
KIND_WORDS = {
    PackagingKind.BAG: _("Bags"),
    PackagingKind.TIN: _("Tins"),
    PackagingKind.BOX: _("Boxes"),
    PackagingKind.LABEL: _("Labels for packs"),
}
_WEIGHT_NEEDED = InputRequired(_("Please enter what the scale says."))
_NUMBER_NEEDED = InputRequired(_("Please enter a whole number."))


def pieces(label: Any) -> WholeNumberField:
    said = _("Please enter a whole number up to 1,000,000.")
    return WholeNumberField(label, [_NUMBER_NEEDED, NumberRange(0, MOST_PIECES, said)])


class WeighForm(ShopForm):
    token = TokenField()
    sure = SeenField()  # the weight that was asked about, in grams
    workshop = SelectField(_("Workshop"), [InputRequired()], coerce=int)
    grade = SelectField(_("What was brought"), [InputRequired()], coerce=int)
    household = StringField(
        _("Household"), [DataRequired(_("Please enter its number or name.")), Length(max=60)]
    )
    weight = JinField(_("Weight in jin"), [_WEIGHT_NEEDED])


class TakeBackForm(ShopForm):
    sure = SeenField()
    reason = StringField(_("Reason"), [DataRequired(_("Please say why.")), Length(max=200)])
    weight = JinField(_("Right weight in jin"), [Optional()])


class MakeLotForm(ShopForm):
    token = TokenField()
    sure = SeenField()  # the yield that was asked about, in basis points
    variant = SelectField(_("Goods"), [InputRequired()], coerce=int)
    units = WholeNumberField(
        _("Units"),
        [
            _NUMBER_NEEDED,
            NumberRange(1, MOST_UNITS, _("Please enter at least 1 unit, and not more than 100,000.")),
        ],
    )
    lost = JinField(_("Waste in jin"), [Optional()])
    best_before = DateField(_("Best before"), [Optional()])


class UndoLotForm(ShopForm):
    reason = StringField(_("Reason"), [DataRequired(_("Please say why.")), Length(max=200)])


class NewPackagingForm(ShopForm):
    token = TokenField()
    keeper = SelectField(_("Where it is kept"), [InputRequired()])
    kind = SelectField(
        _("Kind"), [InputRequired()], choices=[(kind.value, word) for kind, word in KIND_WORDS.items()]
    )
    name_zh = StringField(_("Name in Chinese"), [DataRequired(_("Please fill this in.")), Length(max=40)])
    name_en = StringField(_("Name in English"), [Length(max=80)])
    units = pieces(_("Pieces there now"))
    alarm_at = pieces(_("Warn at so many or fewer"))


class ReceiveForm(ShopForm):
    token = TokenField()
    units = WholeNumberField(
        _("Pieces that came in"),
        [_NUMBER_NEEDED, NumberRange(1, MOST_PIECES, _("Please enter a whole number up to 1,000,000."))],
        id="came-in",
    )


class CountForm(ShopForm):
    seen = SeenField()
    counted = pieces(_("Pieces counted"))
    reason = StringField(
        _("Reason"), [Length(max=200)], description=_("Needed when it is not what the book says.")
    )


class AlarmForm(ShopForm):
    alarm_at = pieces(_("Warn at so many or fewer"))
    active = BooleanField(_("It is still used"))
