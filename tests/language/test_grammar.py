"""The stored parse table is that of the grammar, and nothing depends on its being there."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from derivcheck.language import grammar
from derivcheck.language.parser import Vocabulary, parse

TABLE = Path(grammar.__file__).parent / "grammar.json"


def summary(parser) -> Counter:
    """What each state of a parser accepts, whatever its number is."""
    states = parser.parser.parser.parser.parse_table.states
    return Counter(frozenset(actions) for actions in states.values())


def test_the_parse_table_is_that_of_the_grammar(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--golden"):
        TABLE.write_text(grammar.parse_table(), encoding="utf-8")
        grammar.parser.cache_clear()
    made = json.loads(TABLE.read_text(encoding="utf-8"))["of"].split(", ")[1]
    assert made == grammar.fingerprint().split(", ")[1], "grammar.lark has changed: make golden"
    assert summary(grammar.parser()) == summary(grammar.built())


def test_a_table_of_another_grammar_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = parse("A x + b = 0", Vocabulary())
    monkeypatch.setattr(grammar, "fingerprint", lambda: "another")
    monkeypatch.setattr(grammar.Lark, "load", lambda _: pytest.fail("loaded"))
    grammar.parser.cache_clear()
    try:
        assert parse("A x + b = 0", Vocabulary()) == loaded
    finally:
        grammar.parser.cache_clear()


def test_the_summary_tells_grammars_apart() -> None:
    other = grammar.Lark('statement: A\nA: "a"', parser="lalr", start="statement")
    assert summary(other) != summary(grammar.built())
