"""What templates know about the shop: `shop_settings.phone`, on public pages too.

Kept in this process under the catalogue version, which every change of a setting bumps: one small query a page.
"""

from __future__ import annotations

import logging
from time import monotonic
from typing import Final

from flask import Flask, current_app, g
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.local import LocalProxy

from shop.accounts.setting_values import DEFAULTS, ShopSettings
from shop.accounts.shop_settings import read_shop_settings
from shop.catalogue.version import current_version
from shop.web.database import KEPT_VERSION, read_session

FRESH_SECONDS: Final = 0.5
_KEPT: Final = "shop.kept_settings"

log = logging.getLogger("shop.settings")


def register(app: Flask) -> None:
    app.jinja_env.globals["shop_settings"] = LocalProxy(current_shop_settings)


def catalogue_version() -> int:
    """The version that cached pages are keyed by; read once a request, and at most twice a second.

    A page made under an older number is never older than that number, so it is right for as long as it is found.
    """
    if "catalogue_version" not in g:
        g.catalogue_version = _fresh_version()
    version: int = g.catalogue_version
    return version


def _fresh_version() -> int:
    read_at, version = current_app.extensions.get(KEPT_VERSION, (0.0, 0))
    if current_app.testing or monotonic() - read_at > FRESH_SECONDS:
        version = current_version(read_session())
        current_app.extensions[KEPT_VERSION] = (monotonic(), version)
    return int(version)


def current_shop_settings() -> ShopSettings:
    """The settings that hold now. While the database is away: those read last, so that error pages have a name."""
    if "shop_settings" not in g:
        g.shop_settings = _read_or_keep()
    settings: ShopSettings = g.shop_settings
    return settings


def _read_or_keep() -> ShopSettings:
    version, kept = current_app.extensions.get(_KEPT, (None, DEFAULTS))
    try:
        if version != catalogue_version():
            version, kept = catalogue_version(), read_shop_settings(read_session())
            current_app.extensions[_KEPT] = (version, kept)
    except SQLAlchemyError:
        log.warning("settings could not be read; those read last are shown")
    settings: ShopSettings = kept
    return settings
