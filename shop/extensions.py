"""The libraries that are plugged into Flask, made once and given an application in `create_app`."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as BoundSession
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.engine import Engine

from shop.accounts.campus.clients import CampusClients, make_clients
from shop.delivery.tracking.base import TrackingProvider
from shop.delivery.tracking.kuaidi100 import Kuaidi100
from shop.delivery.waybills.base import WaybillProvider
from shop.delivery.waybills.kuaidi100 import Kuaidi100Waybills
from shop.delivery.waybills.pretended import PretendedWaybills
from shop.payments.providers.base import Providers
from shop.payments.providers.config import PaymentConfig
from shop.payments.providers.registry import make_providers
from shop.reactions import REACTIONS
from shop.settings import Settings
from shop.storage.base import Base
from shop.storage.database import prepare_engine, statement_by_statement
from shop.storage.unit_of_work import UnitOfWork

_READER = "shop.reader"
_UNIT_OF_WORK = "shop.unit_of_work"
_SETTINGS = "shop.settings"
_PROVIDERS = "shop.payment_providers"
_TRACKING = "shop.tracking_provider"
_WAYBILLS = "shop.waybill_provider"
_CAMPUS = "shop.campus_clients"


class ReadSession(BoundSession):
    """What a request reads with: statement by statement, unless it asks for one transaction."""

    one_transaction = False

    def get_bind(self, *_args: object, **_kwargs: object) -> Engine:
        return db.engine if self.one_transaction else cast(Engine, current_app.extensions[_READER])


db = SQLAlchemy(model_class=Base, session_options={"autoflush": False, "class_": ReadSession})
csrf = CSRFProtect()
login_manager = LoginManager()


def settings() -> Settings:
    """The settings of the current application."""
    return cast(Settings, current_app.extensions[_SETTINGS])


def unit_of_work() -> UnitOfWork:
    """The current application's way to write: `unit_of_work().run(work)`. Views use `transact` instead."""
    return cast(UnitOfWork, current_app.extensions[_UNIT_OF_WORK])


def payment_providers() -> Providers:
    """Whom the current application takes money through, by name, in the order in which buyers see them."""
    return cast(Providers, current_app.extensions[_PROVIDERS])


def tracking_provider() -> TrackingProvider | None:
    """Who follows the current application's parcels; None where people do."""
    return cast(TrackingProvider | None, current_app.extensions[_TRACKING])


def waybill_provider() -> WaybillProvider | None:
    """Who gives the current application's waybills; None where people write them, and nothing of them is shown."""
    return cast(WaybillProvider | None, current_app.extensions[_WAYBILLS])


def campus_clients() -> CampusClients:
    """Where the current application's university signs in; empty where it has told us of no such place."""
    return cast(CampusClients, current_app.extensions[_CAMPUS])


def plug_in(app: Flask, chosen: Settings) -> None:
    """Give the application its libraries."""
    app.extensions[_SETTINGS] = chosen
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
        app.extensions[_READER] = statement_by_statement(db.engine)
        app.extensions[_UNIT_OF_WORK] = UnitOfWork(db.engine, REACTIONS)
        app.extensions[_PROVIDERS] = make_providers(_payment_config(chosen), unit_of_work())
    app.extensions[_TRACKING] = Kuaidi100(chosen.kuaidi100) if chosen.kuaidi100 else None
    app.extensions[_WAYBILLS] = _waybill_provider(chosen)
    app.extensions[_CAMPUS] = make_clients(chosen.campus, public_url=chosen.public_url)
    csrf.init_app(app)
    # Without its context processor, which would load the visitor on public pages too.
    login_manager.init_app(app, add_context_processor=False)


def _waybill_provider(chosen: Settings) -> WaybillProvider | None:
    if chosen.waybills:
        return Kuaidi100Waybills(chosen.waybills)
    return PretendedWaybills() if chosen.is_demo else None


def _payment_config(chosen: Settings) -> PaymentConfig:
    return PaymentConfig(
        methods=chosen.payment_methods,
        bank_transfer_days=chosen.bank_transfer_days,
        sandbox_page_url=f"{chosen.sandbox_url}/sandbox",
        sandbox_secrets=(chosen.secret_key, *chosen.secret_key_fallbacks),
        stripe_secret_key=chosen.stripe_secret_key,
        stripe_webhook_secrets=chosen.stripe_webhook_secrets,
        stripe_api_base=chosen.stripe_api_base,
        wechat=chosen.wechat,
        alipay=chosen.alipay,
        notices_url=chosen.public_url,
    )
