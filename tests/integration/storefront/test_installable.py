"""The shop on a first screen and without a network: its manifest, its worker, and its page for what was not kept."""

from __future__ import annotations

import json
import re

import pytest


@pytest.mark.parametrize(
    ("lang", "name"), [("zh", "第一书记扶贫超市"), ("en", "First Secretary Village Shop")]
)
def test_the_shop_can_be_put_on_a_first_screen_in_either_language(client, lang, name):
    answer = client.get(f"/manifest.webmanifest?lang={lang}")
    assert answer.mimetype == "application/manifest+json"
    manifest = answer.json
    assert (manifest["name"], manifest["scope"], manifest["start_url"]) == (name, "/", "/")
    assert {one["sizes"] for one in manifest["icons"]} == {"192x192", "512x512"}
    assert all(client.get(one["src"]).status_code == 200 for one in manifest["icons"])
    page = client.get(f"/?lang={lang}").text
    assert f'<link rel="manifest" href="/manifest.webmanifest?lang={lang}">' in page


def test_the_worker_keeps_files_that_are_there_and_leaves_other_faces_alone(client):
    answer = client.get("/worker.js?lang=en")
    assert (answer.status_code, answer.headers["Service-Worker-Allowed"]) == (200, "/")
    told = json.loads(re.match(r"const SHOP = (.*);", answer.text)[1])
    assert all(client.get(address).status_code == 200 for address in (*told["shell"], told["offline"]))
    assert {"/farm", "/village", "/point"} <= set(told["others"])
    assert "Set-Cookie" not in answer.headers
    assert (
        client.get("/worker.js?lang=en", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    )


def test_what_says_that_there_is_no_network_speaks_both_languages(client):
    for lang, words in (("zh", "没有网"), ("en", "You are offline")):
        page = client.get(f"/offline?lang={lang}").text
        assert words in page
        assert "data-kept-bar" in page
