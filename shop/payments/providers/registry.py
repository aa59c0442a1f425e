"""The providers that this shop takes money through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from shop.payments.providers import bank_transfer, sandbox, stripe_checkout
from shop.payments.providers.base import Provider, Providers
from shop.payments.providers.stripe_api import StripeApi
from shop.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class PaymentConfig:
    """`methods` are the names offered, in the order in which buyers see them."""

    methods: Sequence[str]
    bank_transfer_days: int
    sandbox_page_url: str
    sandbox_secrets: Sequence[str] = field(repr=False)
    stripe_secret_key: str | None = field(default=None, repr=False)
    stripe_webhook_secrets: Sequence[str] = field(default=(), repr=False)
    stripe_api_base: str = "https://api.stripe.com"


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
    return {name: known[name] for name in config.methods if name in known}
