"""`.ci/run` is green only where everything has run."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
THERE = {"TEST_POSTGRES_URL": "postgresql+psycopg://db/x", "TEST_REDIS_URL": "redis://db/15"}


@pytest.fixture
def machine(tmp_path):
    """A machine that has a shell and a `make` that only says what it is asked for."""
    (tmp_path / "bin").mkdir()
    for name in ("bash", "dirname", "timeout", "sleep"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    install(tmp_path, "make", 'echo "made $1"')
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/run", tmp_path / ".ci/run")
    return tmp_path


def install(machine: Path, name: str, script: str = "exit 0") -> None:
    program = machine / "bin" / name
    program.write_text(f"#!{shutil.which('bash')}\n{script}\n")
    program.chmod(0o755)


def closed_port() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])


def run(machine: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    ports = {"PGPORT": closed_port(), "REDIS_PORT": closed_port()}
    environ = {"PATH": str(machine / "bin")} | ports | environ
    return subprocess.run([machine / ".ci/run"], env=environ, capture_output=True, text=True, timeout=60)


def test_it_fails_and_names_everything_that_is_missing(machine):
    result = run(machine)
    assert result.returncode == 1
    for name in ("Chromium", "PostgreSQL", "Redis", "ALLOW_SKIPS=1"):
        assert name in result.stderr
    assert "made" not in result.stdout


@pytest.mark.parametrize(
    ("absent", "name"),
    [("chromium", "Chromium"), ("TEST_POSTGRES_URL", "PostgreSQL"), ("TEST_REDIS_URL", "Redis")],
)
def test_each_of_them_alone_makes_it_fail(machine, absent, name):
    if absent != "chromium":
        install(machine, "chromium")
    result = run(machine, **{key: value for key, value in THERE.items() if key != absent})
    assert result.returncode == 1
    assert result.stderr.count("missing: ") == 1
    assert name in result.stderr


def test_it_goes_on_without_them_only_where_that_is_said(machine):
    result = run(machine, ALLOW_SKIPS="1")
    assert (result.returncode, result.stdout) == (0, "made lint\nmade test\n")
    assert "missing: PostgreSQL" in result.stderr


def test_it_lints_and_tests_where_nothing_is_missing(machine):
    install(machine, "chromium")
    result = run(machine, **THERE)
    assert (result.returncode, result.stdout, result.stderr) == (0, "made lint\nmade test\n", "")
