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
    one_minute = msg("Too many attempts. Please wait a minute and try again.")


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


class AccountErased(Conflict):
    code = "account_erased"
    default_message = msg(
        "Nothing is left of this account's person. It stays as a number for the books, and shut."
    )


class AccountShut(Conflict):
    code = "account_shut"
    default_message = msg("This account is shut. Open it again first, then send the invitation.")


class EmailNotProved(Conflict):
    """Somebody may have registered with an address that is another person's."""

    code = "email_not_proved"
    default_message = msg(
        "Please confirm your e-mail address first: until then nothing can be added that opens your account, and no rights can be given to it."
    )


class AgreeFirst(Conflict):
    """Whoever made the account may have been somebody else; its owner has agreed to nothing yet."""

    code = "agree_first"
    default_message = msg(
        "Before your first order, please read our texts and agree to them: open the checkout once more, and it leads there. Nothing was ordered."
    )


class OwnerUnknown(Conflict):
    """The shop's team would give money or power to whoever registered with an address, which nobody has confirmed."""

    code = "owner_unknown"
    default_message = msg(
        "Nobody has confirmed yet that this account's e-mail address is theirs. Its owner first signs in and confirms it under Security; or send an invitation: its link confirms the address."
    )


class OwnersUnknown(OwnerUnknown):
    """The same of several, whose addresses are named."""

    code = "owners_unknown"
    default_message = msg(
        "Nobody has confirmed yet that these addresses are their accounts' own: %(emails)s. Their owners first sign in and confirm them under Security; or send invitations, whose links confirm them."
    )


class InvitedElsewhere(OwnerUnknown):
    """Somebody registered with the address that the team invited, and moved the account to one of their own."""

    code = "invited_elsewhere"
    default_message = msg(
        "The invitation went to %(invited)s, and this account has moved to %(email)s since: it need not be who you invited. Invite %(invited)s anew. If you know that %(email)s is the right person's, send an invitation to it first."
    )


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


class NoSecondFactor(Conflict):
    code = "no_second_factor"
    default_message = msg("Recovery codes stand in for a second factor. Please set one up first.")


class PasskeyRefused(InvalidInput):
    """Unknown, somebody else's, forged: all look the same."""

    code = "passkey_refused"
    default_message = msg("This passkey did not open the shop. Please try once more, or sign in another way.")


class PasskeyTooLate(PasskeyRefused):
    """The question was another browser's, too old, or answered before."""

    code = "passkey_too_late"
    default_message = msg("That took too long. Please press the button once more.")


class TooManyPasskeys(Conflict):
    code = "too_many_passkeys"
    default_message = msg("An account keeps %(most)s passkeys. Please remove one first.")


class LastWayIn(Conflict):
    code = "last_way_in"
    default_message = msg(
        "Nothing else opens your account: this is your only way to sign in. Please add another first, such as a confirmed mobile number, a passkey, or an e-mail address with a password."
    )


class PhoneNotEnough(ShopError):
    """Whoever works with money or with people's data."""

    code = "phone_not_enough"
    default_message = msg(
        "This account works in the shop, so a code on the telephone is not enough. Please sign in with its e-mail address and password."
    )


class AccountIsShut(ShopError):
    """Said to who has just shown that the telephone is theirs."""

    code = "account_is_shut"
    default_message = msg("This account is shut. Please write to us if that is a mistake.")


class TooManyOfNumber(Conflict):
    code = "too_many_of_number"
    default_message = msg("There are %(most)s accounts with this number already. Please use one of them.")
