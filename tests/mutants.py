r"""Slips that a pen makes, as changes of LaTeX: each yields every place at which it applies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_LETTER = re.compile(r"(?<![\\A-Za-z{])[A-Za-z](?![A-Za-z'_^({])")
_TRANSPOSE = re.compile(r"\^\{?(?:\\top|\\intercal|T)\b\}?")
_FACTORS = re.compile(
    r"(?<![\\A-Za-z^_{])([A-Za-z](?:\^\\top)?)\s+([A-Za-z](?:\^\\top)?)(?![A-Za-z^_'(])"
)
_SIGN = re.compile(r"(?<=[\w)}\]])\s*([+-])\s")
_KRONECKER = re.compile(r"((?:\\?\w|\^\\top|_\w)+)\s*\\otimes\s*((?:\\?\w|\^\\top|_\w)+)")
_FUNCTION = re.compile(r"(?<=[a-z])'(?=[({])")


def without_transpose(text: str) -> Iterator[str]:
    for match in _TRANSPOSE.finditer(text):
        yield text[: match.start()] + text[match.end() :]


def with_transpose(text: str) -> Iterator[str]:
    for match in _LETTER.finditer(text):
        yield text[: match.end()] + r"^\top" + text[match.end() :]


def factors_swapped(text: str) -> Iterator[str]:
    for match in _FACTORS.finditer(text):
        yield text[: match.start()] + f"{match[2]} {match[1]}" + text[match.end() :]


def sign_flipped(text: str) -> Iterator[str]:
    yield f"-({text})"
    for match in _SIGN.finditer(text):
        sign = "-" if match[1] == "+" else "+"
        yield text[: match.start(1)] + sign + text[match.end(1) :]


def doubled(text: str) -> Iterator[str]:
    yield f"2 ({text})"


def hadamard_as_product(text: str) -> Iterator[str]:
    for match in re.finditer(r"\\odot", text):
        yield text[: match.start()] + r"\cdot" + text[match.end() :]


def kronecker_swapped(text: str) -> Iterator[str]:
    for match in _KRONECKER.finditer(text):
        yield text[: match.start()] + rf"{match[2]} \otimes {match[1]}" + text[match.end() :]


def prime_dropped(text: str) -> Iterator[str]:
    for match in _FUNCTION.finditer(text):
        yield text[: match.start()] + text[match.end() :]


SLIPS: tuple[Callable[[str], Iterator[str]], ...] = (
    without_transpose,
    with_transpose,
    factors_swapped,
    sign_flipped,
    doubled,
    hadamard_as_product,
    kronecker_swapped,
    prime_dropped,
)


def mutants(text: str) -> list[tuple[str, str]]:
    """Return (name of the slip, changed text) for every slip at every place, without repeats."""
    found = {}
    for change in SLIPS:
        for changed in change(text):
            if changed != text:
                found.setdefault(changed, change.__name__)
    return [(name, changed) for changed, name in found.items()]


# --- slips in what is given ----------------------------------------------------------------------

_GIVEN = re.compile(r"^ *- *'(.*)' *(#.*)?$", re.MULTILINE)
_LAYOUT = re.compile(r"^( *layout: *)(\w+)", re.MULTILINE)


def without_a_given(text: str) -> Iterator[str]:
    for match in _GIVEN.finditer(text):
        yield text[: match.start()] + text[match.end() + 1 :]


def other_layout(text: str) -> Iterator[str]:
    for match in _LAYOUT.finditer(text):
        for layout in ("numerator", "denominator", "mixed"):
            yield text[: match.start()] + match[1] + layout + text[match.end() :]


def given_with_a_slip(text: str) -> Iterator[str]:
    for match in _GIVEN.finditer(text):
        if "=" not in match[1]:
            continue
        left, right = match[1].split("=", 1)
        for _, changed in mutants(right.replace("''", "'")):
            body = f"{left}={changed}".replace("'", "''")
            yield text[: match.start(1)] + body + text[match.end(1) :]


def document_mutants(text: str) -> list[tuple[str, str]]:
    """Return (name of the slip, changed text) for slips in the front matter of a document."""
    head = text.find("\n---", 4) if text.startswith("---") else -1
    if head < 0:
        return []
    found = {}
    for change in (without_a_given, other_layout, given_with_a_slip):
        for changed in change(text[:head]):
            if changed != text[:head]:
                found.setdefault(changed + text[head:], change.__name__)
    return [(name, changed) for changed, name in found.items()]
