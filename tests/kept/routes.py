"""Routes compiled once a process."""

from __future__ import annotations

from typing import Any

from werkzeug.routing import Rule

_COMPILED = ("_parts", "_trace", "_converters")


def keep_compiled_routes() -> None:
    """Of a rule's text Werkzeug makes a pattern and two functions, which it binds to the rule afterwards.

    They depend on nothing but what stands in the key: the shop's applications have the same converters.
    """
    compile_rule = Rule.compile
    known: dict[tuple[Any, ...], dict[str, Any]] = {}

    def compile_once(rule: Rule) -> None:
        key = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes, repr(rule.defaults), rule.is_leaf)
        if key not in known:
            compile_rule(rule)
            known[key] = {name: getattr(rule, name) for name in _COMPILED} | {
                "arguments": frozenset(rule.arguments),
                "builders": (rule._build.__func__, rule._build_unknown.__func__),
            }
        kept = known[key]
        for name in _COMPILED:
            setattr(rule, name, kept[name])
        rule.arguments |= kept["arguments"]
        rule._build, rule._build_unknown = (build.__get__(rule, None) for build in kept["builders"])

    Rule.compile = compile_once
