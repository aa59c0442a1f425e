"""What the domain refuses, shown at the field that it names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shop.kit.errors import Conflict, InvalidInput, ShopError
from shop.web.error_pages import error_message, translated
from shop.web.forms import ShopForm


class Problems:
    """Runs one reading after the other and remembers what each finds wrong, so that all is said at once."""

    def __init__(self) -> None:
        self.errors: dict[str, str] = {}
        self.facts: dict[str, Any] = {}

    def read(self, reading: Callable[[], Any], default: Any) -> Any:
        try:
            return reading()
        except ShopError as error:
            named: dict[str, str] = getattr(error, "errors", {})
            self.errors |= named
            self.facts |= error.facts
            return default

    def check(self) -> None:
        """Raises InvalidInput with a sentence for every field that is wrong."""
        if self.errors:
            raise InvalidInput(errors=self.errors, **self.facts)


def show_errors(form: ShopForm, error: ShopError) -> None:
    """Put each sentence of a refusal at its field, unless one stands there.

    Those of no field stand above the form, and those of a conflict too.
    """
    errors: dict[str, str] = getattr(error, "errors", {})
    if not errors or isinstance(error, Conflict):
        form.form_errors.append(error_message(error))
    for name, message in errors.items():
        sentence = translated(message, error.facts)
        if name in form:
            form[name].errors = form[name].errors or [sentence]
        else:
            form.form_errors.append(sentence)
