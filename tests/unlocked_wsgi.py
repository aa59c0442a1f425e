"""The shop as gunicorn loads it, with every lock switched off: what twins of races over HTTP are run on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from shop.extensions import unit_of_work
from tests.factories import without_locks
from wsgi import app

# Long enough for all threads of a busy machine to come to the same point; buyers who only prepare need not wait for it.
IN_A_RACE_SECONDS = 0.1

with app.app_context():
    app.extensions["shop.unit_of_work"] = without_locks.without_locks(unit_of_work())

_serve: Callable[..., Iterable[bytes]] = app.wsgi_app


def _pausing_longer_once_the_race_has_begun(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    if (environ["REQUEST_METHOD"], environ["PATH_INFO"]) == ("POST", "/checkout"):
        without_locks.pause_for(IN_A_RACE_SECONDS)
    return _serve(environ, start_response)


app.wsgi_app = _pausing_longer_once_the_race_has_begun  # type: ignore[method-assign]
