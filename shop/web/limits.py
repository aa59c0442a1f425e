"""How often one address may do what costs us or others something.

Use `@limiter.limit(SEARCHES)` below the route. A campus sits behind one address, so `CAMPUS_NETWORKS` are not counted
here; failed sign-ins, codes and exports are counted in a table, by account, always.
"""

from __future__ import annotations

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from shop.extensions import settings
from shop.web.viewer import current_viewer

SEARCHES = "120/minute"
SUGGESTIONS = "240/minute"
ORDER_LOOKUPS = "30/hour"
CHECKOUTS = "60/minute"
QUESTIONS = "120/minute"
GUEST_ORDERS = "20/hour"  # placed without an account: each holds goods for half an hour
UPLOADS = "60/minute"
BASKETS = "240/minute"
FORMS = "120/minute"  # whatever else somebody fills in, with an account or without

limiter = Limiter(key_func=get_remote_address)


def by_person() -> str:
    """For what a whole campus does within one hour: who is signed in is counted alone, anybody else by address."""
    user_id = current_viewer().user_id
    return f"user {user_id}" if user_id is not None else get_remote_address()


def register(app: Flask) -> None:
    """Count in Redis where there is one; when it is away, count in memory rather than refuse to sell."""
    with app.app_context():
        chosen = settings()
    app.config.update(
        RATELIMIT_ENABLED=chosen.rate_limits and not chosen.is_testing,
        RATELIMIT_STORAGE_URI=chosen.redis_url or "memory://",
        RATELIMIT_STORAGE_OPTIONS={"socket_connect_timeout": 1, "socket_timeout": 1}
        if chosen.redis_url
        else {},
        RATELIMIT_STRATEGY="moving-window" if not chosen.redis_url else "fixed-window",
        RATELIMIT_HEADERS_ENABLED=False,
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=bool(chosen.redis_url),
        RATELIMIT_SWALLOW_ERRORS=True,
    )
    limiter.init_app(app)


@limiter.request_filter
def _is_campus() -> bool:
    return settings().in_campus(request.remote_addr or "")
