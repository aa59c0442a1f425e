"""What a shop has to say of its providers before it takes money through them, and what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from shop.payments.models import ON_ACCOUNT
from shop.payments.providers.wallets import USUAL_FEE_BP

SANDBOX: Final = "sandbox"
BANK_TRANSFER: Final = "bank_transfer"
STRIPE: Final = "stripe"
WECHAT: Final = "wechat"
ALIPAY: Final = "alipay"
# Whose money comes to our own bank, where a person sees it.
BY_BANK: Final = (BANK_TRANSFER, ON_ACCOUNT)
# Who takes money for us, and passes it on to our bank later.
PASSING_ON: Final = (STRIPE, WECHAT, ALIPAY, SANDBOX)

STRIPE_API_BASE: Final = "https://api.stripe.com"
WECHAT_API_BASE: Final = "https://api.mch.weixin.qq.com"
ALIPAY_GATEWAY: Final = "https://openapi.alipay.com/gateway.do"


@dataclass(frozen=True)
class WechatConfig:
    """One merchant. Keys are PEM; `platform_keys` are WeChat's own by id or serial, `api_keys` open its notices."""

    mchid: str
    app_id: str
    merchant_serial: str
    merchant_key: str = field(repr=False)
    api_keys: tuple[str, ...] = field(repr=False)
    platform_keys: tuple[tuple[str, str], ...] = field(repr=False)
    app_secret: str | None = field(default=None, repr=False)
    has_h5: bool = True
    fee_bp: int = USUAL_FEE_BP
    api_base: str = WECHAT_API_BASE
    login_base: str | None = None


@dataclass(frozen=True)
class AlipayConfig:
    """One application. Keys are PEM; with any of `public_keys` Alipay may sign while they change."""

    app_id: str
    app_key: str = field(repr=False)
    public_keys: tuple[str, ...] = field(repr=False)
    fee_bp: int = USUAL_FEE_BP
    gateway: str = ALIPAY_GATEWAY


@dataclass(frozen=True)
class PaymentConfig:
    """`methods` are the names offered, in the order in which buyers see them; providers tell `notices_url`."""

    methods: Sequence[str]
    bank_transfer_days: int
    sandbox_page_url: str
    sandbox_secrets: Sequence[str] = field(repr=False)
    stripe_secret_key: str | None = field(default=None, repr=False)
    stripe_webhook_secrets: Sequence[str] = field(default=(), repr=False)
    stripe_api_base: str = STRIPE_API_BASE
    wechat: WechatConfig | None = None
    alipay: AlipayConfig | None = None
    notices_url: str = ""

    def notices_to(self, name: str) -> str:
        return f"{self.notices_url}/payments/{name}/webhook"
