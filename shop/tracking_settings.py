"""What the environment says of who follows parcels: all of a provider or nothing of it."""

from __future__ import annotations

from shop.delivery.tracking.kuaidi100 import API_BASE, Kuaidi100Config
from shop.environment import Reader

_NEEDS = ("KUAIDI100_CUSTOMER", "KUAIDI100_KEY")


def read_kuaidi100(reader: Reader) -> Kuaidi100Config | None:
    """None without any of its settings; with one of them, the other becomes a problem."""
    customer, key = (reader.text(name) for name in _NEEDS)
    if customer is None and key is None:
        return None
    reader.problems += [
        f"{name} is missing: the other setting of Kuaidi100 is there"
        for name, value in zip(_NEEDS, (customer, key), strict=True)
        if value is None
    ]
    return Kuaidi100Config(customer or "", key or "", reader.web_url("KUAIDI100_API_BASE") or API_BASE)


def insecure_tracking(config: Kuaidi100Config | None) -> list[str]:
    """Sentences about an address that a production may not use."""
    if config is None or config.api_base.startswith("https://"):
        return []
    return ["KUAIDI100_API_BASE must begin with https://"]
