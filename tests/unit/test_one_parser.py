"""What the tests themselves stand on."""

from __future__ import annotations

import ast
import gc

SOURCE = "\n".join(
    f"def f{number}(a, b=[1, 2]): return [a + b * {number} for a in b]" for number in range(40)
)


class Parses:
    """Garbage that parses when it is collected."""

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        ast.parse("1 + 1")


def test_a_finalizer_that_parses_does_not_disturb_who_is_parsing():
    thresholds = gc.get_threshold()
    gc.set_threshold(50, 1, 1)
    try:
        for _ in range(20):
            for _ in range(3):
                Parses()
            assert len(ast.parse(SOURCE).body) == 40
    finally:
        gc.set_threshold(*thresholds)
