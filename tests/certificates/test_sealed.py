"""Certificates travel: what is written is read back, and what was changed or forged is refused."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from certificate_samples import SAMPLES, texts_of

from derivcheck.algebra.operators import OPERATORS
from derivcheck.certificates import trees
from derivcheck.certificates.forms import MalformedError, NotWrittenError
from derivcheck.certificates.sealed import (
    BrokenSealError,
    Sealed,
    read,
    replayed,
    sealed,
    written,
)
from derivcheck.certificates.steps import EQUATIONS, EVIDENCE, STEPS
from derivcheck.certifying import Certificates, verified
from derivcheck.checking import Options, check_file
from derivcheck.extensions import facts
from derivcheck.extensions.table import EXTENSIONS
from derivcheck.kernel import check, cofactors, lowering
from derivcheck.prover.evidence import find_counterexample
from derivcheck.terms.term import RefusedError

ROOT = Path(__file__).parent.parent.parent
GALLERY = sorted(path for path in (ROOT / "proofs").glob("*.md") if path.name != "README.md")
CORPUS = sorted((ROOT / "tests" / "corpus" / "proved").glob("*.md"))


@cache
def sample(name: str) -> str:
    """Return the certificate of the one step of a sample."""
    (text,) = texts_of(SAMPLES[name])
    return text


def data_of(name: str) -> dict[str, Any]:
    """Return a sample's certificate as JSON data, without its seal."""
    data: dict[str, Any] = json.loads(sample(name))
    del data["seal"]
    return data


def refusal(data: dict[str, Any]) -> str:
    """Return why data are refused that were sealed anew."""
    with pytest.raises((MalformedError, RefusedError)) as caught:
        replayed(read(sealed(data)))
    return str(caught.value)


# --- there and back -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*GALLERY, *CORPUS], ids=lambda path: path.stem)
def test_every_proof_travels(path: Path, tmp_path: Path) -> None:
    found = Certificates()
    document = check_file(path, options=Options(repairs=False), decided=found.decided)
    count = found.write(tmp_path, document)
    assert found.missing == []
    assert count == len(found.proofs) == len(list(tmp_path.iterdir()))
    by_place = {(step.span.line, step.span.column): (step, v) for _, step, v in found.proofs}
    for file in tmp_path.iterdir():
        outcome = verified(file, [document.sha256])
        assert outcome.problem is None
        assert outcome.found is not None
        origin = outcome.found.document
        step, verdict = by_place[origin.line, origin.column]
        assert outcome.found.goal == step.goal
        assert outcome.found.certificate == verdict.certificate


@pytest.mark.parametrize("name", SAMPLES)
def test_the_samples_are_accepted(name: str) -> None:
    replayed(read(sample(name)))


def test_another_process_with_other_hashes_accepts_them(tmp_path: Path) -> None:
    for name in SAMPLES:
        (tmp_path / f"{name}.json").write_text(sample(name), encoding="ascii")
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-m", "derivcheck", "verify", str(tmp_path), "-q"],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout.strip()) == (0, f"{len(SAMPLES)} verified")


def test_writing_is_deterministic() -> None:
    assert texts_of(SAMPLES["symmetric"]) == [sample("symmetric")]


# --- a byte that was changed ----------------------------------------------------------------------


def test_any_byte_that_is_changed_is_noticed() -> None:
    text = sample("quadratic")
    for place, letter in enumerate(text):
        other = "1" if letter != "1" else "2"
        with pytest.raises(MalformedError):
            read(text[:place] + other + text[place + 1 :])


def test_a_byte_more_or_less_is_noticed() -> None:
    text = sample("quadratic")
    for changed in (text + "\n", " " + text, text[:-1], text.replace(", ", ",", 1), text * 2):
        with pytest.raises(MalformedError):
            read(changed)


def test_the_seal_is_checked_first() -> None:
    with pytest.raises(BrokenSealError, match="changed after it was sealed"):
        read(sample("quadratic").replace('"line": 8', '"line": 9'))


# --- forgeries under a seal of their own ----------------------------------------------------------


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value in JSON data."""
    yield path
    if isinstance(data, dict):
        for key, one in data.items():
            yield from places(one, (*path, key))
    elif isinstance(data, list):
        for k, one in enumerate(data):
            yield from places(one, (*path, k))


def at(data: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        data = data[key]
    return data


def changed(data: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(json.dumps(data))
    at(result, path[:-1])[path[-1]] = value
    return result


def alternatives(value: Any) -> list[Any]:
    """Return other values of one type: what a forger would write instead."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1, -value]
    if isinstance(value, str):
        words = ["matrix-product", "transpose", "A", "b", "n", "sum", "trace"]
        return [word for word in words if word != value]
    if isinstance(value, list) and value:
        return [value[1:], [*value, value[-1]], value[::-1]]
    return [None]


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_accepted_of_all_small_forgeries_is_true(name: str) -> None:
    """Every value of the goal and the certificate is changed; what is still accepted must hold."""
    data = data_of(name)
    accepted = tried = 0
    for path in places(data):
        if path[:1] not in (("goal",), ("certificate",)) or len(path) < 2:
            continue
        for value in alternatives(at(data, path)):
            tried += 1
            try:
                found = read(sealed(changed(data, path, value)))
                replayed(found)
            except (MalformedError, RefusedError):
                continue
            accepted += 1
            assert find_counterexample(found.goal, name) is None, (path, value)
    assert tried > 100
    assert accepted < tried / 4


def forged(name: str, path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    return changed(data_of(name), path, value)


def step_of(data: dict[str, Any], word: str) -> int:
    """Return the position of the first step of a kind."""
    steps = data["certificate"]["steps"]
    return next(k for k, step in enumerate(steps) if step["step"] == word)


def test_a_goal_of_another_sign_is_refused() -> None:
    data = data_of("quadratic")
    word, *factors = data["goal"]["rhs"]
    twice = [word, 2, *factors]
    data["goal"] = {**data["goal"], "rhs": twice}
    assert re.search("left over|renaming", refusal(data))


@pytest.mark.parametrize(
    ("name", "path", "value", "reason"),
    [
        ("quadratic", ("goal", "lhs"), ["believe", 1], "unknown node 'believe'"),
        ("quadratic", ("goal", "lhs"), 1, "different shapes"),
        ("quadratic", ("goal", "lhs"), {}, "is no node"),
        ("quadratic", ("goal", "hypotheses"), [{}], "has not the keys"),
        ("quadratic", ("certificate", "steps"), [], "left over"),
        ("quadratic", ("certificate", "steps", 0, "step"), "believe", "unknown step 'believe'"),
        ("quadratic", ("certificate", "steps", 0, "kept"), -1, "a position is needed"),
        ("quadratic", ("certificate", "steps", 0, "kept"), 77, "leads nowhere"),
        ("quadratic", ("certificate", "steps", 0, "kept"), True, "a position is needed"),
        ("quadratic", ("certificate", "steps", 0, "kept"), 0.5, "only whole numbers"),
        ("quadratic", ("certificate", "steps", 0, "renaming"), [], "a renaming is not one of all"),
        ("quadratic", ("certificate", "lazy"), 0, "true or false is needed"),
        ("quadratic", ("certificate", "more"), 0, "has not the keys"),
        ("symmetric", ("goal", "hypotheses"), [], "hypothesis that the goal does not have"),
        ("symmetric", ("goal", "conditions", 0, "kind"), "tasty", "unknown condition"),
        ("symmetric", ("document", "sha256"), "0", "a SHA-256 is needed"),
    ],
)  # fmt: skip
def test_a_forgery_is_refused_for_the_right_reason(
    name: str, path: tuple[Any, ...], value: Any, reason: str
) -> None:
    assert reason in refusal(forged(name, path, value))


def test_a_condition_that_is_not_met_is_refused() -> None:
    for name, reason in (
        ("symmetric", "condition that the goal does not have"),
        ("logarithm", "which is not known"),
    ):
        data = data_of(name)
        data["goal"]["conditions"] = data["goal"]["obligations"] = []
        assert reason in refusal(data)


def test_another_coefficient_leaves_something_over() -> None:
    data = data_of("symmetric")
    k = step_of(data, "add-multiple-of-zero")
    data["certificate"]["steps"][k]["coefficient"] = 7
    assert re.search("left over|renaming", refusal(data))


def test_an_unknown_equation_fact_or_law_is_refused() -> None:
    data = data_of("symmetric")
    k = step_of(data, "add-multiple-of-zero")
    data["certificate"]["steps"][k]["equation"] = {"equation": "wish"}
    assert "unknown equation 'wish'" in refusal(data)
    data = data_of("logarithm")
    k = step_of(data, "add-fact")
    data["certificate"]["steps"][k]["name"] = "log-of-sum"
    assert "no relation is called log-of-sum" in refusal(data)
    data = data_of("determinant")
    k = step_of(data, "add-multiple-of-zero")
    data["certificate"]["steps"][k]["equation"]["name"] = "determinant-of-sum"
    assert "unknown law determinant-of-sum" in refusal(data)


def test_definitions_that_lead_back_to_themselves_are_refused() -> None:
    data = data_of("quadratic")
    ((name, value),) = data["goal"]["definitions"]
    data["goal"]["definitions"] = [[name, ["sum", name, value]]]
    assert "leads back to itself" in refusal(data)
    data["goal"]["definitions"] = [[name, value], [name, value]]
    assert "two definitions" in refusal(data)
    data["goal"]["definitions"] = [[["only-entry", ["matrix", "c", 1, 1]], value]]
    assert "only a bare name" in refusal(data)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (["matrix", "A", 2, 2], ["matrix", "A", 3, 3]),
        (["matrix", "n", 2, 2], ["identity", ["size", "n"]]),
        (["matrix", "i", 2, 2], ["matrix-of", "x", 2, 2, ["index", "i", ["size", "n"]]]),
    ],
)
def test_two_things_that_are_called_alike_are_refused(first: Any, second: Any) -> None:
    data = data_of("quadratic")
    node = ["sum", ["trace", first], ["trace", second]]
    goal = {**data["goal"], "lhs": node, "rhs": node, "definitions": []}
    assert "two things are called" in refusal({**data, "goal": goal})


def test_a_family_and_a_vector_are_told_apart_unless_an_entry_is_shown() -> None:
    data = data_of("quadratic")
    member, vector = ["matrix-of", "x", 2, 2, 1], ["matrix", "x", 2, 2]
    for parts, expected in (
        ([["trace", member], ["trace", vector]], "renaming"),
        ([["trace", member], ["trace", vector], ["entry", vector, 1, 1]], "two things are called"),
    ):
        node = ["sum", *parts]
        goal = {**data["goal"], "lhs": node, "rhs": ["trace", member], "definitions": []}
        assert expected in refusal({**data, "goal": goal})


def test_a_known_function_is_not_taken_for_another_one() -> None:
    data = data_of("quadratic")
    column = [["size", "n"], 1]
    vector = ["matrix", "x", *column]
    node = ["value", ["function", "exp", [column], []], vector]
    goal = {**data["goal"], "lhs": node, "rhs": node, "definitions": []}
    assert "exp is a function of a number" in refusal({**data, "goal": goal})


@pytest.mark.parametrize(
    "size", [0, -1, 10**10, "n", ["number", "c"], ["sum", ["size", "n"], -1], ["rational", 1, 2]]
)
def test_only_sizes_are_sizes(size: Any) -> None:
    data = data_of("quadratic")
    node = ["trace", ["identity", size]]
    assert "is no size" in refusal({**data, "goal": {**data["goal"], "lhs": node, "rhs": node}})


def test_what_can_be_written_in_two_ways_is_refused_in_one() -> None:
    data = data_of("quadratic")
    node = ["trace", ["identity", ["product", ["size", "n"], ["size", "m"]]]]
    goal = {**data["goal"], "lhs": node, "rhs": node, "definitions": []}
    assert "not the plainest way" in refusal({**data, "goal": goal})


# --- hostile texts --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "this is no JSON"),
        ("{}", "no text of derivcheck.certificate/1"),
        ("[]", "no text of derivcheck.certificate/1"),
        ("[" * 100_000, "too deep"),
        ('{"a": ' * 100_000, "too deep"),
        ('{"a": 1, "a": 2}', "a key stands twice"),
        (f'{{"a": {"9" * 5000}}}', "over 400 digits"),
        ('{"a": 1e5}', "only whole numbers"),
        ('{"a": NaN}', "only whole numbers"),
        ("x" * 17_000_000, "over 16000000 bytes"),
    ],
    ids=range(10),
)
def test_a_hostile_text_is_refused(text: str, reason: str) -> None:
    with pytest.raises(MalformedError, match=reason):
        read(text)


def test_deep_nodes_are_refused() -> None:
    data = data_of("quadratic")
    node: Any = ["number", "c"]
    for _ in range(300):
        node = ["sum", node, 1]
    data["goal"] = {**data["goal"], "lhs": node, "rhs": node, "definitions": []}
    data["certificate"] = {"unfold": [], "lazy": False, "steps": []}
    assert "too deep" in refusal(data)


def test_endless_steps_are_refused() -> None:
    data = data_of("quadratic")
    data["certificate"]["steps"] *= 20_001
    assert "over 20000 parts" in refusal(data)


# --- nothing is left out --------------------------------------------------------------------------


def kinds_of(union: Any) -> set[type]:
    return {kind for kind in get_args(union) if kind is not type(None)}


def test_every_kind_of_step_equation_and_evidence_has_a_form() -> None:
    assert set(STEPS) == (kinds_of(check.Step) | EXTENSIONS.steps.keys()) - {Any}
    assert set(EQUATIONS) == (kinds_of(cofactors.Equation) | EXTENSIONS.equations.keys()) - {Any}
    assert set(EVIDENCE) == kinds_of(facts.Evidence)


def test_every_node_that_the_kernel_knows_has_a_form() -> None:
    known = {*lowering._CLAUSES, *OPERATORS, *EXTENSIONS.clauses}
    written_otherwise = {"Symbol", "Rational", "NumberSymbol"}
    assert {kind.__name__ for kind in known - set(trees._BY_TYPE)} <= written_otherwise


def test_what_has_no_form_is_not_written() -> None:
    class Mystery(Sealed):
        pass

    found = read(sample("quadratic"))
    forms: list[Callable[[], Any]] = [
        lambda: trees.NODE.encode(Mystery),
        lambda: written(found.goal, Mystery, found.document, found.statement),  # type: ignore[arg-type]
    ]
    for form in forms:
        with pytest.raises((NotWrittenError, AttributeError)):
            form()
