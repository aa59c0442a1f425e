"""The university of `tests.campus_provider` on a port of this machine, and the shop on another: real HTTP between them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from werkzeug.serving import make_server

from shop import create_app
from shop.accounts.campus.config import CampusConfig, CasConfig, OidcConfig
from shop.extensions import db
from shop.extensions import unit_of_work as unit_of_work_of
from tests.databases import testing_settings
from tests.factories.campus_browser import CampusBrowser

ROOT = Path(__file__).resolve().parents[3]
CLIENT_SECRET = "a-secret-that-only-the-two-know"


@dataclass(frozen=True)
class University:
    """Where it answers, where the shop will, and the key that it signs with."""

    url: str
    shop_port: int
    key: str

    @property
    def shop_url(self) -> str:
        return f"http://127.0.0.1:{self.shop_port}"

    def config(self) -> CampusConfig:
        return CampusConfig(
            OidcConfig(f"{self.url}/o", "shop", CLIENT_SECRET),
            CasConfig(f"{self.url}/cas"),
            origins=(self.url,),
        )


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture(scope="session")
def university(tmp_path_factory: pytest.TempPathFactory) -> Iterator[University]:
    folder = tmp_path_factory.mktemp("university")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(key)
    port, shop_port = _free_port(), _free_port()
    made = University(f"http://localhost:{port}", shop_port, key.decode())
    environ = {**os.environ, "CAMPUS_PROVIDER_FOLDER": str(folder), "CAMPUS_PROVIDER_URL": made.url}
    command = [sys.executable, "-m", "tests.campus_provider.serve", str(port), made.shop_url, CLIENT_SECRET]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)
        try:
            _wait_for(f"{made.url}/o/.well-known/openid-configuration", process, folder / "log")
            yield made
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    for _try in range(600):
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(log.read_text())


@pytest.fixture
def settings(database_url, tmp_path, university):
    base = testing_settings(tmp_path, database_url)
    return replace(base, public_url=university.shop_url, campus=university.config())


@pytest.fixture
def shop(settings, university):
    """The application, answering on its port from a thread of its own."""
    app = create_app(settings)
    server = make_server("127.0.0.1", university.shop_port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield app
    server.shutdown()
    thread.join()
    server.server_close()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def shop_work(shop):
    with shop.app_context():
        return unit_of_work_of()


@pytest.fixture
def browse(shop, university):
    """Makes browsers, each with cookies of its own."""
    return lambda: CampusBrowser(university.shop_url, university.url)
