"""Forms of the shelf: what is sold and how it is paid, counting, taking back, and the cash box."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import InputRequired, Length

from shop.kit.text import form_number, typed_number
from shop.ordering.direct.wish import Item
from shop.web.fields import SeenField, TokenField, WholeNumberField, YuanField
from shop.web.forms import ShopForm

# Who it is bought for: what was typed to find them, and whom the keeper chose.
FIND: Final = "find"
FOR: Final = "for"
# Before the id of a pack, in the names of a sale's fields.
UNITS: Final = "u-"
_NEEDED: Final = InputRequired(_("Please fill this in."))
_WHY: Final = Length(max=200)


class PayForm(ShopForm):
    """`seen`: the total that the buyer was told, in fen. The way of paying is the button that is pressed.

    `organisation`: the short name of who it is bought for, if anybody.
    """

    token = TokenField()
    seen = SeenField()
    paid_how = HiddenField()
    organisation = HiddenField()
    invoice = BooleanField(_("With an invoice in its title"), default=True)


class UndoForm(ShopForm):
    reason = StringField(_("Why is it undone?"), [_NEEDED, _WHY])


class CountForm(ShopForm):
    token = TokenField()
    lot_id = HiddenField()
    seen = SeenField()
    units = WholeNumberField(_("So many lie there"), [_NEEDED])
    reason = StringField(_("Why, where it differs"), [_WHY])


class BackForm(ShopForm):
    token = TokenField()
    lot_id = HiddenField()
    units = WholeNumberField(_("So many go back"), [_NEEDED])
    reason = StringField(_("Why do they go back?"), [_NEEDED, _WHY])


class CashForm(ShopForm):
    """`seen`: what should be in the box, in fen."""

    token = TokenField()
    seen = SeenField()
    counted = YuanField(_("Counted in the box (¥)"), [_NEEDED])
    words = StringField(_("Why, where it differs"), [_WHY])


def items_of(fields: Mapping[str, str]) -> tuple[Item, ...]:
    """What was tapped: packs with how many of each. What is no number counts as nothing."""
    items = []
    for name in sorted(fields):
        variant, units = form_number(name.removeprefix(UNITS)), _number(fields[name])
        if name.startswith(UNITS) and variant is not None and units:
            items.append(Item(variant, units))
    return tuple(items)


def _number(typed: str) -> int:
    try:
        return typed_number(typed)
    except ValueError:
        return 0
