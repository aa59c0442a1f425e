"""Where a request comes from, in the words of the domain."""

from __future__ import annotations

import re
from typing import Final

from flask import request

from shop.accounts.attempts import Origin
from shop.extensions import settings

_SYSTEMS: Final = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
_BROWSERS: Final = (
    ("MicroMessenger", "WeChat"),
    ("Edg/", "Edge"),
    ("HuaweiBrowser", "Huawei"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_UNPRINTABLE: Final = re.compile(r"[^\x20-\x7e]+")


def request_origin() -> Origin:
    address = request.remote_addr or ""
    chosen = settings()
    return Origin(address=address, is_campus=chosen.in_campus(address), limited=chosen.rate_limits)


def device_name() -> str:
    """A browser as its owner would call it: `WeChat · Android`; what is unknown as its own first words."""
    agent = request.headers.get("User-Agent", "")
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    known = " · ".join(part for part in (browser, system) if part)
    return known or _UNPRINTABLE.sub(" ", agent)[:40].strip()
