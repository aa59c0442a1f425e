"""What the domain refuses, shown at the field that it names."""

from __future__ import annotations

from flask_wtf import FlaskForm

from shop.kit.errors import ShopError
from shop.web.error_pages import error_message, translated


def show_errors(form: FlaskForm, error: ShopError) -> None:
    """Put each sentence of a refusal at its field; those of no field above the form."""
    errors: dict[str, str] = getattr(error, "errors", {})
    if not errors:
        form.form_errors.append(error_message(error))
    for name, message in errors.items():
        sentence = translated(message, error.facts)
        if name in form:
            form[name].errors = [*form[name].errors, sentence]
        else:
            form.form_errors.append(sentence)
