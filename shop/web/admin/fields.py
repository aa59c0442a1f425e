"""Form fields that several screens of the back office use."""

from __future__ import annotations

from typing import Any, Final

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import Field, StringField
from wtforms.validators import InputRequired, Length

from shop.kit.money import plain_yuan, typed_yuan
from shop.kit.text import plain_number
from shop.web.fields import IdField, NumberKeys

__all__ = ["NEEDED", "IdField", "PercentField", "slug", "text", "typed_again"]

NEEDED: Final = InputRequired(_("Please fill this in."))


def text(label: Any, most: int, *, needed: bool = False, hint: Any = "", **look: Any) -> StringField:
    """A line of text; the domain tidies it and judges its length again."""
    checks = [NEEDED, Length(max=most)] if needed else [Length(max=most)]
    return StringField(label, checks, description=hint, render_kw={"maxlength": most, **look})


def typed_again() -> StringField:
    """An account's number once more: never filled, and needed where the number changes."""
    return StringField(
        _("Account number once more"),
        [Length(max=60)],
        default="",
        description=_("Only when it changes: buyers transfer their money there."),
        render_kw={"maxlength": 60, "inputmode": "numeric", "autocomplete": "off"},
    )


def slug() -> StringField:
    """Asked for something new only: addresses that people have kept go on working."""
    hint = _("Lower-case letters, digits and hyphens. It stays as it is.")
    return text(_("Short name for its address"), 64, needed=True, hint=hint, autocapitalize="off")


class PercentField(Field):
    """A share in per cent with at most two decimals; `data` is basis points."""

    widget = NumberKeys("decimal")

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return plain_yuan(self.data) if self.data is not None else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        if not valuelist or not str(valuelist[0]).strip():
            return
        try:
            points = typed_yuan(plain_number(str(valuelist[0])).removesuffix("%"))
        except ValueError:
            points = -1
        if not 0 <= points <= 10_000:
            raise ValueError(gettext("Please enter per cent, such as 7.5."))
        self.data = points
