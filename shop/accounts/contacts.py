"""E-mail addresses and telephone numbers in the one form in which they are stored and compared."""

from __future__ import annotations

import re
from typing import Final

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from shop.kit.errors import InvalidInput
from shop.kit.text import half_width, msg, tidy

HOME_REGION = "CN"
NOT_A_PHONE: Final = msg("Please enter a telephone number such as 138 0000 0000.")
NEEDS_MOBILE: Final = msg(
    "Please enter a mobile number such as 138 0000 0000: pickup code and one-time codes are sent to it."
)
# The library reads letters as the keys that they stand on: 138abc00000 would be somebody's number.
_TYPED: Final = re.compile(r"[0-9+()./ -]{1,40}")
# Where the two kinds cannot be told apart, as in North America, a number may be a mobile's.
_MOBILE: Final = {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}


def normalise_email(typed: str, *, field: str = "email") -> str:
    """Lower case and in the mailbox's standard form. Raises InvalidInput; asks no name server."""
    try:
        parts = validate_email(tidy(typed), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise InvalidInput(
            msg("Please enter an e-mail address such as name@example.com."), field=field
        ) from error
    email: str = parts.normalized.casefold()
    if len(email) > 255:
        raise InvalidInput(msg("Please enter an e-mail address such as name@example.com."), field=field)
    return email


def email_subject(typed: str) -> str:
    """The one spelling under which attempts at an account are counted, also when it is no valid address."""
    try:
        return normalise_email(typed)
    except InvalidInput:
        return tidy(typed).casefold()[:255]


def normalise_phone(typed: str, *, field: str = "phone", region: str = HOME_REGION) -> str:
    """E.164, such as +8613800000000. Raises InvalidInput for a number that nobody can have."""
    return phonenumbers.format_number(_parse(typed, field, region), phonenumbers.PhoneNumberFormat.E164)


def normalise_mobile(typed: str, *, field: str = "phone", region: str = HOME_REGION) -> str:
    """As `normalise_phone`, for what texts are sent to: a number at home must be a mobile's. Raises InvalidInput."""
    number = _parse(typed, field, region)
    is_home = number.country_code == phonenumbers.country_code_for_region(region)
    if is_home and phonenumbers.number_type(number) not in _MOBILE:
        raise InvalidInput(NEEDS_MOBILE, field=field)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def written_phone(typed: str, *, field: str = "phone") -> str:
    """As it was written, for numbers that people read and dial: a place's, a seller's, a household's.

    Raises InvalidInput as `normalise_phone` does.
    """
    _parse(typed, field, HOME_REGION)
    return tidy(half_width(typed))


def _parse(typed: str, field: str, region: str) -> phonenumbers.PhoneNumber:
    plain = tidy(half_width(typed))
    if not _TYPED.fullmatch(plain):
        raise InvalidInput(NOT_A_PHONE, field=field)
    try:
        number = phonenumbers.parse(plain, region)
    except phonenumbers.NumberParseException as error:
        raise InvalidInput(NOT_A_PHONE, field=field) from error
    if not phonenumbers.is_valid_number(number):
        raise InvalidInput(NOT_A_PHONE, field=field)
    return number


def readable_phone(e164: str, *, region: str = HOME_REGION) -> str:
    """How a stored number is typed at home: 138 0000 0000; foreign ones keep their country code."""
    try:
        number = phonenumbers.parse(e164, region)
    except phonenumbers.NumberParseException:
        return e164
    is_home = number.country_code == phonenumbers.country_code_for_region(region)
    form = (
        phonenumbers.PhoneNumberFormat.NATIONAL if is_home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(number, form)
