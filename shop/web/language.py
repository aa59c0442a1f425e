"""Chinese or English: by the address, by the visitor's choice, by the browser; Chinese where nothing says."""

from __future__ import annotations

from flask import Blueprint, Flask, g, has_request_context, redirect, request
from flask_babel import Babel
from werkzeug.wrappers import Response as BaseResponse

from shop.web.cookies import read_cookie, set_cookie
from shop.web.limits import FORMS, limiter
from shop.web.links import safe_next
from shop.web.protection import without_token
from shop.web.publicness import public_view

LANGUAGES = ("zh", "en")
DEFAULT = "zh"
CHINESE_ONLY = "/farm"
COOKIE = "language"
COOKIE_SECONDS = 365 * 24 * 3600

blueprint = Blueprint("language", __name__)


def register(app: Flask) -> None:
    Babel(app, locale_selector=current_language)
    app.register_blueprint(blueprint)


def current_language() -> str:
    """`zh` or `en`, decided once a request."""
    if not has_request_context():
        return DEFAULT
    if "language" not in g:
        g.language = _decide()
    chosen: str = g.language
    return chosen


def is_language_in_address() -> bool:
    """Whether `?lang=` says it, so that a shared cache may keep the page."""
    return request.args.get("lang") in LANGUAGES


def _decide() -> str:
    if request.path == CHINESE_ONLY or request.path.startswith(f"{CHINESE_ONLY}/"):
        return DEFAULT
    for wish in (request.args.get("lang"), read_cookie(COOKIE)):
        if wish in LANGUAGES:
            return wish
    return request.accept_languages.best_match(LANGUAGES, DEFAULT) or DEFAULT


@blueprint.get("/language")
@public_view
def show() -> BaseResponse:
    """The same page in the language that the link names; changes nothing."""
    wish = request.args.get("lang", DEFAULT)
    target = safe_next(request.args.get("next"))
    joint = "&" if "?" in target else "?"
    return redirect(f"{target}{joint}lang={wish if wish in LANGUAGES else DEFAULT}", 302)


@blueprint.post("/language")
@limiter.limit(FORMS)
@public_view
@without_token("the switch stands on public pages, which carry nothing of the visitor")
def choose() -> BaseResponse:
    """Remember the language in a cookie and go back to where the visitor was."""
    wish = request.form.get("language") or request.form.get("lang")
    response = redirect(safe_next(request.form.get("next")), 303)
    if wish in LANGUAGES:
        set_cookie(response, COOKIE, wish, max_age=COOKIE_SECONDS)
    return response
