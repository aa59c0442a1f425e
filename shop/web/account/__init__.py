"""Import each screen's module here: its views hang themselves on the blueprint."""

from shop.web.account import (
    addresses,
    devices,
    login,
    messages,
    overview,
    pairs,
    password,
    register,
    reset,
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
    "devices",
    "login",
    "messages",
    "overview",
    "pairs",
    "password",
    "register",
    "reset",
    "second_factor",
    "verify",
]
