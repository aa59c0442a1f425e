"""What the environment says of the provider of text messages: all of it or nothing, every mistake said."""

from __future__ import annotations

from typing import Final

from shop.environment import Reader
from shop.notifications.sms_provider import SmsConfig

_NEEDS: Final = ("SMS_PROVIDER_URL", "SMS_KEY", "SMS_SECRET")
_SHORTEST: Final = 32


def read_sms(reader: Reader) -> SmsConfig | None:
    """None without any of its settings; with some of them, what is missing becomes a problem."""
    given = [name for name in _NEEDS if reader.text(name)]
    if not given:
        return None
    reader.problems += [f"{name} is needed with {given[0]}" for name in _NEEDS if name not in given]
    return SmsConfig(
        url=reader.web_url("SMS_PROVIDER_URL") or "",
        key=reader.text("SMS_KEY") or "",
        secrets=reader.several("SMS_SECRET"),
    )


def insecure_sms(config: SmsConfig | None) -> list[str]:
    """What must not be in production."""
    if config is None:
        return []
    checks = {
        "SMS_PROVIDER_URL must begin with https://": not config.url.startswith("https://"),
        "SMS_SECRET must be of at least 32 characters, each of them": any(
            len(secret) < _SHORTEST for secret in config.secrets
        ),
    }
    return [sentence for sentence, is_wrong in checks.items() if is_wrong]
