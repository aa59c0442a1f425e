"""Asking WeChat for the name under which it knows a buyer to this shop (openid), silently and only to pay."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import requests

from shop.payments.errors import ProviderUnavailable
from shop.payments.providers.config import WechatConfig

ASK_BASE = "https://open.weixin.qq.com"
TELL_BASE = "https://api.weixin.qq.com"

TIME_LIMITS = (3.0, 8.0)  # seconds to connect, and to answer

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WechatLogin:
    """The official account of `config`, which has a secret."""

    config: WechatConfig

    def address(self, back_to: str, state: str) -> str:
        """Where to send the buyer's browser; it comes back to `back_to` with a code and this state."""
        asked = {
            "appid": self.config.app_id,
            "redirect_uri": back_to,
            "response_type": "code",
            "scope": "snsapi_base",
            "state": state,
        }
        base = self.config.login_base or ASK_BASE
        return f"{base}/connect/oauth2/authorize?{urlencode(asked)}#wechat_redirect"

    def openid(self, code: str) -> str:
        """What a code stands for; a code is good once. Raises ProviderUnavailable."""
        asked = {
            "appid": self.config.app_id,
            "secret": self.config.app_secret,
            "code": code,
            "grant_type": "authorization_code",
        }
        url = f"{self.config.login_base or TELL_BASE}/sns/oauth2/access_token"
        try:
            answer = requests.get(url, params=asked, timeout=TIME_LIMITS, allow_redirects=False)
            said: Any = json.loads(answer.content)
        except (requests.RequestException, ValueError, RecursionError) as error:
            # Its words would hold the secret.
            log.warning("wechat login: %s", type(error).__name__)
            raise ProviderUnavailable() from None
        openid = said.get("openid") if isinstance(said, dict) else None
        if not isinstance(openid, str) or not openid:
            log.warning("wechat login: refused, %s", said.get("errcode") if isinstance(said, dict) else "")
            raise ProviderUnavailable()
        return openid
