"""All of a wallet or nothing of it, and every mistake said at once."""

from __future__ import annotations

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from shop.settings import Settings, SettingsError
from tests.fakes.faulty_server import private_pem, public_pem

PRODUCTION = {
    "SHOP_ENV": "production",
    "SECRET_KEY": "s" * 40,
    "FIELD_KEYS": "f" * 40,
    "TRACE_KEY": "t" * 40,
    "PUBLIC_URL": "https://shop.example.edu.cn",
    "NOTIFY_URLS": "mailtos://shop:hush@mail.example/?to={email}",
}


@pytest.fixture
def wechat(tmp_path) -> dict[str, str]:
    for name in ("new", "old"):
        (tmp_path / f"{name}.pem").write_text(public_pem(name))
    (tmp_path / "merchant.pem").write_text(private_pem("merchant"))
    return {
        "WECHAT_MCHID": "1900000109",
        "WECHAT_APP_ID": "wx8888888888888888",
        "WECHAT_API_V3_KEY": "n" * 32 + "," + "o" * 32,
        "WECHAT_MERCHANT_KEY": str(tmp_path / "merchant.pem"),
        "WECHAT_MERCHANT_SERIAL": "444F4864EA9B34415A",
        "WECHAT_PLATFORM_KEY": f"PUB_KEY_ID_0119={tmp_path}/new.pem,5157F09EFDC096DE={tmp_path}/old.pem",
    }


@pytest.fixture
def alipay() -> dict[str, str]:
    der = load_pem_public_key(public_pem("alipay").encode()).public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    return {
        "ALIPAY_APP_ID": "2021000000000001",
        "ALIPAY_APP_KEY": private_pem("merchant").replace("\n", "\\n"),
        "ALIPAY_PUBLIC_KEY": b64encode(der).decode(),
    }


def problems(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ(environ)
    return list(caught.value.problems)


def test_whole_wallets_are_offered_first_and_open_the_policy_to_their_doors(wechat, alipay):
    settings = Settings.from_environ(PRODUCTION | wechat | alipay)
    assert settings.payment_methods == ("wechat", "alipay", "bank_transfer")
    assert settings.payment_origins == (
        "https://wx.tenpay.com",
        "https://open.weixin.qq.com",
        "https://*.alipay.com",
    )
    assert settings.alipay.public_keys == (public_pem("alipay"),)
    assert [key_id for key_id, _ in settings.wechat.platform_keys] == ["PUB_KEY_ID_0119", "5157F09EFDC096DE"]


def test_keys_are_hidden(wechat, alipay):
    shown = repr(Settings.from_environ(wechat | alipay | {"WECHAT_APP_SECRET": "app-secret"}))
    for secret in ("PRIVATE KEY", "n" * 32, "app-secret"):
        assert secret not in shown


def test_nothing_of_a_wallet_is_no_wallet():
    settings = Settings.from_environ({"WECHAT_APP_SECRET": "left over"})
    assert (settings.wechat, settings.alipay) == (None, None)
    assert settings.payment_methods == ("sandbox", "bank_transfer")


def test_every_missing_part_of_half_a_wallet_is_said(wechat, alipay):
    said = "\n".join(problems({"WECHAT_MCHID": "1900000109", "ALIPAY_APP_ID": "2021000000000001"}))
    for name in (*wechat, *alipay):
        assert (f"{name} is missing" in said) == (name not in {"WECHAT_MCHID", "ALIPAY_APP_ID"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WECHAT_MCHID", "mch"),
        ("WECHAT_APP_ID", "8888"),
        ("WECHAT_API_V3_KEY", "short"),
        ("WECHAT_MERCHANT_KEY", "/nowhere.pem"),
        ("WECHAT_MERCHANT_KEY", "-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----"),
        ("WECHAT_MERCHANT_SERIAL", "no hex"),
        ("WECHAT_PLATFORM_KEY", "/without/an/id.pem"),
        ("WECHAT_PLATFORM_KEY", "PUB_KEY_ID_0119=/nowhere.pem"),
        ("WECHAT_FEE_BP", "-1"),
        ("ALIPAY_APP_KEY", "x" * 400),
        ("ALIPAY_PUBLIC_KEY", public_pem("alipay").replace("PUBLIC", "PRIVATE")),
        ("ALIPAY_GATEWAY", "gateway"),
    ],
)
def test_each_mistake_is_said_without_repeating_what_was_written(wechat, alipay, name, value):
    (said,) = problems(wechat | alipay | {name: value})
    assert said.startswith(name)
    assert "BEGIN" not in said


def test_a_production_wants_safe_gateways_and_the_wallets_it_names(wechat):
    said = "\n".join(problems(PRODUCTION | wechat | {"WECHAT_API_BASE": "http://127.0.0.1:1"}))
    assert "WECHAT_API_BASE must begin with https://" in said
    assert "PAYMENT_METHODS has alipay" in "\n".join(problems(PRODUCTION | {"PAYMENT_METHODS": "alipay"}))
