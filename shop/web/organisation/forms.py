"""What members of an organisation fill in."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from shop.accounts.membership import MEMBER_ROLES, UNIT_ROLES
from shop.accounts.organisation_models import Span
from shop.accounts.organisation_papers import DUTIES
from shop.accounts.organisations import BUYER
from shop.web.fields import YuanField
from shop.web.forms import ShopForm

_NEEDED = InputRequired(_("Please fill this in."))
_TEL = {"autocomplete": "tel", "inputmode": "tel"}


def _roles(empty: Any = None) -> list[tuple[str, str]]:
    first = [("", str(empty))] if empty is not None else []
    names = [name for name in MEMBER_ROLES if empty is None or name in UNIT_ROLES]
    return [*first, *((name, str(gettext(MEMBER_ROLES[name]))) for name in names)]


class FactsForm(ShopForm):
    """What stands on invoices, and how people of the unit come in."""

    invoice_title = StringField(_("Title on invoices"), [_NEEDED, Length(max=120)])
    tax_number = StringField(
        _("Unified social credit code"), [_NEEDED, Length(max=18)], render_kw={"autocapitalize": "characters"}
    )
    unit_role = SelectField(
        _("Who belongs to the unit may join as"), choices=[], validate_choice=False
    )  # asked only where there is a unit

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit_role.choices = _roles(_("Nobody joins by unit"))


class ProjectForm(ShopForm):
    number = StringField(_("Project number"), [_NEEDED, Length(max=40)])
    name = StringField(_("What it is for"), [Length(max=80)])
    is_default = BooleanField(_("Choose it beforehand when ordering"))


class SignerForm(ShopForm):
    duty = RadioField(_("Signs as"), choices=[])
    name = StringField(_("Name"), [_NEEDED, Length(max=60)], render_kw={"autocomplete": "off"})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.duty.choices = [(duty.value, gettext(word)) for duty, word in DUTIES.items()]


class LimitsForm(ShopForm):
    """The names of the fields are those of the spans; an empty one is no limit."""

    order = YuanField(_("Of one order, yuan"))
    month = YuanField(_("In a calendar month, yuan"))
    year = YuanField(_("In a calendar year, yuan"))

    def wanted(self) -> dict[Span, int | None]:
        return {span: self[span.value].data for span in Span}


class InviteForm(ShopForm):
    contact = StringField(_("E-mail address or mobile number"), [_NEEDED, Length(max=255)])
    role = SelectField(_("Role"), choices=[], default=BUYER)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.role.choices = _roles()


class RoleForm(ShopForm):
    role = SelectField(_("Role"), choices=[])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.role.choices = _roles()


class OrganisationAddressForm(ShopForm):
    recipient = StringField(_("Recipient"), [_NEEDED, Length(max=60)], render_kw={"autocomplete": "name"})
    phone = StringField(_("Telephone"), [_NEEDED, Length(max=40)], render_kw=_TEL)
    province = SelectField(_("Province"), [_NEEDED], choices=[])
    city = StringField(_("City"), [_NEEDED, Length(max=40)])
    district = StringField(_("District"), [_NEEDED, Length(max=40)])
    street = StringField(_("Street and number"), [_NEEDED, Length(max=200)])


class ReturnForm(ShopForm):
    reason = StringField(
        _("Why it is returned"), [_NEEDED, Length(max=300)], render_kw={"autocomplete": "off"}
    )
