"""Everything that the environment decides, in one frozen object.

A mistake in the environment is said at start, together with every other one; an unsafe production does not start.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from urllib.parse import urlsplit

from shop.accounts.campus.config import CampusConfig
from shop.delivery.tracking.kuaidi100 import Kuaidi100Config
from shop.delivery.waybills.kuaidi100 import Kuaidi100WaybillConfig
from shop.environment import Reader
from shop.notifications.sms_provider import SmsConfig
from shop.payments.providers.config import STRIPE_API_BASE, AlipayConfig, WechatConfig
from shop.sign_on_settings import insecure_campus, read_campus
from shop.sms_settings import insecure_sms, read_sms
from shop.tracking_settings import insecure_tracking, read_kuaidi100
from shop.wallet_settings import insecure_addresses, read_alipay, read_wechat, wallet_origins
from shop.waybill_settings import insecure_waybills, read_waybills

ROOT = Path(__file__).resolve().parent.parent
MIGRATIONS = ROOT / "migrations"

DEMO_SECRET = "demo-secret-key-that-everybody-knows"  # noqa: S105  a production refuses it
DEMO_FIELD_KEY = "demo-field-key-that-everybody-knows"
DEMO_TRACE_KEY = "demo-trace-key-that-everybody-knows"
PAYMENT_METHODS = ("sandbox", "wechat", "alipay", "stripe", "bank_transfer")
STRIPE_CHECKOUT = "https://checkout.stripe.com"


class Environment(StrEnum):
    DEMO = "demo"
    PRODUCTION = "production"
    TESTING = "testing"


class SettingsError(Exception):
    """The environment cannot be used; `problems` has one sentence for each setting that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("the settings cannot be used:\n" + "\n".join(f"- {problem}" for problem in problems))


@dataclass(frozen=True)
class Settings:
    """Typed settings. Lists in the environment are separated by commas; of several keys the first one writes."""

    env: Environment = Environment.DEMO
    instance_path: Path = ROOT / "instance"
    database_url: str = field(default="", repr=False)
    redis_url: str | None = field(default=None, repr=False)
    secret_key: str = field(default=DEMO_SECRET, repr=False)
    secret_key_fallbacks: tuple[str, ...] = field(default=(), repr=False)
    field_keys: tuple[str, ...] = field(default=(DEMO_FIELD_KEY,), repr=False)
    trace_keys: tuple[str, ...] = field(default=(DEMO_TRACE_KEY,), repr=False)
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    sandbox_url: str = "http://localhost:8000"
    trusted_proxies: int = 0
    campus_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    payment_methods: tuple[str, ...] = ("sandbox", "bank_transfer")
    stripe_secret_key: str | None = field(default=None, repr=False)
    stripe_webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    stripe_api_base: str = STRIPE_API_BASE
    wechat: WechatConfig | None = None
    alipay: AlipayConfig | None = None
    kuaidi100: Kuaidi100Config | None = field(default=None, repr=False)
    waybills: Kuaidi100WaybillConfig | None = field(default=None, repr=False)
    bank_transfer_days: int = 5
    media_url: str = ""
    notify_urls: tuple[str, ...] = field(default=(), repr=False)
    sms: SmsConfig | None = None
    campus: CampusConfig = field(default_factory=CampusConfig)
    sentry_dsn: str | None = field(default=None, repr=False)
    metrics_token: str | None = field(default=None, repr=False)
    web_concurrency: int = 2
    rate_limits: bool = True

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read and judge the whole environment. Raises SettingsError naming every problem."""
        reader = Reader(environ)
        settings = _read(reader)
        unsafe = _unsafe(settings) if settings.is_production else []
        problems = [*reader.problems, *_contradictions(settings), *unsafe]
        if problems:
            raise SettingsError(problems)
        return settings

    @property
    def is_production(self) -> bool:
        return self.env is Environment.PRODUCTION

    @property
    def is_demo(self) -> bool:
        return self.env is Environment.DEMO

    @property
    def is_testing(self) -> bool:
        return self.env is Environment.TESTING

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def public_origin(self) -> str:
        return origin_of(self.public_url)

    @property
    def trusted_hosts(self) -> list[str]:
        """Host names that this shop answers to; the sandbox's page stands on another one."""
        urls = [self.public_url, self.sandbox_url] if self.sandbox_payments else [self.public_url]
        return sorted({urlsplit(url).hostname or "" for url in urls})

    @property
    def sandbox_payments(self) -> bool:
        return "sandbox" in self.payment_methods

    @property
    def payment_origins(self) -> tuple[str, ...]:
        """Origins that a form of ours may lead to, for the policy's form-action."""
        origins = [origin_of(self.sandbox_url)] if self.sandbox_payments else []
        if self.stripe_secret_key:
            origins.append(
                STRIPE_CHECKOUT
                if self.stripe_api_base == STRIPE_API_BASE
                else origin_of(self.stripe_api_base)
            )
        return (*origins, *wallet_origins(self.wechat, self.alipay))

    def in_campus(self, address: str) -> bool:
        """Whether a visitor's address belongs to the campus, where many people share one address."""
        try:
            visitor = ip_address(address)
        except ValueError:
            return False
        return any(visitor in network for network in self.campus_networks)


def origin_of(url: str) -> str:
    """Scheme, host and port, as a browser writes it in `Origin`."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    default_port = {"http": 80, "https": 443}.get(parts.scheme)
    port = "" if parts.port in (None, default_port) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def _other_name(public_url: str) -> str:
    """This machine under its other name: for a browser that is another origin, as a real provider's page is.

    Behind a public name the sandbox stands on the shop's own origin, unless SANDBOX_URL names one that leads here.
    """
    names = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    return public_url.replace(f"//{host}", f"//{names[host]}", 1) if host in names else public_url


def _read(reader: Reader) -> Settings:
    env = reader.choice("SHOP_ENV", Environment, Environment.DEMO)
    demo = env is not Environment.PRODUCTION
    instance = reader.path("INSTANCE_PATH", ROOT / "instance")
    port = reader.number("PORT", 8000, least=1, most=65535)
    public_url = reader.web_url("PUBLIC_URL") or f"http://127.0.0.1:{port}"
    stripe_key = reader.text("STRIPE_SECRET_KEY")
    wechat, alipay = read_wechat(reader), read_alipay(reader)
    usable = {
        "sandbox": demo,
        "wechat": wechat,
        "alipay": alipay,
        "stripe": stripe_key,
        "bank_transfer": True,
    }
    return Settings(
        env=env,
        instance_path=instance,
        database_url=reader.database_url("DATABASE_URL", f"sqlite:///{instance / 'shop.db'}"),
        redis_url=reader.url("REDIS_URL", schemes=("redis", "rediss", "unix")),
        secret_key=reader.text("SECRET_KEY") or DEMO_SECRET,
        secret_key_fallbacks=reader.several("SECRET_KEY_FALLBACKS"),
        field_keys=reader.several("FIELD_KEYS") or (DEMO_FIELD_KEY,),
        trace_keys=reader.several("TRACE_KEY") or (DEMO_TRACE_KEY,),
        port=port,
        public_url=public_url,
        sandbox_url=reader.web_url("SANDBOX_URL") or _other_name(public_url),
        trusted_proxies=reader.number("TRUSTED_PROXIES", 0, least=0, most=10),
        campus_networks=reader.networks("CAMPUS_NETWORKS"),
        payment_methods=reader.some_of(
            "PAYMENT_METHODS", PAYMENT_METHODS, tuple(name for name, is_set in usable.items() if is_set)
        ),
        stripe_secret_key=stripe_key,
        stripe_webhook_secrets=reader.several("STRIPE_WEBHOOK_SECRET"),
        stripe_api_base=reader.web_url("STRIPE_API_BASE") or STRIPE_API_BASE,
        wechat=wechat,
        alipay=alipay,
        kuaidi100=read_kuaidi100(reader),
        waybills=read_waybills(reader),
        bank_transfer_days=reader.number("BANK_TRANSFER_DAYS", 5, least=1, most=60),
        media_url=reader.file_store("MEDIA_URL", f"file://{instance / 'media'}"),
        notify_urls=reader.notify_urls("NOTIFY_URLS"),
        sms=read_sms(reader),
        campus=read_campus(reader),
        sentry_dsn=reader.url("SENTRY_DSN", schemes=("http", "https")),
        metrics_token=reader.text("METRICS_TOKEN"),
        web_concurrency=reader.number("WEB_CONCURRENCY", 2, least=1, most=64),
        rate_limits=reader.switch("RATE_LIMITS", default=True),
    )


def _contradictions(settings: Settings) -> list[str]:
    """What cannot work together anywhere."""
    checks = {
        "PAYMENT_METHODS leaves no way to pay": not settings.payment_methods,
        "PAYMENT_METHODS has stripe, so STRIPE_SECRET_KEY is needed": "stripe" in settings.payment_methods
        and not settings.stripe_secret_key,
        "PAYMENT_METHODS has wechat, so the WECHAT_ settings are needed": "wechat" in settings.payment_methods
        and settings.wechat is None,
        "PAYMENT_METHODS has alipay, so the ALIPAY_ settings are needed": "alipay" in settings.payment_methods
        and settings.alipay is None,
        "Text messages go by SMS_PROVIDER_URL or by an address with {phone} in NOTIFY_URLS, not by both": settings.sms
        is not None
        and any("{phone}" in url for url in settings.notify_urls),
    }
    return [sentence for sentence, is_wrong in checks.items() if is_wrong]


def _unsafe(settings: Settings) -> list[str]:
    """What must not be in production."""
    checks = {
        "SECRET_KEY must be your own, of at least 32 characters": settings.secret_key == DEMO_SECRET
        or len(settings.secret_key) < 32,
        "SECRET_KEY_FALLBACKS must be your own, each of at least 32 characters": DEMO_SECRET
        in settings.secret_key_fallbacks
        or any(len(key) < 32 for key in settings.secret_key_fallbacks),
        "FIELD_KEYS must be your own, each of at least 32 characters": DEMO_FIELD_KEY in settings.field_keys
        or any(len(key) < 32 for key in settings.field_keys),
        "TRACE_KEY must be your own, of at least 32 characters": DEMO_TRACE_KEY in settings.trace_keys
        or any(len(key) < 32 for key in settings.trace_keys),
        "PUBLIC_URL must begin with https://": not settings.is_https,
        "PAYMENT_METHODS must not contain sandbox": settings.sandbox_payments,
        "STRIPE_WEBHOOK_SECRET is needed with STRIPE_SECRET_KEY": bool(settings.stripe_secret_key)
        and not settings.stripe_webhook_secrets,
        "STRIPE_API_BASE must begin with https://": not settings.stripe_api_base.startswith("https://"),
        "RATE_LIMITS must be on": not settings.rate_limits,
        "NOTIFY_URLS needs an address with {email}: links to set a password go by mail": not any(
            "{email}" in url for url in settings.notify_urls
        ),
    }
    found = [sentence for sentence, is_wrong in checks.items() if is_wrong]
    return [
        *found,
        *insecure_addresses(settings.wechat, settings.alipay),
        *insecure_tracking(settings.kuaidi100),
        *insecure_waybills(settings.waybills),
        *insecure_sms(settings.sms),
        *insecure_campus(settings.campus),
    ]
