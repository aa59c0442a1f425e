"""Routes compiled once a process, though nearly every test makes an application of its own."""

from __future__ import annotations

from collections.abc import Callable

from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


def keep_compiled_routes() -> None:
    """An application with its 350 routes is then made in a fifth of the time.

    Werkzeug writes a function for each rule, of its text and defaults alone, and binds the rule to it afterwards.
    """
    compile_builder = Rule._compile_builder
    known: dict[tuple[object, ...], Builder] = {}

    def kept(rule: Rule, append_unknown: bool = True) -> Builder:
        key = (tuple(rule._trace), repr(sorted((rule.defaults or {}).items())), append_unknown)
        if key not in known:
            known[key] = compile_builder(rule, append_unknown)
        return known[key]

    Rule._compile_builder = kept  # type: ignore[method-assign]
