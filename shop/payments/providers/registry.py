"""The providers that this shop takes money through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pkgutil import resolve_name
from typing import Final

from shop.ordering.outside.models import OUTSIDE
from shop.payments.models import ON_ACCOUNT
from shop.payments.providers.base import Provider, Providers
from shop.payments.providers.config import (
    ALIPAY,
    BANK_TRANSFER,
    SANDBOX,
    STRIPE,
    WECHAT,
    PaymentConfig,
)
from shop.storage.unit_of_work import UnitOfWork

# A provider's file is imported where money is taken through it: the libraries of the others would take a tenth of a
# worker's memory for nothing.
_MAKERS: Final[Mapping[str, str]] = {
    SANDBOX: "shop.payments.providers.sandbox:make",
    BANK_TRANSFER: "shop.payments.providers.bank_transfer:make",
    ON_ACCOUNT: "shop.payments.providers.on_account:make",
    OUTSIDE: "shop.payments.providers.outside:make",
    STRIPE: "shop.payments.providers.stripe_checkout:make",
    WECHAT: "shop.payments.providers.wechat_pay:make",
    ALIPAY: "shop.payments.providers.alipay_direct:make",
}


def make_providers(config: PaymentConfig, unit_of_work: UnitOfWork) -> Providers:
    """Those of `config.methods` of which it says all that they need, debts, which are paid by transfer, and what is
    collected elsewhere.
    """
    names = (*config.methods, ON_ACCOUNT, OUTSIDE)
    made = {name: _make(name, config, unit_of_work) for name in names if _is_said(name, config)}
    return dict(made)


def _make(name: str, config: PaymentConfig, unit_of_work: UnitOfWork) -> Provider:
    make: Callable[[PaymentConfig, UnitOfWork], Provider] = resolve_name(_MAKERS[name])
    return make(config, unit_of_work)


def _is_said(name: str, config: PaymentConfig) -> bool:
    needs = {STRIPE: config.stripe_secret_key, WECHAT: config.wechat, ALIPAY: config.alipay}
    return name in _MAKERS and bool(needs.get(name, True))
