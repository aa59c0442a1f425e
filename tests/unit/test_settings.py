"""The environment is judged as a whole, before anything starts."""

from __future__ import annotations

import pytest

from shop.payments.providers.config import PaymentConfig
from shop.payments.providers.registry import make_providers
from shop.settings import (
    DEMO_FIELD_KEY,
    DEMO_SECRET,
    DEMO_TRACE_KEY,
    PAYMENT_METHODS,
    Environment,
    Settings,
    SettingsError,
    origin_of,
)

PRODUCTION = {
    "SHOP_ENV": "production",
    "SECRET_KEY": "s" * 40,
    "FIELD_KEYS": "f" * 40,
    "TRACE_KEY": "t" * 40,
    "PUBLIC_URL": "https://shop.example.edu.cn",
    "NOTIFY_URLS": "mailtos://shop:secret@smtp.example.edu?to={email}",
    "DATABASE_URL": "postgres://shop:secret@db/shop".replace("postgres://", "postgresql://"),
}


def problems(environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ(environ)
    return "\n".join(caught.value.problems)


def test_an_empty_environment_is_an_embedded_demo():
    settings = Settings.from_environ({})
    assert settings.env is Environment.DEMO
    assert settings.database_url.startswith("sqlite:///")
    assert settings.sandbox_payments
    assert settings.trusted_hosts == ["127.0.0.1", "localhost"]
    assert settings.payment_origins == ("http://localhost:8000",)


def test_a_good_production_starts_and_hides_its_secrets():
    settings = Settings.from_environ(PRODUCTION)
    assert settings.is_https
    assert not settings.sandbox_payments
    assert settings.trusted_hosts == ["shop.example.edu.cn"]
    assert settings.database_url.startswith("postgresql+psycopg://")
    assert "secret" not in repr(settings)
    assert "ssss" not in repr(settings)


def test_an_unsafe_production_is_refused_with_every_reason_at_once():
    said = problems({"SHOP_ENV": "production", "PAYMENT_METHODS": "sandbox", "RATE_LIMITS": "off"})
    for name in ("SECRET_KEY", "FIELD_KEYS", "TRACE_KEY", "PUBLIC_URL", "PAYMENT_METHODS", "RATE_LIMITS"):
        assert name in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""), ("SECRET_KEY", "short"), ("SECRET_KEY", DEMO_SECRET), ("FIELD_KEYS", ""),
        ("SECRET_KEY_FALLBACKS", DEMO_SECRET), ("SECRET_KEY_FALLBACKS", "o" * 40 + ",short"),
        ("FIELD_KEYS", "f" * 40 + "," + DEMO_FIELD_KEY), ("TRACE_KEY", "short"), ("TRACE_KEY", DEMO_TRACE_KEY),
        ("PUBLIC_URL", "http://shop.example.edu.cn"), ("PUBLIC_URL", ""), ("PAYMENT_METHODS", "sandbox,bank_transfer"),
        ("PAYMENT_METHODS", "stripe"), ("RATE_LIMITS", "off"), ("NOTIFY_URLS", ""), ("NOTIFY_URLS", "clicksend://user:pass@{phone}"),
    ],
)  # fmt: skip
def test_each_unsafe_value_alone_keeps_a_production_from_starting(name, value):
    assert name in problems(PRODUCTION | {name: value})


def test_a_stripe_key_without_a_webhook_secret_is_refused_in_production():
    assert "STRIPE_WEBHOOK_SECRET" in problems(PRODUCTION | {"STRIPE_SECRET_KEY": "sk_live_x"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"), ("PORT", "http"), ("SHOP_ENV", "staging"), ("DATABASE_URL", "mysql://x/y"),
        ("DATABASE_URL", "nonsense"), ("CAMPUS_NETWORKS", "10.0.0.0/99"), ("RATE_LIMITS", "maybe"),
        ("PUBLIC_URL", "ftp://x"), ("REDIS_URL", "http://x"), ("TRUSTED_PROXIES", "-1"), ("PUBLIC_URL", "http://x:y"),
        ("PUBLIC_URL", "http://[::1"), ("DATABASE_URL", "postgresql://u@h:port/shop"), ("SENTRY_DSN", "zzz"),
        ("PAYMENT_METHODS", "paypal"), ("PAYMENT_METHODS", "stripe"), ("MEDIA_URL", "nonsense://x"),
        ("MEDIA_URL", "https://x"), ("NOTIFY_URLS", "zzz"), ("NOTIFY_URLS", "nonsense://x?to={email}"),
        ("NOTIFY_URLS", "mailtos://shop:secret@smtp.example.edu?to=one@example.edu"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_read_is_named(name, value):
    assert name in problems({name: value})


CAMPUS = {
    "OIDC_ISSUER": "https://sso.example.edu.cn/", "OIDC_CLIENT_ID": "shop", "OIDC_CLIENT_SECRET": "hush",
    "CAS_SERVER_URL": "https://cas.example.edu.cn/cas", "WECOM_CORP_ID": "ww1234", "WECOM_AGENT_ID": "1000002",
    "WECOM_SECRET": "hush", "OIDC_FIELDS": "number=xgh, unit=dw", "SIGN_ON_ORIGINS": "https://id.example.edu.cn",
}  # fmt: skip


def test_a_university_is_read_whole_and_its_doors_stand_in_the_policy():
    settings = Settings.from_environ(PRODUCTION | CAMPUS)
    campus = settings.campus
    assert campus.oidc.issuer == "https://sso.example.edu.cn/", "a slash belongs to the issuer's name"
    assert campus.oidc.fields.names["number"] == ("xgh",)
    assert "name" in campus.oidc.fields.names["name"]
    assert campus.cas.server_url == "https://cas.example.edu.cn/cas"
    assert set(campus.origins) == {
        "https://sso.example.edu.cn", "https://cas.example.edu.cn", "https://open.weixin.qq.com",
        "https://login.work.weixin.qq.com", "https://id.example.edu.cn",
    }  # fmt: skip
    assert "hush" not in repr(settings)


@pytest.mark.parametrize("name", ["OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_ISSUER", "WECOM_SECRET"])
def test_half_a_provider_is_refused_by_name(name):
    said = problems({key: value for key, value in CAMPUS.items() if key != name})
    assert f"{name} is missing" in said
    assert "hush" not in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OIDC_ISSUER", "sso.example"), ("OIDC_ISSUER", "https://x/.well-known/openid-configuration"),
        ("CAS_SERVER_URL", "https://cas.example/cas/login"), ("WECOM_AGENT_ID", "agent"), ("OIDC_FIELDS", "number"),
        ("OIDC_FIELDS", "shoe=size"), ("OIDC_SCOPES", "profile"), ("SIGN_ON_ORIGINS", "https://x/path"),
    ],
)  # fmt: skip
def test_a_providers_setting_that_cannot_be_is_named(name, value):
    assert name in problems(CAMPUS | {name: value})


@pytest.mark.parametrize("name", ["OIDC_ISSUER", "CAS_SERVER_URL", "SIGN_ON_ORIGINS"])
def test_a_production_trusts_no_provider_without_https(name):
    plain = CAMPUS[name].replace("https://", "http://")
    assert f"{name} must begin with https://" in problems(PRODUCTION | CAMPUS | {name: plain})


def test_every_problem_is_said_at_once_and_no_password_with_it():
    said = problems(
        PRODUCTION
        | {
            "PAYMENT_METHODS": "paypal",
            "MEDIA_URL": "nonsense://x",
            "NOTIFY_URLS": "zzz, nonsense://user:hush@x/{phone}",
        }
    )
    for words in ("paypal", "no way to pay", "nonsense", "address 1", "address 2", "{email}"):
        assert words in said
    assert "hush" not in said


def test_every_known_payment_method_has_its_provider():
    config = PaymentConfig(
        PAYMENT_METHODS, 5, "http://localhost/sandbox", ("secret",), stripe_secret_key="sk_test_1"
    )
    of_wallets = {"wechat", "alipay"}  # they need keys of their own
    made = set(make_providers(config, unit_of_work=None))
    # Debts go by who was granted terms, and what was paid elsewhere by who collects it; neither by a setting.
    assert made | of_wallets == {*PAYMENT_METHODS, "on_account", "outside"}


def test_stripe_adds_the_origin_that_a_form_may_lead_to():
    settings = Settings.from_environ(
        PRODUCTION | {"STRIPE_SECRET_KEY": "sk_live_x", "STRIPE_WEBHOOK_SECRET": "whsec_1,whsec_2"}
    )
    assert settings.payment_origins == ("https://checkout.stripe.com",)
    assert settings.stripe_webhook_secrets == ("whsec_1", "whsec_2")


def test_campus_addresses_are_recognised_and_nonsense_is_not():
    settings = Settings.from_environ({"CAMPUS_NETWORKS": "10.0.0.0/8, 2001:db8::/32"})
    assert settings.in_campus("10.1.2.3")
    assert settings.in_campus("2001:db8::1")
    assert not settings.in_campus("192.0.2.1")
    assert not settings.in_campus("unknown")


def test_origins_are_written_as_browsers_write_them():
    assert origin_of("https://Shop.example:443/a") == "https://shop.example"
    assert origin_of("http://127.0.0.1:8000/") == "http://127.0.0.1:8000"
    assert origin_of("http://[::1]:8000") == "http://[::1]:8000"


SMS = {"SMS_PROVIDER_URL": "https://sms.example/send", "SMS_KEY": "key", "SMS_SECRET": "s" * 32}


def test_a_provider_of_text_messages_is_whole_or_not_at_all():
    assert Settings.from_environ({}).sms is None
    sms = Settings.from_environ(PRODUCTION | SMS).sms
    assert sms is not None
    assert sms.secrets == ("s" * 32,)
    assert "ssss" not in repr(Settings.from_environ(PRODUCTION | SMS))
    for missing in SMS:
        assert missing in problems({name: value for name, value in SMS.items() if name != missing})


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"SMS_PROVIDER_URL": "http://sms.example/send"}, "SMS_PROVIDER_URL must begin with https://"),
        ({"SMS_SECRET": f"{'s' * 32},short"}, "SMS_SECRET"),
        ({"NOTIFY_URLS": "mailtos://x:y@z.example?to={email},sns://a/b/c/{phone}"}, "not by both"),
    ],
)
def test_an_unsafe_provider_of_text_messages_does_not_start_a_production(changed, said):
    assert said in problems(PRODUCTION | SMS | changed)
