from __future__ import annotations

import pytest

from shop.accounts.models import RoleName
from shop.web.guards import requires
from tests.integration.accounts.telephones import mailbox

FACES = {
    "farm": RoleName.FARMER,
    "village": RoleName.COORDINATOR,
    "point": RoleName.POINT_KEEPER,
    "admin": RoleName.ADMIN,
}


@pytest.fixture
def app(app):
    """The application with one more page a face, `/farm/room` and so on, for whose role it is."""
    for face, role in FACES.items():
        app.add_url_rule(f"/{face}/room", f"test.{face}", requires(role)(lambda: "inside"))
    return app


@pytest.fixture
def another_browser(client, app):
    """Makes further browsers, each with cookies of its own."""
    return lambda: type(client)(app, app.response_class, use_cookies=True)


@pytest.fixture
def cookies_of():
    """The session cookie's value in a browser; given a value, a browser is made to hold it."""

    def cookie(client, value=None):
        if value is not None:
            client.set_cookie("session", value)
        found = client.get_cookie("session")
        return found.value if found else None

    return cookie


@pytest.fixture
def letters(app, unit_of_work, settings):
    """All that goes out now."""
    return mailbox(app, unit_of_work, settings)


@pytest.fixture
def rows(unit_of_work):
    """What a statement finds, in a transaction of its own."""
    return lambda statement: unit_of_work.run(lambda session: session.scalars(statement).all())
