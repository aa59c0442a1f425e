"""Who gives waybills: all settings or none, accounts that can be used, and a production only over https."""

from __future__ import annotations

import pytest

from shop.settings import Settings, SettingsError
from tests.unit.test_tracking_settings import PRODUCTION

ALL = {
    "WAYBILL_KEY": "k", "WAYBILL_SECRET": "s-secret",
    "WAYBILL_ACCOUNTS": '{"sf": {"partnerId": "755"}, "yto": {"partnerId": "K1", "partnerKey": "p-secret"}}',
}  # fmt: skip


def problems(environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environ(environ)
    return str(refused.value)


def test_without_its_settings_nobody_gives_waybills_and_half_of_them_name_the_others():
    assert Settings.from_environ({}).waybills is None
    for name, value in ALL.items():
        said = problems({name: value})
        assert all(f"{other} is missing" in said for other in ALL if other != name)


@pytest.mark.parametrize(
    ("accounts", "says"),
    [("sf", "must be JSON"), ("[]", "must be JSON"), ("{}", "must be JSON"), ('{"dhl": {"partnerId": "1"}}', "dhl is not"),
     ('{"sf": {}}', "sf needs a partnerId"), ('{"sf": {"partnerId": "1", "pin": "2"}}', "sf has pin"),
     ('{"sf": {"partnerId": 1}}', "is no text")],
)  # fmt: skip
def test_an_account_that_cannot_be_used_is_named(accounts, says):
    assert says in problems(ALL | {"WAYBILL_ACCOUNTS": accounts})


def test_a_production_asks_over_https_and_its_secrets_are_in_no_log():
    chosen = Settings.from_environ(PRODUCTION | ALL)
    assert chosen.waybills.api_base.startswith("https://")
    assert list(chosen.waybills.accounts) == ["sf", "yto"]
    assert "secret" not in f"{chosen.waybills!r}"
    assert "WAYBILL_API_BASE must begin with https" in problems(
        PRODUCTION | ALL | {"WAYBILL_API_BASE": "http://127.0.0.1:1"}
    )
