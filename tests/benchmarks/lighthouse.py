"""`make lighthouse`: Lighthouse's mobile scores for the pages that sell, on a shop that runs (`make run`).

Needs Node.js and a Chromium; `SHOP_URL` names another shop, `CHROME_PATH` another browser. It prints what costs a point.
"""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

SHOP = os.environ.get("SHOP_URL", "http://127.0.0.1:8000")
LIGHTHOUSE = "lighthouse@12.8.2"
GOAL = 95
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update"
    " --disable-sync --no-first-run"
)


def main() -> None:
    product, cookie = _with_basket()
    below = False
    with tempfile.TemporaryDirectory() as folder:
        headers = Path(folder, "headers.json")
        headers.write_text(json.dumps({"Cookie": cookie}))
        for path in ("/", "/products", product, "/checkout"):
            report = _report(path, headers, Path(folder, "report.json"))
            scores = {name: round(100 * (one["score"] or 0)) for name, one in report["categories"].items()}
            print(f"{path:32}", "  ".join(f"{name} {score}" for name, score in scores.items()))
            for line in _lost(report):
                print(f"    {line}")
            below |= min(scores.values()) < GOAL
    sys.exit(f"a page is below {GOAL}" if below else 0)


def _with_basket() -> tuple[str, str]:
    """The address of a product, and the cookie of a basket that holds it: without one nobody sees the checkout."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    found = re.search(r'href="(/products/[\w-]+)"', _text(browser, "/products"))
    product = found[1] if found else sys.exit(f"{SHOP} has nothing to sell")
    sku = re.search(r'data-sku="([^"]+)"|name="sku" value="([^"]+)"', _text(browser, product))
    if sku is None:
        sys.exit(f"{SHOP}{product} cannot be bought")
    form = urllib.parse.urlencode({"sku": sku[1] or sku[2], "quantity": 1}).encode()
    browser.open(urllib.request.Request(f"{SHOP}/cart/items", form, {"Origin": SHOP})).close()
    return product, "; ".join(f"{one.name}={one.value}" for one in jar)


def _text(browser: urllib.request.OpenerDirector, path: str) -> str:
    with browser.open(f"{SHOP}{path}") as answer:
        return str(answer.read().decode())


def _report(path: str, headers: Path, output: Path) -> Any:
    chrome = os.environ.get("CHROME_PATH") or shutil.which("chromium") or shutil.which("google-chrome") or ""
    command = [
        "npx",
        "--yes",
        LIGHTHOUSE,
        f"{SHOP}{path}",
        "--quiet",
        "--output=json",
        f"--output-path={output}",
    ]
    subprocess.run(
        [*command, f"--extra-headers={headers}", f"--chrome-flags={FLAGS}"],
        check=True,
        env={**os.environ, "CHROME_PATH": chrome},
    )
    return json.loads(output.read_text())


def _lost(report: Any) -> list[str]:
    """What costs a point, and how much of its category it weighs."""
    return [
        f"{name}: {audit['title']} {audit.get('displayValue', '')}"
        for name, category in report["categories"].items()
        for part in category["auditRefs"]
        if part["weight"] > 0
        and (audit := report["audits"][part["id"]])["score"] is not None
        and audit["score"] < 0.9
    ]


if __name__ == "__main__":
    main()
