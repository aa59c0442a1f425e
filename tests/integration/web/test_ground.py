"""What every request passes through."""

from __future__ import annotations

import json
import logging

import pytest
from flask import jsonify, request, session

from shop.kit.errors import Conflict, InvalidInput, TooMany, Unavailable
from shop.web.protection import accepts_uploads, exemption, own_protection, without_token
from shop.web.public import public_page
from shop.web.publicness import public_view


@pytest.fixture
def backend() -> str:
    """The ground is the same on every database."""
    return "sqlite"


@pytest.fixture
def app(app):
    """The application with a few views to try its ground on."""
    state = {"version": 1, "made": 0}
    app.extensions["test.state"] = state

    @app.get("/t/page")
    @public_page(version=lambda: state["version"])
    def page() -> str:
        state["made"] += 1
        return "<p>" + "山货 " * 500 + str(state["made"])

    @app.get("/t/public-writes")
    @public_page
    def public_writes() -> str:
        session["x"] = 1
        return "no"

    @app.get("/t/private")
    def private() -> str:
        return str(session.get("seen", 0))

    @app.post("/t/guarded")
    def guarded() -> str:
        return "done"

    @app.post("/t/open")
    @without_token("a test")
    @public_view
    def without() -> str:
        return "done"

    @app.post("/t/signed")
    @own_protection("a test")
    def signed() -> str:
        return jsonify(request.get_json())

    @app.post("/t/upload")
    @own_protection("a test")
    @accepts_uploads
    def upload() -> str:
        return str(len(request.get_data()))

    @app.post("/t/size")
    @own_protection("a test")
    def size() -> str:
        return str(len(request.get_data()))

    failures = {
        "conflict": Conflict(), "invalid": InvalidInput("Please say why.", field="reason"),
        "many": TooMany(retry_after=9), "busy": Unavailable(), "bug": ZeroDivisionError("secret detail"),
    }  # fmt: skip

    @app.get("/t/fail/<name>")
    @public_view
    def fail(name: str) -> str:
        raise failures[name]

    return app


def test_every_answer_carries_the_header_policy(client):
    for path in ("/healthz", "/nowhere", "/t/page", "/t/fail/bug", "/t/private"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "form-action 'self' http://localhost:8000" in policy
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Request-ID"]


def test_a_private_page_is_never_stored(client):
    assert client.get("/t/private").headers["Cache-Control"] == "no-store"


def test_a_public_page_sets_no_cookie_and_does_not_vary_by_it(client):
    client.set_cookie("session", "anything")
    for path in ("/t/page", "/t/page?lang=en", "/healthz"):
        response = client.get(path)
        assert "Set-Cookie" not in response.headers
        assert "Cookie" not in response.headers.get("Vary", "")


def test_a_public_page_is_made_once_a_version_and_language(app, client):
    state = app.extensions["test.state"]
    first = client.get("/t/page?lang=zh")
    assert client.get("/t/page?lang=zh").data == first.data
    assert state["made"] == 1
    client.get("/t/page?lang=en")
    assert state["made"] == 2
    state["version"] += 1
    assert client.get("/t/page?lang=zh").data != first.data


def test_a_public_page_that_is_known_is_not_sent_again(client):
    etag = client.get("/t/page?lang=zh").headers["ETag"]
    again = client.get("/t/page?lang=zh", headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == etag


def test_only_an_address_that_names_its_language_may_be_kept_by_shared_caches(client):
    named, unnamed = client.get("/t/page?lang=zh").headers, client.get("/t/page").headers
    assert named["Cache-Control"] == "public, max-age=60"
    assert "Accept-Language" not in named.get("Vary", "")
    assert unnamed["Cache-Control"] == "private, no-cache"
    assert "Accept-Language" in unnamed["Vary"]


def test_a_kept_page_is_sent_compressed_to_those_who_can_read_it(client):
    packed = client.get("/t/page?lang=zh", headers={"Accept-Encoding": "gzip, br"})
    plain = client.get("/t/page?lang=zh", headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "br"
    assert len(packed.data) < len(plain.data) / 5
    assert "Content-Encoding" not in plain.headers


def test_a_public_page_cannot_write_into_a_session(client):
    assert client.get("/t/public-writes").status_code == 500


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://localhost:8000"}, {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {},
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/t/guarded", "/t/open", "/language"])
def test_an_unsafe_request_from_elsewhere_is_refused(app, path, headers):
    assert app.test_client().post(path, headers=headers).status_code == 403


def test_our_own_pages_may_post_without_a_token_only_where_it_says_so(app, client):
    fetch = {"Sec-Fetch-Site": "same-origin"}
    assert app.test_client().post("/t/open", headers=fetch).status_code == 200
    assert client.post("/t/open").status_code == 200
    assert client.post("/t/guarded").status_code == 400
    with app.test_request_context():
        assert exemption("guarded") is None
        assert exemption("language.choose") == "without_token"


def test_a_signed_request_needs_no_origin(app):
    assert app.test_client().post("/t/signed", json={"a": 1}).json == {"a": 1}


@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 100_000, "{", "\xff"])
def test_hostile_json_is_a_bad_request(client, body):
    response = client.post("/t/signed", data=body.encode("latin1"), content_type="application/json")
    assert response.status_code == 400
    assert response.content_type == "application/problem+json"


def test_bodies_are_limited_to_one_megabyte_and_uploads_to_eleven(client):
    assert client.post("/t/size", data=b"x" * 1_000_000).status_code == 200
    assert client.post("/t/size", data=b"x" * 1_100_000).status_code == 413
    assert client.post("/t/upload", data=b"x" * 10_000_000).status_code == 200
    assert client.post("/t/upload", data=b"x" * 12_000_000).status_code == 413


def test_a_foreign_host_is_refused(client):
    for host in ("evil.example", "127.0.0.1.evil.example", "a b"):
        assert client.get("/healthz", headers={"Host": host}).status_code == 400
    assert (
        client.get("/healthz", headers={"Host": "127.0.0.1:8000", "X-Forwarded-Host": "evil"}).status_code
        == 200
    )


@pytest.mark.parametrize(
    ("path", "status"),
    [("conflict", 409), ("invalid", 400), ("many", 429), ("busy", 503), ("bug", 500)],
)
def test_errors_are_pages_for_people_and_problems_for_programs(client, path, status):
    page = client.get(f"/t/fail/{path}", headers={"Accept": "text/html"})
    problem = client.get(f"/t/fail/{path}", headers={"Accept": "application/json"})
    assert (page.status_code, problem.status_code) == (status, status)
    assert page.data.startswith(b"<!doctype html>")
    assert problem.json["status"] == status
    assert problem.json["request_id"] == problem.headers["X-Request-ID"]
    assert b"secret detail" not in page.data + problem.data
    assert b"Traceback" not in page.data


def test_a_problem_names_its_fields_and_how_long_to_wait(client):
    invalid = client.get("/t/fail/invalid?lang=en", headers={"Accept": "application/json"})
    assert invalid.json["errors"] == {"reason": "Please say why."}
    assert client.get("/t/fail/many").headers["Retry-After"] == "9"


def test_error_pages_speak_the_readers_language(client):
    english = client.get("/nowhere", headers={"Accept-Language": "en"})
    chinese = client.get("/nowhere", headers={"Accept-Language": "fr"})
    assert b'lang="en"' in english.data
    assert b'lang="zh-CN"' in chinese.data
    assert english.status_code == chinese.status_code == 404


def test_the_language_is_chosen_by_address_then_cookie_then_browser(client):
    english = {"Accept-Language": "en-GB,en;q=0.9"}
    assert b'<html lang="en"' in client.get("/nowhere", headers=english).data
    assert b'<html lang="zh-CN"' in client.get("/nowhere?lang=zh", headers=english).data
    chosen = client.post("/language", data={"language": "zh", "next": "/products?q=1"})
    assert (chosen.status_code, chosen.location) == (303, "/products?q=1")
    assert b'<html lang="zh-CN"' in client.get("/nowhere", headers=english).data
    assert client.get("/language?lang=en&next=/a?b=1").location == "/a?b=1&lang=en"
    assert client.post("/language", data={"language": "xx", "next": "//evil"}).location == "/"


def test_a_request_is_one_line_of_json_without_anything_personal(client, caplog):
    with caplog.at_level(logging.INFO, logger="shop.request"):
        client.get("/t/page?phone=13800000000&q=%0d%0aforged", headers={"User-Agent": "a\x1b[31m"})
    text = caplog.text
    assert "13800000000" not in text
    assert "forged" not in text


def test_static_files_have_hashed_names_and_are_kept_for_ever(app, client):
    address = app.jinja_env.globals["static_url"]("css/shop.css")
    response = client.get(address)
    assert response.status_code == 200
    assert "immutable" in response.headers["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in response.headers
    assert client.get("/static/css/shop.css").status_code == 404
    with pytest.raises(KeyError):
        app.jinja_env.globals["static_url"]("css/absent.css")


def test_readiness_says_when_no_worker_was_seen(client):
    response = client.get("/readyz")
    assert response.status_code == 200
    assert json.loads(response.data) == {
        "ready": True,
        "database": "ok",
        "migrations": "ok",
        "worker": "stale",
    }


def test_metrics_need_their_token(client):
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_programs_find_the_api_described_and_their_mistakes_by_field(client):
    described = client.get("/api/v1/openapi.json").json
    assert "/api/v1/products" in described["paths"]
    assert client.get("/api/v1/products").json["products"] == []
    wrong = client.get("/api/v1/products?page=0&sort=worst")
    assert wrong.status_code == 400
    assert set(wrong.json["errors"]) == {"page", "sort"}
    assert client.get("/api/v1/nothing").content_type == "application/problem+json"
