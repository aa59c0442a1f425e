"""What the environment says of who gives waybills: all of it or nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping

from shop.delivery.carriers import CARRIERS
from shop.delivery.waybills.kuaidi100 import ACCOUNT_FIELDS, API_BASE, Kuaidi100WaybillConfig
from shop.environment import Reader

_ACCOUNTS = "WAYBILL_ACCOUNTS"
_NEEDS = ("WAYBILL_KEY", "WAYBILL_SECRET", _ACCOUNTS)


def read_waybills(reader: Reader) -> Kuaidi100WaybillConfig | None:
    """None without any of its settings; with one of them, each other becomes a problem."""
    given = [reader.text(name) for name in _NEEDS]
    if not any(given):
        return None
    reader.problems += [
        f"{name} is missing: other settings of waybills are there"
        for name, value in zip(_NEEDS, given, strict=True)
        if value is None
    ]
    key, secret, accounts = (value or "" for value in given)
    return Kuaidi100WaybillConfig(
        key, secret, _accounts(reader, accounts), reader.web_url("WAYBILL_API_BASE") or API_BASE
    )


def insecure_waybills(config: Kuaidi100WaybillConfig | None) -> list[str]:
    """Sentences about an address that a production may not use."""
    if config is None or config.api_base.startswith("https://"):
        return []
    return ["WAYBILL_API_BASE must begin with https://"]


def _accounts(reader: Reader, text: str) -> Mapping[str, Mapping[str, str]]:
    """`{"sf": {"partnerId": "…"}}`. A problem names the carrier and the field, never a value: passwords stand there."""
    if not text:
        return {}
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not said:
        reader.problems.append(f'{_ACCOUNTS} must be JSON such as {{"sf": {{"partnerId": "…"}}}}')
        return {}
    problems = [problem for carrier, account in said.items() for problem in _problems(carrier, account)]
    reader.problems += problems
    return {} if problems else said


def _problems(carrier: str, account: object) -> list[str]:
    if carrier not in CARRIERS:
        return [f"{_ACCOUNTS}: {carrier} is not one of: {', '.join(CARRIERS)}"]
    if not isinstance(account, dict) or not account.get("partnerId"):
        return [f"{_ACCOUNTS}: {carrier} needs a partnerId"]
    return [
        f"{_ACCOUNTS}: {carrier} has {name}, which is not one of: {', '.join(sorted(ACCOUNT_FIELDS))}, or is no text"
        for name, value in account.items()
        if name not in ACCOUNT_FIELDS or not isinstance(value, str)
    ]
