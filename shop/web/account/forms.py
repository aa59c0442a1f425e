"""The forms of accounts. What is typed is judged by the domain; forms only see that something is there."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, HiddenField, PasswordField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, Length

from shop.accounts.passwords import least_length
from shop.web.forms import ShopForm
from shop.web.proofs import ProofForm

_NEEDED = DataRequired(_("Please fill this in."))
_EMAIL = {"type": "email", "autocomplete": "username", "inputmode": "email"}
_EMAIL_OR_PASSKEY = _EMAIL | {"autocomplete": "username webauthn"}
_MOBILE = {"type": "tel", "autocomplete": "tel-national", "inputmode": "tel"}
_PASSWORD = {"autocomplete": "current-password"}
_NEW_PASSWORD = {"autocomplete": "new-password"}
_CODE = {"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": 24}


def password_hint(*, staff: bool) -> str:
    """What `judge_password` asks of this person, said before anything is typed: the same words on every page."""
    count = least_length(staff=staff)
    return str(
        gettext(
            "Please use at least %(count)s characters, and nothing that is easy to guess: a short sentence is good.",
            count=count,
        )
    )


class LoginForm(ShopForm):
    email = StringField(_("E-mail"), [_NEEDED, Length(max=255)], render_kw=_EMAIL_OR_PASSKEY)
    password = PasswordField(_("Password"), [_NEEDED], render_kw=_PASSWORD)
    next = HiddenField()


class PhoneLoginForm(ShopForm):
    phone = StringField(_("Mobile number"), [_NEEDED, Length(max=40)], render_kw=_MOBILE)
    next = HiddenField()


class PhoneAccountForm(ShopForm):
    name = StringField(_("Name"), [_NEEDED, Length(max=80)], render_kw={"autocomplete": "name"})
    texts = HiddenField()  # the versions that were shown
    agree = BooleanField(_("I have read and agree to both texts."), [DataRequired(_("Please agree first."))])
    next = HiddenField()


class ContactForm(ShopForm):
    contact = StringField("", [_NEEDED, Length(max=255)])
    next = HiddenField()


class PasskeyForm(ShopForm):
    label = StringField(_("Name of the passkey"), [_NEEDED, Length(max=60)], render_kw={"maxlength": 60})


class CodeForm(ShopForm):
    code = StringField(_("Code"), [_NEEDED, Length(max=40)], render_kw=_CODE)
    next = HiddenField()


class StaffForm(ShopForm):
    number = StringField(
        _("Staff or student number"),
        [_NEEDED, Length(max=40)],
        render_kw={"autocomplete": "off", "autocapitalize": "characters"},
    )
    name = StringField(_("Name"), [_NEEDED, Length(max=80)], render_kw={"autocomplete": "name"})
    phone = StringField(
        _("Mobile number that the university has of you"),
        [_NEEDED, Length(max=40)],
        render_kw={"autocomplete": "tel", "inputmode": "tel"},
    )
    next = HiddenField()


class AgreeForm(ShopForm):
    texts = HiddenField()  # the versions that were shown
    agree = BooleanField(_("I have read and agree to both texts."), [DataRequired(_("Please agree first."))])
    next = HiddenField()


class EnrolmentForm(CodeForm):
    offer = HiddenField()  # the sealed secret of the picture above it


class RegisterForm(ShopForm):
    email = StringField(_("E-mail"), [_NEEDED, Length(max=255)], render_kw=_EMAIL)
    name = StringField(_("Name"), [Length(max=80)], render_kw={"autocomplete": "name"})
    unit_id = SelectField(_("Unit"), choices=[])
    password = PasswordField(_("Password"), [_NEEDED], render_kw=_NEW_PASSWORD)
    texts = HiddenField()  # the versions that were shown
    agree = BooleanField(_("I have read and agree to both texts."), [DataRequired(_("Please agree first."))])
    next = HiddenField()


class ResetForm(ShopForm):
    email = StringField(_("E-mail"), [_NEEDED, Length(max=255)], render_kw=_EMAIL)


class NewPasswordForm(ShopForm):
    password = PasswordField(_("New password"), [_NEEDED], render_kw=_NEW_PASSWORD)


class ChangePasswordForm(ShopForm):
    current = PasswordField(_("Current password"), [_NEEDED], render_kw=_PASSWORD)
    password = PasswordField(_("New password"), [_NEEDED], render_kw=_NEW_PASSWORD)


class FirstPasswordForm(ShopForm):
    password = PasswordField(_("New password"), [_NEEDED], render_kw=_NEW_PASSWORD)


class VerifyForm(ProofForm):
    password = PasswordField(_("Password"), render_kw=_PASSWORD)
    next = HiddenField()
    undone = HiddenField()


class ProfileForm(ShopForm):
    name = StringField(_("Name"), [Length(max=80)], render_kw={"autocomplete": "name"})
    phone = StringField(
        _("Telephone"), [Length(max=40)], render_kw={"autocomplete": "tel", "inputmode": "tel"}
    )
    unit_id = SelectField(_("Unit"), choices=[])
    language = RadioField(_("Language"), choices=[("zh", "中文"), ("en", "English")])


class AddressForm(ShopForm):
    recipient = StringField(_("Recipient"), [_NEEDED, Length(max=60)], render_kw={"autocomplete": "name"})
    phone = StringField(
        _("Telephone"), [_NEEDED, Length(max=40)], render_kw={"autocomplete": "tel", "inputmode": "tel"}
    )
    province = SelectField(_("Province"), [_NEEDED], choices=[], render_kw={"autocomplete": "address-level1"})
    city = StringField(_("City"), [_NEEDED, Length(max=40)], render_kw={"autocomplete": "address-level2"})
    district = StringField(
        _("District"), [_NEEDED, Length(max=40)], render_kw={"autocomplete": "address-level3"}
    )
    street = StringField(
        _("Street and number"), [_NEEDED, Length(max=200)], render_kw={"autocomplete": "street-address"}
    )
    is_default = BooleanField(_("Use this address first"))


class EmptyForm(ShopForm):
    """A button."""
