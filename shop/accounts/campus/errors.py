"""What goes wrong on the way from the campus into an account, each with what to do next."""

from __future__ import annotations

from http import HTTPStatus

from shop.kit.errors import Conflict, InvalidInput, ShopError
from shop.kit.text import msg


class SignOnFailed(ShopError):
    """What the provider sent cannot be taken; why is in the log, never on the page."""

    code = "sign_on_failed"
    default_message = msg(
        "The sign-in page of the university sent us something that we cannot accept. Please begin again."
    )


class SignOnUnavailable(SignOnFailed):
    code = "sign_on_unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    default_message = msg(
        "The sign-in of the university does not answer at the moment. Please try again in a few minutes, or sign in another way."
    )


class SignOnRefused(SignOnFailed):
    code = "sign_on_refused"
    default_message = msg(
        "You have not signed in at the university, or have not allowed it to tell us who you are. Nothing was changed."
    )


class SignOnStale(SignOnFailed):
    """Another browser, too long ago, or used already."""

    code = "sign_on_stale"
    default_message = msg(
        "This sign-in was begun in another browser, or too long ago, or has been used already. Please begin again."
    )


class NotAMember(SignOnFailed):
    code = "not_a_member"
    status = HTTPStatus.FORBIDDEN
    default_message = msg(
        "WeCom says that you are not a member of the university. Please sign in another way."
    )


class MembershipEnded(SignOnFailed):
    code = "membership_ended"
    status = HTTPStatus.FORBIDDEN
    default_message = msg(
        "The shop has been told that this campus account is no longer in use. If that is wrong, please call us. An account that has another way in still opens with it."
    )


class IdentityTaken(Conflict):
    code = "identity_taken"
    default_message = msg(
        "This campus account already belongs to another account of the shop. Sign in with it there and remove the link first."
    )


class ReasonNeeded(InvalidInput):
    code = "reason_needed"
    default_message = msg("Please write why, so that a colleague understands it later.")


class AccountClosed(SignOnFailed):
    code = "account_closed"
    status = HTTPStatus.FORBIDDEN
    default_message = msg("Your account with the shop is shut. Please call us.")


class SomebodyElse(SignOnFailed):
    """Asked to prove it anew, and proved somebody else."""

    code = "somebody_else"
    status = HTTPStatus.FORBIDDEN
    default_message = msg(
        "That was the campus account of somebody else. Please sign in at the university with your own."
    )
