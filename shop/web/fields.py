"""Form fields that several faces use."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from wtforms import HiddenField, IntegerField
from wtforms.form import BaseForm
from wtforms.validators import StopValidation

from shop.kit.text import normalise_digits, whole_number


class SeenField(HiddenField):
    """The number that its person was shown, so that who changes it meanwhile is not overruled unasked."""

    @property
    def number(self) -> int | None:
        """None where a program sent the form."""
        try:
            return whole_number(str(self.data or ""))
        except ValueError:
            return None


class WholeNumberField(IntegerField):
    """Plain digits, also full-width ones as Chinese keyboards give them; no signs, points or exponents."""

    def pre_validate(self, form: BaseForm) -> None:
        """What is no number at all needs no second sentence about its size."""
        if self.process_errors:
            raise StopValidation()

    def process_formdata(self, valuelist: list[Any]) -> None:
        if not valuelist:
            return
        self.data = None
        if not str(valuelist[0]).strip():
            return
        try:
            self.data = whole_number(normalise_digits(str(valuelist[0])))
        except ValueError:
            raise ValueError(gettext("Please enter a whole number.")) from None
