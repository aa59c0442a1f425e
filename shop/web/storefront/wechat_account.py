"""Asking WeChat who pays, before its sheet can open: there and back in the buyer's browser, without a question."""

from __future__ import annotations

import hmac
from pkgutil import resolve_name
from typing import Final, Protocol

from flask import redirect, request
from flask import session as cookie_session
from werkzeug.wrappers import Response

from shop.extensions import settings
from shop.kit.references import secret_token
from shop.payments.providers.base import Device, Visit
from shop.payments.providers.config import WECHAT
from shop.web.storefront.order_access import order_path

_ASKED: Final = "wechat"
_LOGIN: Final = "shop.payments.providers.wechat_login:WechatLogin"  # imported where the shop has an account


class Login(Protocol):
    """What of `WechatLogin` is used here."""

    def address(self, back_to: str, state: str) -> str: ...

    def openid(self, code: str) -> str: ...


def must_be_asked(method: str, visit: Visit) -> bool:
    """Whether a buyer inside WeChat pays there with an official account that does not know them yet."""
    is_inside = method == WECHAT and visit.device is Device.WECHAT
    return is_inside and not visit.payer and _login() is not None


def ask(number: str) -> Response:
    """Send the browser to WeChat; what it brings back counts only in this session and for this order."""
    login = _login()
    if login is None:
        return redirect(order_path(number, "pay"), 303)
    state = secret_token()
    cookie_session[_ASKED] = [number, state]
    back_to = settings().public_url + order_path(number, "pay/wechat")
    return redirect(login.address(back_to, state), 303)


def told_payer(number: str) -> str | None:
    """Who came back from WeChat; None when nobody was asked for this. Raises ProviderUnavailable."""
    login = _login()
    asked_number, state = cookie_session.pop(_ASKED, None) or ("", "")
    code, said = request.args.get("code", ""), request.args.get("state", "")
    is_ours = hmac.compare_digest(state.encode(), said.encode()) and asked_number == number
    if login is None or not state or not code or not is_ours:
        return None
    return login.openid(code)


def _login() -> Login | None:
    config = settings().wechat
    if config is None or not config.app_secret:
        return None
    login: Login = resolve_name(_LOGIN)(config)
    return login
