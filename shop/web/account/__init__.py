"""Import each screen's module here: its views hang themselves on the blueprint."""

from shop.web.account import (
    addresses,
    campus,
    campus_links,
    campus_new,
    campus_staff,
    consent,
    contacts,
    conversations,
    counting,
    coupons,
    devices,
    favourites,
    login,
    messages,
    overview,
    pairs,
    passkey_login,
    passkeys,
    password,
    phone_login,
    privacy,
    privacy_erasure,
    register,
    reset,
    reviews,
    second_factor,
    verify,
)
from shop.web.account.blueprint import account as blueprint
from shop.web.limits import FORMS, limiter

limiter.limit(FORMS, methods=["POST"])(
    blueprint
)  # codes, passwords and registrations are counted more narrowly

__all__ = [
    "addresses",
    "blueprint",
    "campus",
    "campus_links",
    "campus_new",
    "campus_staff",
    "consent",
    "contacts",
    "conversations",
    "counting",
    "coupons",
    "devices",
    "favourites",
    "login",
    "messages",
    "overview",
    "pairs",
    "passkey_login",
    "passkeys",
    "password",
    "phone_login",
    "privacy",
    "privacy_erasure",
    "register",
    "reset",
    "reviews",
    "second_factor",
    "verify",
]
