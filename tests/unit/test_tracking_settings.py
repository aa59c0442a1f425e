"""Who follows parcels: both settings or neither, and a production only over https."""

from __future__ import annotations

import pytest

from shop.settings import Settings, SettingsError

BOTH = {"KUAIDI100_CUSTOMER": "C123", "KUAIDI100_KEY": "k"}
PRODUCTION = {
    "SHOP_ENV": "production", "SECRET_KEY": "s" * 40, "FIELD_KEYS": "f" * 40, "TRACE_KEY": "t" * 40,
    "PUBLIC_URL": "https://shop.example.edu.cn", "NOTIFY_URLS": "mailtos://shop:hush@mail.example/?to={email}",
}  # fmt: skip


def test_without_its_settings_nobody_follows_parcels():
    assert Settings.from_environ({}).kuaidi100 is None


@pytest.mark.parametrize(
    ("name", "other"), [("KUAIDI100_CUSTOMER", "KUAIDI100_KEY"), ("KUAIDI100_KEY", "KUAIDI100_CUSTOMER")]
)
def test_half_of_them_is_a_mistake_that_names_the_other_half(name, other):
    with pytest.raises(SettingsError) as refused:
        Settings.from_environ({name: "x"})
    assert any(problem.startswith(f"{other} is missing") for problem in refused.value.problems)


def test_a_production_asks_over_https():
    assert Settings.from_environ(PRODUCTION | BOTH).kuaidi100.api_base.startswith("https://")
    with pytest.raises(SettingsError, match="KUAIDI100_API_BASE"):
        Settings.from_environ(PRODUCTION | BOTH | {"KUAIDI100_API_BASE": "http://127.0.0.1:1"})


def test_its_key_is_in_no_log():
    assert "secret-key" not in repr(Settings.from_environ(BOTH | {"KUAIDI100_KEY": "secret-key"}))
