"""The shop as gunicorn loads it, with every lock switched off: what twins of races over HTTP are run on."""

from __future__ import annotations

from shop.extensions import unit_of_work
from tests.factories.without_locks import without_locks
from wsgi import app

with app.app_context():
    app.extensions["shop.unit_of_work"] = without_locks(unit_of_work())
