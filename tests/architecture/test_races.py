"""A race proves something only beside its twin, which goes wrong: every test that starts threads is one or the other.

Where no lock can be switched off, since a constraint or running again is what holds, the race names that `fence`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
STARTS_THREADS = {"Barrier", "Thread", "ThreadPoolExecutor"}


@dataclass(frozen=True)
class Module:
    """A test module's functions, the names that each uses, and where its imported names come from."""

    functions: dict[str, ast.FunctionDef]
    uses: dict[str, set[str]]
    imported: dict[str, Path]


@cache
def read(path: Path) -> Module:
    tree = ast.parse(path.read_text("utf-8"))
    functions = {one.name: one for one in tree.body if isinstance(one, ast.FunctionDef)}
    imported = {
        alias.asname or alias.name: TESTS.parent / (one.module.replace(".", "/") + ".py")
        for one in tree.body
        if isinstance(one, ast.ImportFrom) and one.module and one.module.startswith("tests.")
        for alias in one.names
    }
    uses = {
        name: {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
        for name, function in functions.items()
    }
    return Module(functions, uses, {name: home for name, home in imported.items() if home.exists()})


@cache
def starts_threads(path: Path, name: str) -> bool:
    """Whether this function does so itself or by one that it uses, here or in a module of the tests."""
    module, found, waiting = read(path), set(), {name}
    while waiting:
        one = waiting.pop()
        found.add(one)
        waiting |= module.uses.get(one, set()) - found
    if found & STARTS_THREADS:
        return True
    return any(starts_threads(module.imported[one], one) for one in found & module.imported.keys())


def named_by(test: ast.FunctionDef, what: str) -> str | None:
    for mark in test.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.race":
            return next((ast.literal_eval(one.value) for one in mark.keywords if one.arg == what), None)
    return None


def test_every_race_names_a_twin_that_stands_beside_it_or_its_fence() -> None:
    lonely, races = [], 0
    for path in sorted(TESTS.rglob("test_*.py")):
        tests = {name: one for name, one in read(path).functions.items() if name.startswith("test_")}
        twins = {name: twin for name, test in tests.items() if (twin := named_by(test, "twin"))}
        fenced = {name for name, test in tests.items() if named_by(test, "fence")}
        races += len(twins)
        lonely += [f"{name} names {twin}, which is none" for name, twin in twins.items() if twin not in tests]
        lonely += [
            f"{name} starts threads and names neither twin nor fence"
            for name in tests.keys() - twins.keys() - set(twins.values()) - fenced
            if starts_threads(path, name)
        ]
    assert races > 20
    assert not lonely, "\n".join(lonely)
