"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "shop").rglob("*.py"))
TEMPLATES = sorted((ROOT / "shop/templates").rglob("*.html"))
LONGEST_FILE = 300
LONGEST_MODELS = 400  # tables that belong together stand together
VAGUE_NAMES = {"utils", "helpers", "common", "manager", "service", "services", "misc"}

# Where something unforeseen is caught on purpose: the web's and the worker's outermost boundary.
BOUNDARIES = {"shop/web/error_pages.py", "shop/jobs.py", "shop/storage/row_by_row.py"}


def parsed() -> Iterator[tuple[str, ast.Module]]:
    for path in SOURCES:
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def test_nothing_is_imported_inside_a_function():
    hidden = [
        f"{name}:{node.lineno}"
        for name, tree in parsed()
        for function in functions(tree)
        for node in ast.walk(function)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    assert hidden == [], "an import inside a function hides a circle"


def test_nothing_is_imported_for_type_checking_only():
    hidden = [
        f"{name}:{node.lineno}"
        for name, tree in parsed()
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id == "TYPE_CHECKING"
    ]
    assert hidden == []


def test_commit_stands_in_one_file():
    commits = {
        name
        for name, tree in parsed()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    }
    assert commits == {"shop/storage/unit_of_work.py"}


def test_views_reach_the_outside_world_through_one_door():
    """It ends what the request has read, so that no transaction waits for a payment service or for files."""
    elsewhere = {
        name
        for name, tree in parsed()
        for node in ast.walk(tree)
        if name.startswith("shop/web/")
        and isinstance(node, ast.Name)
        and node.id in {"unit_of_work", "media_store"}
    }
    assert elsewhere == {"shop/web/database.py", "shop/web/outside_world.py"}


def test_only_the_outermost_boundaries_catch_everything():
    broad = {
        name
        for name, tree in parsed()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (
            node.type is None
            or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"})
        )
    }
    assert broad <= BOUNDARIES


def test_every_relationship_is_loaded_on_purpose():
    lazy = [
        f"{name}:{node.lineno}"
        for name, tree in parsed()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "relationship"
        and not any(word.arg == "lazy" for word in node.keywords)
    ]
    assert lazy == [], 'say lazy="raise", so that a page says what it loads'


def test_files_are_named_after_what_they_do():
    assert [str(path) for path in SOURCES if path.stem in VAGUE_NAMES] == []


def test_files_stay_short_enough_to_read():
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in SOURCES
        if (lines := len(path.read_text("utf-8").splitlines()))
        > (LONGEST_MODELS if path.name == "models.py" else LONGEST_FILE)
    }
    assert long == {}


def test_templates_have_no_inline_style_or_script_and_trust_no_text():
    inline = re.compile(
        r"""\sstyle=|<style|\son[a-z]+\s*=\s*["']|<script(?![^>]*\bsrc=)|\|\s*safe\b|javascript:"""
    )
    found = [
        f"{path.relative_to(ROOT)}: {match.group().strip()}"
        for path in TEMPLATES
        if "email" not in path.parts
        for match in inline.finditer(path.read_text("utf-8"))
    ]
    assert found == []


def test_floors_hold():
    result = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout


def test_every_floor_below_the_libraries_is_kept_from_flask():
    """A new package is under the rule as soon as it has its floor."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    contracts = {contract["id"]: contract for contract in settings["contracts"]}
    floors = [set(re.findall(r"\w+", floor)) for floor in contracts["floors"]["layers"]]
    plugged_in = floors.index({"extensions"})
    below = {f"shop.{package}" for floor in floors[plugged_in + 1 :] for package in floor}
    assert below == set(contracts["no-flask-below"]["source_modules"])


DICTIONARIES = ("jieba", "pypinyin", "playwright", "huey")
USED_SELDOM = (
    *(
        "alembic",
        "alipay",
        "openpyxl",
        "sentry_sdk",
        "stripe",
        "webauthn",
        "wechatpayv3",
        "xlrd",
        "xlsxwriter",
    ),
)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory) -> frozenset[str]:
    """The modules of a web process that has served nothing yet."""
    script = "import sys, wsgi; print(*sys.modules)"
    folder = tmp_path_factory.mktemp("web-process")
    environ = {"SHOP_ENV": "testing", "INSTANCE_PATH": str(folder), "PATH": "/usr/bin:/bin"}
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environ, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    return frozenset(result.stdout.split())


@pytest.mark.parametrize("dictionary", [*DICTIONARIES, *USED_SELDOM])
def test_the_web_process_does_not_load(dictionary, loaded):
    """Dictionaries cost 130 MB a process; only seeding and the worker may load them. What serves one page or one
    setting is loaded with the first such page, or where the setting is.
    """
    assert "shop.web.storefront" in loaded
    assert dictionary not in loaded


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_locks_pin_every_package_by_hash_and_name_no_index(lock):
    text = (ROOT / lock).read_text("utf-8")
    assert not re.search(r"^(--index-url|--extra-index-url|--find-links|-i )", text, re.MULTILINE)
    for requirement in re.split(r"\n(?=[a-z0-9])", text.split("\n", 2)[2]):
        assert "--hash=sha256:" in requirement, requirement.splitlines()[0]
