"""The providers of this shop, as the environment says them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shop.accounts.campus.asking import SignOn
from shop.accounts.campus.cas import CasSignOn
from shop.accounts.campus.config import CampusConfig
from shop.accounts.campus.models import Provider
from shop.accounts.campus.oidc import OidcSignOn
from shop.accounts.campus.oidc_provider import OidcProvider
from shop.accounts.campus.wecom import WecomSignOn


@dataclass(frozen=True)
class CampusClients:
    """By name, in the order in which people see them; and each by itself for what only it can do."""

    by_name: Mapping[Provider, SignOn] = field(default_factory=dict)
    oidc: OidcSignOn | None = None
    cas: CasSignOn | None = None
    wecom: WecomSignOn | None = None


def make_clients(config: CampusConfig, *, public_url: str) -> CampusClients:
    def back(provider: Provider) -> str:
        return f"{public_url}/login/campus/{provider.value}/back"

    oidc = OidcSignOn(config.oidc, OidcProvider(config.oidc), back(Provider.OIDC)) if config.oidc else None
    cas = CasSignOn(config.cas, back(Provider.CAS)) if config.cas else None
    wecom = WecomSignOn(config.wecom, back(Provider.WECOM)) if config.wecom else None
    found: tuple[tuple[Provider, SignOn | None], ...] = (
        (Provider.OIDC, oidc),
        (Provider.CAS, cas),
        (Provider.WECOM, wecom),
    )
    by_name = {provider: client for provider, client in found if client is not None}
    return CampusClients(by_name, oidc, cas, wecom)
