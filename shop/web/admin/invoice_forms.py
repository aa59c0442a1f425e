"""What finance types from a document of the tax platform."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, DateField, RadioField
from wtforms.validators import Optional

from shop.invoicing.models import RedLetterCause
from shop.invoicing.words import CAUSES
from shop.ordering.models import InvoiceKind
from shop.web.admin.fields import NEEDED, text
from shop.web.fields import YuanField
from shop.web.forms import ShopForm


class DocumentForm(ShopForm):
    """The number, the day and the amount that every document has."""

    document_number = text(
        _("Number of the digital invoice"), 40, needed=True, hint=_("20 digits."), inputmode="numeric"
    )
    issued_on = DateField(_("Day of issue"), [NEEDED])
    amount = YuanField(_("Amount with tax (¥)"), [NEEDED], description=_("As it stands on the document."))


class RecordForm(DocumentForm):
    title = text(_("Title on the invoice"), 120, needed=True, hint=_("As it stands on the document."))
    tax_number = text(_("Tax number on the invoice"), 40)
    difference_reason = text(
        _("Why it says something else than was asked for"),
        300,
        hint=_("Only if it does, and if that is right."),
    )


class RedForm(DocumentForm):
    """The red-letter invoice; its amount without the minus."""


class CorrectForm(ShopForm):
    """Stands beside another form with the same fields: `prefix` keeps their ids apart."""

    PREFIX = "right-"

    document_number = text(_("The right number"), 40, needed=True, inputmode="numeric")
    issued_on = DateField(_("Day of issue"), [NEEDED])
    reason = text(_("What was mistyped"), 300, needed=True)


class ReverseForm(DocumentForm):
    """The red letter of a purchase voucher; its amount without the minus."""

    PREFIX = "red-"

    reason = text(_("Why it is taken back"), 300, needed=True)


class RetitleForm(ShopForm):
    PREFIX = "say-"

    kind = RadioField(
        _("Kind of invoice"),
        choices=[
            (InvoiceKind.PERSONAL.value, _("Personal e-invoice")),
            (InvoiceKind.ORGANISATION.value, _("Company e-invoice")),
        ],
    )
    invoice_title = text(_("Invoice title"), 120)
    tax_number = text(_("Tax number"), 40)


class DemandRedForm(ShopForm):
    PREFIX = "red-"

    cause = RadioField(
        _("Why it is taken back"),
        choices=[(cause.value, _(words)) for cause, words in CAUSES.items()],
        default=RedLetterCause.MISTAKE.value,
    )
    reason = text(_("What is wrong"), 300, needed=True)


class ConfirmationForm(ShopForm):
    confirmation_number = text(
        _("Number of the confirmation form"), 40, needed=True, hint=_("20 digits."), inputmode="numeric"
    )
    no_answer_needed = BooleanField(
        _("The buyer has not used the invoice yet: no confirmation is needed"), [Optional()]
    )
