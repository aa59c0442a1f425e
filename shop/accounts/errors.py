"""What accounts refuse, each in a sentence for the person at the screen."""

from __future__ import annotations

from http import HTTPStatus

from shop.kit.errors import Conflict, InvalidInput, NotAllowed, ShopError, TooMany
from shop.kit.text import msg


class SignInRefused(ShopError):
    """Unknown account, wrong password, disabled: all look the same."""

    code = "sign_in_refused"
    status = HTTPStatus.BAD_REQUEST
    default_message = msg("E-mail or password is not right.")


class TooManyAttempts(TooMany):
    code = "too_many_attempts"
    default_message = msg("Too many attempts. Please wait %(minutes)s minutes and try again.")


class CodeRefused(InvalidInput):
    code = "code_refused"
    default_message = msg("This code is not right, or it is too old.")


class CardRefused(Conflict):
    """Taken back, replaced, too old, or none of ours: all look the same."""

    code = "card_refused"
    default_message = msg("This card does not work any more.")


class NoCardFor(Conflict):
    code = "no_card_for"
    default_message = msg(
        "This person does more than a household's work, or has a second factor, and signs in with a password."
    )


class PhoneShared(InvalidInput):
    """Families share a telephone, so it is asked and not forbidden."""

    code = "phone_shared"
    default_message = msg(
        "Somebody who works with the shop has this number already. Is it right, and does the family share the telephone?"
    )


class WeakPassword(InvalidInput):
    code = "weak_password"


class LinkExpired(Conflict):
    code = "link_expired"
    default_message = msg("This link has been used or is too old. Please ask for a new one.")


class EmailTaken(Conflict):
    code = "email_taken"
    default_message = msg("There is already an account with this e-mail address.")


class AccountShut(Conflict):
    code = "account_shut"
    default_message = msg("This account is shut. Open it again first, then send the invitation.")


class ShutEmailTaken(EmailTaken):
    default_message = msg(
        "There is already an account with this e-mail address, and it is shut. Open it again in the list of users."
    )


class LastAdmin(Conflict):
    code = "last_admin"
    default_message = msg("This is the last admin. Make somebody else admin first.")


class LastFinance(Conflict):
    code = "last_finance"
    default_message = msg(
        "This is the last person with the finance permission. Give it to somebody else first."
    )


class OwnAccount(NotAllowed):
    code = "own_account"
    default_message = msg("Nobody changes their own roles or disables their own account.")


class FinanceOnly(InvalidInput):
    """Where money goes, and who may say so."""

    code = "finance_only"
    default_message = msg("This takes somebody with the finance permission.")


class FinanceNeedsAdmin(InvalidInput):
    code = "finance_needs_admin"
    default_message = msg("Finance is a permission of the shop's team: please tick both.")


class SecondFactorDemanded(Conflict):
    code = "second_factor_demanded"
    default_message = msg("Your role needs the second factor. It cannot be switched off.")
