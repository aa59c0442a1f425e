"""Parsing undisturbed: CPython 3.11 keeps the depth of a syntax tree that it builds in one place for all threads.

Werkzeug parses when an application is made, traceback when it formats an error, pytest when it rewrites a module. A
collection of garbage in the middle runs finalizers, which format errors, and lets other threads go on; then the depth
is another's: "SystemError: AST constructor recursion depth mismatch" (python/cpython#106905).
"""

from __future__ import annotations

import ast
import gc
from threading import RLock
from typing import Any

_parse, _lock = ast.parse, RLock()


def _parse_alone(*arguments: Any, **options: Any) -> Any:
    with _lock:
        collects = gc.isenabled()
        gc.disable()
        try:
            return _parse(*arguments, **options)
        finally:
            if collects:
                gc.enable()


def parse_undisturbed() -> None:
    ast.parse = _parse_alone
