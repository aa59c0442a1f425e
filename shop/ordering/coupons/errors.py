"""What is refused of coupons."""

from __future__ import annotations

from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg


class BadCoupon(InvalidInput):
    """Mistyped, over, paused, used up, or of somebody else: one sentence, so that nobody learns which codes there are."""

    code = "bad_coupon"
    default_message = msg(
        "This code cannot be used. It is mistyped, over or used up, or it is not for this account."
    )


class CouponNeedsAccount(InvalidInput):
    code = "coupon_needs_account"
    default_message = msg("Coupons are for buyers with an account. Please sign in first.")


class CouponNeedsProof(InvalidInput):
    """Limits per person hold only where an account is somebody's: addresses can be invented."""

    code = "coupon_needs_proof"
    default_message = msg(
        "Coupons are counted by person. Please confirm your e-mail address first, on My account: a letter with a code"
        " is enough. Everything in your basket stays as it is."
    )


class CouponChanged(Conflict):
    """A coupon of the basket was used up, ended or changed since the page was shown; nothing was ordered."""

    code = "coupon_changed"
    default_message = msg(
        "A coupon does not hold good any more, or takes off another amount. The total is shown anew: please check it"
        " and order once more. Nothing was ordered."
    )
