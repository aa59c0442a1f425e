"""Form fields that several faces use."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import Field, HiddenField, IntegerField, SelectField, SelectMultipleField
from wtforms.fields import DateTimeLocalField
from wtforms.form import BaseForm
from wtforms.validators import NumberRange, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from shop.kit.clock import SHANGHAI, in_shanghai
from shop.kit.money import plain_yuan
from shop.kit.references import secret_token
from shop.kit.text import form_number, typed_number
from shop.kit.typed_amounts import BELOW_ZERO, WrongNumber, read_fen, read_whole_number
from shop.kit.weights import plain_jin, read_jin

LONGEST_TOKEN = 64


class NumberKeys(TextInput):
    """A line of text for which a phone shows its digits.

    Not `type=number`: there a browser drops what a Chinese keyboard gives in full width, before anybody can read it.
    """

    def __init__(self, keys: str) -> None:
        super().__init__()
        self._keys = keys

    def __call__(self, field: Field, **kwargs: Any) -> Any:
        return super().__call__(field, **{"inputmode": self._keys, "autocomplete": "off", **kwargs})


class CheckboxesField(SelectMultipleField):
    """Several of a few, as boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class TokenField(HiddenField):
    """One for each form that is shown: what makes something by it makes it once, however often it is sent."""

    def __init__(self, **options: Any) -> None:
        super().__init__(default=secret_token, **options)

    def process_formdata(self, valuelist: Any) -> None:
        if valuelist and valuelist[0]:
            self.data = valuelist[0][:LONGEST_TOKEN]


class SeenField(HiddenField):
    """The number that its person was shown, so that who changes it meanwhile is not overruled unasked."""

    @property
    def number(self) -> int | None:
        """None where a program sent the form."""
        try:
            return typed_number(str(self.data or ""))
        except ValueError:
            return None


class WholeNumberField(IntegerField):
    """Plain digits, also full-width ones as Chinese keyboards give them; no signs, points or exponents."""

    widget = NumberKeys("numeric")

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
            self.data = read_whole_number(str(valuelist[0]))
        except WrongNumber as wrong:
            if wrong.message == BELOW_ZERO and any(isinstance(one, NumberRange) for one in self.validators):
                self.data = -1  # the range says it, together with where it begins
                return
            raise ValueError(gettext(wrong.message)) from None


class JinField(Field):
    """A weight in 斤 with at most two decimals; `data` is grams."""

    widget = NumberKeys("decimal")

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return plain_jin(self.data) if self.data is not None else ""

    def pre_validate(self, form: BaseForm) -> None:
        if self.process_errors:
            raise StopValidation()

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        if not valuelist or not str(valuelist[0]).strip():
            return
        try:
            self.data = read_jin(str(valuelist[0]))
        except WrongNumber as wrong:
            raise ValueError(gettext(wrong.message)) from None


class YuanField(Field):
    """An amount in yuan with at most two decimals; `data` is whole fen."""

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
            self.data = read_fen(str(valuelist[0]))
        except WrongNumber as wrong:
            raise ValueError(gettext(wrong.message)) from None


class MomentField(DateTimeLocalField):
    """A moment on the clock in Shanghai; `data` is aware UTC."""

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators, format=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], **kwargs)

    def _value(self) -> str:
        if self.raw_data:
            return " ".join(self.raw_data)
        return f"{in_shanghai(self.data):%Y-%m-%dT%H:%M}" if self.data else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        if isinstance(self.data, datetime):
            self.data = self.data.replace(tzinfo=SHANGHAI).astimezone(UTC)


class IdField(SelectField):
    """One of the rows of another list; `data` is its id, or None for the empty choice."""

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        sentence = _("Please choose one from the list.")
        words: dict[str, Any] = {"invalid_value_message": sentence, "invalid_choice_message": sentence}
        super().__init__(label, validators, coerce=_id_or_none, choices=[], **words, **kwargs)

    def offer(self, rows: Any, *, empty: Any = None) -> None:
        """`rows`: (id, name). `empty` is what stands for “none”."""
        first = [("", empty)] if empty is not None else []
        self.choices = [*first, *((row_id, name) for row_id, name in rows)]


def _id_or_none(value: Any) -> int | None:
    if value in (None, "", "None"):
        return None
    number = form_number(str(value))
    if number is None:
        raise ValueError("not an id")
    return number
