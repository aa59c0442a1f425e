"""What the environment says of WeChat Pay and Alipay: all of a wallet or nothing of it, every mistake said."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from shop.environment import Reader
from shop.payments.providers.config import ALIPAY_GATEWAY, WECHAT_API_BASE, AlipayConfig, WechatConfig
from shop.payments.providers.pem_keys import UnreadableKey, read_private_key, read_public_key
from shop.payments.providers.wallets import USUAL_FEE_BP

_WECHAT_NEEDS = (
    *("WECHAT_MCHID", "WECHAT_APP_ID", "WECHAT_API_V3_KEY", "WECHAT_MERCHANT_KEY"),
    *("WECHAT_MERCHANT_SERIAL", "WECHAT_PLATFORM_KEY"),
)
_ALIPAY_NEEDS = ("ALIPAY_APP_ID", "ALIPAY_APP_KEY", "ALIPAY_PUBLIC_KEY")
_API_KEY_BYTES = 32
# Where a form of ours may lead when a buyer goes to pay: the wallet's door and the pages behind it.
_WECHAT_DOORS = ("https://wx.tenpay.com", "https://open.weixin.qq.com")
_ALIPAY_DOORS = ("https://*.alipay.com",)


def read_wechat(reader: Reader) -> WechatConfig | None:
    """None without any of its settings; with some of them, what is missing becomes a problem."""
    if not _is_wanted(reader, _WECHAT_NEEDS):
        return None
    api_keys = reader.several("WECHAT_API_V3_KEY")
    if any(len(key.encode()) != _API_KEY_BYTES for key in api_keys):
        reader.problems.append("WECHAT_API_V3_KEY must be of 32 characters, each of them")
    return WechatConfig(
        mchid=_matching(reader, "WECHAT_MCHID", r"[0-9]{6,32}", "digits"),
        app_id=_matching(reader, "WECHAT_APP_ID", r"wx[0-9A-Za-z]{6,30}", "an id such as wx8888888888888888"),
        merchant_serial=_matching(
            reader, "WECHAT_MERCHANT_SERIAL", r"[0-9A-Fa-f]{8,64}", "a hexadecimal number"
        ),
        merchant_key=_key(
            reader, "WECHAT_MERCHANT_KEY", reader.text("WECHAT_MERCHANT_KEY"), read_private_key
        ),
        api_keys=api_keys,
        platform_keys=_platform_keys(reader),
        app_secret=reader.text("WECHAT_APP_SECRET"),
        has_h5=reader.switch("WECHAT_H5", default=True),
        fee_bp=reader.number("WECHAT_FEE_BP", USUAL_FEE_BP, least=0, most=1000),
        api_base=reader.web_url("WECHAT_API_BASE") or WECHAT_API_BASE,
        login_base=reader.web_url("WECHAT_LOGIN_BASE"),
    )


def read_alipay(reader: Reader) -> AlipayConfig | None:
    """None without any of its settings; with some of them, what is missing becomes a problem."""
    if not _is_wanted(reader, _ALIPAY_NEEDS):
        return None
    public = [
        _key(reader, "ALIPAY_PUBLIC_KEY", one, read_public_key) for one in reader.several("ALIPAY_PUBLIC_KEY")
    ]
    return AlipayConfig(
        app_id=_matching(reader, "ALIPAY_APP_ID", r"[0-9]{6,32}", "digits"),
        app_key=_key(reader, "ALIPAY_APP_KEY", reader.text("ALIPAY_APP_KEY"), read_private_key),
        public_keys=tuple(public),
        fee_bp=reader.number("ALIPAY_FEE_BP", USUAL_FEE_BP, least=0, most=1000),
        gateway=reader.web_url("ALIPAY_GATEWAY") or ALIPAY_GATEWAY,
    )


def wallet_origins(wechat: WechatConfig | None, alipay: AlipayConfig | None) -> tuple[str, ...]:
    """For the policy's form-action; a gateway of another name, as in tests, is its own door."""
    origins: list[str] = []
    if wechat is not None:
        origins += _WECHAT_DOORS if wechat.api_base == WECHAT_API_BASE else ()
        origins += [
            _origin(url) for url in (wechat.api_base, wechat.login_base) if url and url != WECHAT_API_BASE
        ]
    if alipay is not None:
        origins += _ALIPAY_DOORS if alipay.gateway == ALIPAY_GATEWAY else (_origin(alipay.gateway),)
    return tuple(dict.fromkeys(origins))


def insecure_addresses(wechat: WechatConfig | None, alipay: AlipayConfig | None) -> list[str]:
    """Sentences about gateways that a production may not use."""
    addresses = {
        "WECHAT_API_BASE": wechat.api_base if wechat else None,
        "WECHAT_LOGIN_BASE": wechat.login_base if wechat else None,
        "ALIPAY_GATEWAY": alipay.gateway if alipay else None,
    }
    return [
        f"{name} must begin with https://"
        for name, url in addresses.items()
        if url is not None and not url.startswith("https://")
    ]


def _is_wanted(reader: Reader, names: tuple[str, ...]) -> bool:
    missing = [name for name in names if reader.text(name) is None]
    if len(missing) == len(names):
        return False
    reader.problems += [f"{name} is missing: the other settings of this wallet are there" for name in missing]
    return True


def _matching(reader: Reader, name: str, pattern: str, meaning: str) -> str:
    text = reader.text(name) or ""
    if text and not re.fullmatch(pattern, text):
        reader.problems.append(f"{name} must be {meaning}")
    return text


def _key(reader: Reader, name: str, value: str | None, read: Callable[[str], str]) -> str:
    if value is None:
        return ""
    try:
        return read(value)
    except UnreadableKey:
        kind = "private" if read is read_private_key else "public"
        reader.problems.append(
            f"{name} must be an RSA {kind} key of at least 2048 bits, or the path of its file"
        )
        return ""


def _platform_keys(reader: Reader) -> tuple[tuple[str, str], ...]:
    """`id=file` each: WeChat names the key with which it signed."""
    name, keys = "WECHAT_PLATFORM_KEY", []
    for pair in reader.several(name):
        key_id, equals, value = pair.partition("=")
        if not equals or not re.fullmatch(r"\w{8,64}", key_id, re.ASCII):
            reader.problems.append(f"{name} must be written as the key's id, =, and the path of its file")
            continue
        keys.append((key_id, _key(reader, name, value, read_public_key)))
    return tuple(keys)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
