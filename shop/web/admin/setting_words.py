"""Values of settings as a person reads them, and what is set on the server instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import gettext

from shop.accounts.setting_specs import BY_NAME, SettingKind
from shop.accounts.setting_values import ShopSettings
from shop.delivery.tariffs import PREFIX
from shop.extensions import settings
from shop.kit.bank_accounts import mask
from shop.kit.text import msg
from shop.web.filters import grams, status_word, yuan

LONGEST_SHOWN: Final = 300
PAGE_PREFIX: Final = "page."


def value_in_words(name: str, value: Mapping[str, Any]) -> str:
    """Of one version: a setting's value, a page's title, a tariff."""
    if name.startswith(PAGE_PREFIX):
        return f"{value['title_zh']} · {value['title_en']}"
    if name.startswith(PREFIX):
        return _tariff(value)
    plain = value["value"]
    if isinstance(plain, list):
        return ", ".join(f"{one['label']} {one['number']}" for one in plain) or "–"
    if BY_NAME[name].kind is SettingKind.ACCOUNT:
        return mask(str(plain)) if plain else "–"
    return str(plain)[:LONGEST_SHOWN] if plain != "" else "–"


def _tariff(value: Mapping[str, Any]) -> str:
    return str(
        gettext(
            "first %(first)s %(first_price)s, each further %(step)s %(step_price)s, %(least)s – %(most)s days",
            first=grams(value["first_g"]),
            first_price=yuan(value["first_fen"]),
            step=grams(value["step_g"]),
            step_price=yuan(value["step_fen"]),
            least=value["days_min"],
            most=value["days_max"],
        )
    )


def current_value(name: str, current: ShopSettings) -> dict[str, Any]:
    """As a version holds it."""
    value = getattr(current, name)
    if isinstance(value, tuple):
        value = [{"label": one.label, "number": one.number} for one in value]
    return {"value": value}


SERVER: Final = {
    "BANK_TRANSFER_DAYS": msg("Working days that goods are held for a bank transfer"),
    "PAYMENT_METHODS": msg("Ways to pay"),
    "PUBLIC_URL": msg("The shop's address"),
    "NOTIFY_URLS": msg("Messages by mail or text"),
    "RATE_LIMITS": msg("Limits against automatic requests"),
}


def server_settings() -> list[tuple[str, str, str]]:
    """What whoever runs the server has set: its name there, what it is, its value. No secret is in it."""
    there = settings()
    said = {
        "BANK_TRANSFER_DAYS": str(there.bank_transfer_days),
        "PAYMENT_METHODS": ", ".join(status_word(one, "provider") for one in there.payment_methods),
        "PUBLIC_URL": there.public_url,
        "NOTIFY_URLS": gettext("Set") if there.notify_urls or there.sms else gettext("Not set"),
        "RATE_LIMITS": gettext("On") if there.rate_limits else gettext("Off"),
    }
    return [(name, gettext(word), said[name]) for name, word in SERVER.items()]
