"""With what a buyer looks at us, as a payment provider has to know it."""

from __future__ import annotations

import re
from typing import Final

from flask import request

from shop.payments.providers.base import Device, Visit

_PHONES: Final = re.compile(r"Mobi|Android|iPhone|iPad|iPod|HarmonyOS")


def current_visit(payer: str = "") -> Visit:
    agent = request.headers.get("User-Agent", "")
    if "MicroMessenger" in agent:
        device = Device.WECHAT
    else:
        device = Device.PHONE if _PHONES.search(agent) else Device.DESKTOP
    return Visit(device=device, address=request.remote_addr or "", payer=payer)
