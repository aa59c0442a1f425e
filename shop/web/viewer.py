"""Who is looking: read from the cookie and the sessions table once a request, on private pages only."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from flask import Flask, Request, Response, g, request
from flask import session as cookie_session
from flask_login import current_user, login_user, logout_user
from flask_wtf.csrf import generate_csrf

from shop.accounts.models import RoleName, SessionKind
from shop.accounts.second_step import SECOND_FACTOR_ROLES
from shop.accounts.sessions import (
    DEVICE_LIMIT,
    DEVICE_ROLES,
    LiveSession,
    find_session,
    touch_session,
)
from shop.catalogue.access import WorkPlaces, work_places_of
from shop.delivery.access import pickup_points_of
from shop.extensions import login_manager, settings
from shop.kit.clock import utc_now
from shop.kit.errors import Unavailable
from shop.web.cookies import clear_cookie, read_cookie, set_cookie
from shop.web.database import read_session, transact

log = logging.getLogger("shop.viewer")

DEVICE_COOKIE: Final = "device"
DEVICE_FACES: Final = frozenset({"/farm", "/village", "/point"})


@dataclass(frozen=True)
class Viewer:
    """The person at the screen and what is theirs. `user_id` is None for somebody who is not signed in."""

    user_id: int | None = None
    name: str = ""
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    unit_id: int | None = None
    proved_unit_id: int | None = None
    counts_for_unit: bool | None = None  # what they buy, if they agreed; None: not asked yet
    roles: frozenset[RoleName] = frozenset()
    producer_ids: frozenset[int] = frozenset()
    village_ids: frozenset[int] = frozenset()
    packing_place_ids: frozenset[int] = frozenset()
    pickup_point_ids: frozenset[int] = frozenset()
    organisation_ids: frozenset[int] = frozenset()
    session_id: int | None = None
    session_kind: SessionKind | None = None
    authenticated_at: datetime | None = None
    has_authenticator: bool = False
    has_passkey: bool = False
    phone_is_proved: bool = False
    email_waits: bool = False
    token: str = field(default="", repr=False)

    @property
    def lacks_second_factor(self) -> bool:
        """Demanded in production: until it is set up, the role's pages stay closed."""
        return (
            settings().is_production
            and not (self.has_authenticator or self.has_passkey)
            and bool(self.roles.intersection(SECOND_FACTOR_ROLES))
        )

    # Flask-Login asks these.
    @property
    def is_authenticated(self) -> bool:
        return self.user_id is not None

    @property
    def is_active(self) -> bool:
        return self.is_authenticated

    @property
    def is_anonymous(self) -> bool:
        return not self.is_authenticated

    def get_id(self) -> str:
        """What stands in the signed cookie: the opaque token, never the user's number."""
        return self.token


ANONYMOUS: Final = Viewer()


def register(app: Flask) -> None:
    # Sessions are rows of ours, so Flask-Login's own guesses at a changed browser are off.
    login_manager.session_protection = None
    login_manager.anonymous_user = lambda: ANONYMOUS
    login_manager.user_loader(_from_browser)
    login_manager.request_loader(_from_device)


def current_viewer() -> Viewer:
    """The viewer of this request, ANONYMOUS when nobody is signed in. One to three queries at the first call."""
    viewer: Viewer = current_user._get_current_object()  # noqa: SLF001  # werkzeug's documented way to unwrap
    return viewer


def current_user_id() -> int:
    """The id of the person who is signed in; only behind `@signed_in` or `@requires`."""
    user_id = current_viewer().user_id
    if user_id is None:
        raise RuntimeError("this view has no guard")
    return user_id


def enter(token: str) -> Viewer | None:
    """Put a session just opened into this browser's cookie; whatever the cookie held before is gone."""
    viewer = _load(token, SessionKind.BROWSER)
    if viewer is None:
        return None
    cookie_session.clear()
    cookie_session.permanent = True
    begin_forms()
    login_user(viewer)
    return viewer


def begin_forms() -> None:
    """Make the session's token for forms now: two pages that come at once would else each make one, and the cookie of the
    later would end the forms of the other.
    """
    g.pop("csrf_token", None)
    generate_csrf()


def leave() -> None:
    """Forget the session in this browser's cookie; the row is ended by `accounts.sessions`."""
    logout_user()
    cookie_session.clear()


def browser_token() -> str | None:
    token = cookie_session.get("_user_id")
    return token if isinstance(token, str) else None


def device_token() -> str | None:
    return read_cookie(DEVICE_COOKIE)


def keep_device(response: Response, token: str) -> None:
    begin_forms()
    set_cookie(response, DEVICE_COOKIE, token, max_age=int(DEVICE_LIMIT.absolute.total_seconds()))


def forget_device(response: Response) -> None:
    if device_token() is not None:
        clear_cookie(response, DEVICE_COOKIE)


def _from_browser(token: str) -> Viewer | None:
    return _load(token, SessionKind.BROWSER)


def _from_device(_request: Request) -> Viewer | None:
    """A device credential opens only the faces of those who handle goods, and nothing of their private account."""
    token = device_token()
    face = f"/{request.path.split('/')[1]}"
    if token is None or face not in DEVICE_FACES:
        return None
    viewer = _load(token, SessionKind.DEVICE)
    return viewer if viewer and viewer.roles.intersection(DEVICE_ROLES) else None


def _load(token: str, kind: SessionKind) -> Viewer | None:
    now = utc_now()
    session = read_session()
    live = find_session(session, token, now=now)
    if live is None or live.kind is not kind:
        return None
    places, points = WorkPlaces(), frozenset[int]()
    if live.roles.intersection({RoleName.FARMER, RoleName.COORDINATOR}):
        places = work_places_of(session, live.user_id)
    if RoleName.POINT_KEEPER in live.roles:
        points = pickup_points_of(session, live.user_id)
    if live.wants_touch(now):
        _touch(live, now)
    return _viewer(live, places, points, token)


def _touch(live: LiveSession, now: datetime) -> None:
    try:
        transact(lambda session: touch_session(session, live.id, now=now))
    except Unavailable:
        log.warning("a session could not be touched")  # reading a page must not fail for it


def _viewer(live: LiveSession, places: WorkPlaces, points: frozenset[int], token: str) -> Viewer:
    return Viewer(
        user_id=live.user_id,
        name=live.name,
        email=live.email,
        phone=live.phone,
        language=live.language,
        unit_id=live.unit_id,
        proved_unit_id=live.proved_unit_id,
        counts_for_unit=live.counts_for_unit,
        roles=live.roles | {RoleName.BUYER},
        producer_ids=places.producer_ids,
        village_ids=places.village_ids,
        packing_place_ids=places.packing_place_ids,
        pickup_point_ids=points,
        organisation_ids=live.organisation_ids,
        session_id=live.id,
        session_kind=live.kind,
        authenticated_at=live.authenticated_at,
        has_authenticator=live.has_authenticator,
        has_passkey=live.has_passkey,
        phone_is_proved=live.phone_is_proved,
        email_waits=live.email_waits,
        token=token,
    )
