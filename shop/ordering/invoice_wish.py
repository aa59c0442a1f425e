"""What a buyer wants on an invoice, read from what was typed."""

from __future__ import annotations

from shop.kit.errors import InvalidInput
from shop.kit.tax_numbers import is_tax_number
from shop.kit.text import half_width, msg, tidy
from shop.ordering.models import InvoiceKind
from shop.ordering.wish import InvoiceWish

LONGEST_TITLE = 120


def read_invoice_wish(kind: InvoiceKind, title: str, tax_number: str, *, recipient: str) -> InvoiceWish:
    """A person's may stay without a title: then it is the recipient's name. Raises InvalidInput by field."""
    if kind is InvoiceKind.NONE:
        return InvoiceWish()
    said = tidy(title)
    if kind is InvoiceKind.PERSONAL:
        said = said or recipient
    number = tidy(half_width(tax_number)).replace(" ", "").upper() if kind is InvoiceKind.ORGANISATION else ""
    errors = {}
    if not said:
        errors["invoice_title"] = msg("Please enter the name of the organisation.")
    elif len(said) > LONGEST_TITLE:
        errors["invoice_title"] = msg("This text is too long.")
    if kind is InvoiceKind.ORGANISATION and not is_tax_number(number):
        errors["tax_number"] = msg("Please check the tax number: 18 digits and letters, as on the licence.")
    if errors:
        raise InvalidInput(errors=errors)
    return InvoiceWish(kind, said, number)
