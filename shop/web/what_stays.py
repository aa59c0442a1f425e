"""What stays of an account that its owner took over, in the words of page and letter."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from shop.notifications.what_stays import WhatStays


def stays_in_words(stays: WhatStays) -> list[str]:
    """Empty where there is nothing to look through."""
    words = []
    if stays.name:
        words.append(_("the name %(name)s", name=stays.name))
    if stays.orders:
        orders = ngettext(
            "%(num)s order, which is called off if it was not paid",
            "%(num)s orders, of which those not paid are called off",
            stays.orders,
        )
        words.append(orders)
    if stays.coupons:
        words.append(ngettext("%(num)s used coupon", "%(num)s used coupons", stays.coupons))
    if stays.wishes:
        words.append(ngettext("%(num)s wish", "%(num)s wishes", stays.wishes))
    if stays.conversations:
        words.append(
            ngettext("%(num)s conversation with us", "%(num)s conversations with us", stays.conversations)
        )
    return words
