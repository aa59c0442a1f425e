"""First Secretary Village Shop: `create_app` plugs everything together."""

from __future__ import annotations

import gc

# What is imported below stays to the end: looking through it for garbage, again and again, takes a fifth of a start.
gc.disable()

from flask import Flask

from shop import cli, extensions
from shop.configuration import flask_config
from shop.settings import Settings
from shop.web import (
    account,
    admin,
    api,
    campus_words,
    canonical,
    error_pages,
    error_reports,
    farm,
    filters,
    health,
    icons,
    kept_parts,
    language,
    limits,
    organisation,
    phrases,
    point,
    product_cards,
    protection,
    public,
    request_log,
    requests,
    sandbox,
    security_headers,
    session_interface,
    shop_settings,
    sms_replies,
    static_files,
    storefront,
    story_looks,
    structured_data,
    viewer,
    village,
)
from shop.web import assets as illustrations
from shop.web.template_environment import TemplateEnvironment

gc.freeze()
gc.enable()

# In the order in which they see a request.
GROUND = (
    requests,
    request_log,
    error_reports,
    security_headers,
    public,
    session_interface,
    protection,
    limits,
    error_pages,
    viewer,
    language,
    shop_settings,
    filters,
    canonical,
    structured_data,
    icons,
    kept_parts,
    static_files,
    illustrations,
    phrases,
    product_cards,
    story_looks,
    health,
    sms_replies,
    campus_words,
    api,
)
FACES = (storefront, account, organisation, farm, village, point, admin, sandbox)


def create_app(settings: Settings | None = None) -> Flask:
    """The application for these settings, or for those of the environment. Raises SettingsError."""
    chosen = settings or Settings.from_environ()
    app = Flask("shop", instance_path=str(chosen.instance_path), static_folder=None)
    app.jinja_environment = TemplateEnvironment  # type: ignore[assignment] # which Flask declares as an alias
    app.config.from_mapping(flask_config(chosen))
    extensions.plug_in(app, chosen)
    for part in GROUND:
        part.register(app)
    for face in FACES:
        app.register_blueprint(face.blueprint)
    cli.register(app)
    return app
