"""The providers that this shop takes money through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from shop.payments.providers import alipay_direct, bank_transfer, sandbox, stripe_checkout, wechat_pay
from shop.payments.providers.alipay_api import AlipayApi, AlipayConfig
from shop.payments.providers.base import Provider, Providers
from shop.payments.providers.stripe_api import StripeApi
from shop.payments.providers.wechat_api import WechatApi, WechatConfig
from shop.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class PaymentConfig:
    """`methods` are the names offered, in the order in which buyers see them; providers tell `notices_url`."""

    methods: Sequence[str]
    bank_transfer_days: int
    sandbox_page_url: str
    sandbox_secrets: Sequence[str] = field(repr=False)
    stripe_secret_key: str | None = field(default=None, repr=False)
    stripe_webhook_secrets: Sequence[str] = field(default=(), repr=False)
    stripe_api_base: str = "https://api.stripe.com"
    wechat: WechatConfig | None = None
    alipay: AlipayConfig | None = None
    notices_url: str = ""

    def notices_to(self, name: str) -> str:
        return f"{self.notices_url}/payments/{name}/webhook"


def make_providers(config: PaymentConfig, unit_of_work: UnitOfWork) -> Providers:
    known: dict[str, Provider] = {
        bank_transfer.NAME: bank_transfer.BankTransfer(config.bank_transfer_days),
        sandbox.NAME: sandbox.Sandbox(unit_of_work, config.sandbox_page_url, tuple(config.sandbox_secrets)),
    }
    if config.stripe_secret_key:
        api = StripeApi(config.stripe_secret_key, config.stripe_api_base)
        known[stripe_checkout.NAME] = stripe_checkout.StripeCheckout(
            api, tuple(config.stripe_webhook_secrets)
        )
    if config.wechat is not None:
        known[wechat_pay.NAME] = wechat_pay.WechatPay(
            WechatApi(config.wechat), config.wechat, config.notices_to(wechat_pay.NAME)
        )
    if config.alipay is not None:
        known[alipay_direct.NAME] = alipay_direct.AlipayDirect(
            AlipayApi(config.alipay), config.alipay, config.notices_to(alipay_direct.NAME)
        )
    return {name: known[name] for name in config.methods if name in known}
