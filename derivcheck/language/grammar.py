"""The Lark parser of the grammar file, and the parse table that spares building it.

``grammar.lark`` is what the language is. ``grammar.json`` holds Lark's parse table of it, so that
no run has to work it out again; it is used only if it was made from this very grammar by this very
Lark, else the parser is built from the grammar. ``make golden`` writes it anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import lark
from lark import Lark
from lark.grammar import Rule
from lark.lexer import Lexer, TerminalDef

from derivcheck.language.trees import TreeBuilder

_HERE = files("derivcheck.language")


class NoLexer(Lexer):
    """The terminals come from ``terminals.py``; nothing is left to tokenise."""

    def __init__(self, configuration: object) -> None:
        del configuration

    def lex(self, lexer_state: object, parser_state: object) -> Iterator[Any]:
        """Yield nothing."""
        del lexer_state, parser_state
        return iter(())


@cache
def parser() -> Any:
    """Return the parser of statements; it makes syntax trees.

    Raises:
        Never.

    Cost:
        A few milliseconds with the parse table at hand, some ten more without; once a process.
    """
    text = (_HERE / "grammar.json").read_text(encoding="utf-8")
    table = json.loads(text, object_hook=_numbered)
    if table["of"] != fingerprint():
        return built()
    data = table["data"]
    data["options"] |= {"lexer": NoLexer, "transformer": TreeBuilder()}
    data["parser"]["lexer_conf"]["lexer_type"] = NoLexer
    return Lark.load({"data": data, "memo": table["memo"]})


def built() -> Lark:
    """Return the parser, built from the grammar file."""
    return Lark(
        _grammar(),
        parser="lalr",
        lexer=NoLexer,
        start="statement",
        transformer=TreeBuilder(),
        maybe_placeholders=False,
    )


def parse_table() -> str:
    """Return the text of ``grammar.json`` for the grammar as it is."""
    data, memo = built().memo_serialize([TerminalDef, Rule])
    del data["options"]["lexer"], data["options"]["transformer"]
    del data["parser"]["lexer_conf"]["lexer_type"]
    return (
        json.dumps({"of": fingerprint(), "data": data, "memo": memo}, separators=(",", ":")) + "\n"
    )


def fingerprint() -> str:
    """Return what a parse table belongs to: Lark's version and the grammar's hash."""
    return f"lark {lark.__version__}, {hashlib.sha256(_grammar().encode()).hexdigest()}"


def _numbered(pairs: dict[str, Any]) -> dict[Any, Any]:
    """Return a table whose keys are the numbers that they were before JSON."""
    return {int(key) if key.isdigit() else key: value for key, value in pairs.items()}


def _grammar() -> str:
    return (_HERE / "grammar.lark").read_text(encoding="utf-8")
