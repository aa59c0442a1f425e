"""The page on which demo money is paid, or not. It looks like a provider's page and says that it is none.

It belongs to no face: it has its own address (`SANDBOX_URL`), knows no visitor, and whoever has the unguessable
address may press its buttons.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask_babel import force_locale
from werkzeug.wrappers import Response as BaseResponse

from shop.extensions import settings
from shop.kit.clock import utc_now
from shop.kit.errors import NotFound
from shop.payments.sandbox.models import SandboxSession, TillStatus
from shop.payments.sandbox.till import OVER, Button, PageOver, page_of, press
from shop.settings import origin_of
from shop.web.database import transact
from shop.web.protection import ForeignOrigin, own_protection
from shop.web.security_headers import content_security_policy

blueprint = Blueprint("sandbox", __name__, url_prefix="/sandbox")

# What stays on the sandbox's host although it is not the sandbox's: files, and what machines ask.
_EVERYWHERE = ("/sandbox/", "/static/", "/healthz", "/readyz", "/metrics")


@blueprint.before_app_request
def lead_back_to_the_shop() -> BaseResponse | None:
    """A browser that looks at the shop under the sandbox's host name could not post there: show it the shop's own."""
    chosen = settings()
    is_other_host = request.host == urlsplit(chosen.sandbox_url).netloc != urlsplit(chosen.public_url).netloc
    is_walk = request.method == "GET" and request.headers.get("Sec-Fetch-Mode") == "navigate"
    if not (chosen.sandbox_payments and is_other_host and is_walk) or request.path.startswith(_EVERYWHERE):
        return None
    return redirect(chosen.public_url + request.full_path.removesuffix("?"), 302)


@blueprint.get("/<token>")
def show(token: str) -> Response:
    _require_sandbox()
    page = transact(lambda session: page_of(session, token, now=utc_now()))
    return _page(page)


@blueprint.post("/<token>")
@own_protection("another site than the shop: the unguessable address and the page's own origin protect it")
def choose(token: str) -> BaseResponse:
    """Press a button, then go back to the shop, as a provider sends its buyers back."""
    _require_sandbox()
    _require_own_origin()
    chosen = request.form.get("outcome", "")
    if chosen not in list(Button):
        raise NotFound()
    try:
        page = transact(lambda session: press(session, token, Button(chosen), now=utc_now()))
    except PageOver:
        return redirect(request.path, 303)
    return redirect(page.return_url, 303)


def _page(page: SandboxSession) -> Response:
    language = request.args.get("lang", page.language)
    language = language if language in {"zh", "en"} else page.language
    with force_locale(language):
        html = render_template(
            "sandbox/page.html",
            page=page,
            language=language,
            is_over=page.status in OVER,
            is_open=page.status is TillStatus.OPEN,
        )
    response = make_response(html)
    # Its buttons lead back to the shop, which is another origin here.
    policy = content_security_policy(settings()).replace(
        "form-action 'self'", f"form-action 'self' {settings().public_origin}"
    )
    response.headers["Content-Security-Policy"] = policy
    return response


def _require_sandbox() -> None:
    if not settings().sandbox_payments:
        raise NotFound()


def _require_own_origin() -> None:
    own = {origin_of(settings().sandbox_url), settings().public_origin}
    origin = request.headers.get("Origin")
    is_said_by_browser = origin is None and request.headers.get("Sec-Fetch-Site") == "same-origin"
    if origin not in own and not is_said_by_browser:
        raise ForeignOrigin()
