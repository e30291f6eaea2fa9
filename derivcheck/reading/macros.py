r"""LaTeX macro definitions: ``\newcommand`` and its kin, wherever they stand.

A definition is read but never expanded here: expansion is a matter of language. What is not
representable as (number of arguments, body), such as a default argument, is a diagnostic.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MACRO_NAME = re.compile(r"\\(?:[A-Za-z]+|[^A-Za-z\s])")
DEFINITION = re.compile(
    r"\\(?:(?P<command>(?:new|renew|provide)command)|(?P<operator>DeclareMathOperator)"
    r"|(?P<def>g?def))(?![A-Za-z])\*?"
)
_COUNT = re.compile(r"\s*\[\s*(\d)\s*\]")
_DEFAULT = re.compile(r"\s*\[")
_PARAMETERS = re.compile(r"\s*((?:#[1-9])*)\s*(?=\{)")
_BRACED_NAME = re.compile(
    r"\s*(?:\{\s*(\\(?:[A-Za-z]+|[^A-Za-z\s]))\s*\}|(\\(?:[A-Za-z]+|[^A-Za-z\s])))"
)
_OPENER = re.compile(r"\s*\{")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_ARGUMENT = re.compile(r"#([1-9])")
LONGEST_BODY = 4_000


@dataclass(frozen=True, slots=True)
class Definition:
    """A macro definition in a text.

    Attributes:
        name: with its backslash.
        arguments: how many arguments the macro takes.
        body: what it stands for; None when a default argument keeps it from being represented.
        end: offset behind the definition.
    """

    name: str
    arguments: int
    body: str | None
    end: int


def argument_count(body: str) -> int:
    r"""Return the highest k of the ``#k`` in a macro's body, 0 if there is none.

    Example:
        >>> argument_count(r"\langle #1, #2 \rangle")
        2
    """
    return max((int(digit) for digit in _ARGUMENT.findall(body)), default=0)


def _group(text: str, position: int) -> tuple[str, int] | None:
    """Return the content of the brace group that opens next, and the offset behind it."""
    opener = _OPENER.match(text, position, position + 200)
    if not opener:
        return None
    position, depth = opener.end() - 1, 0
    for match in _BRACE.finditer(text, position, position + LONGEST_BODY):
        if match.group() == "{":
            depth += 1
        elif match.group() == "}":
            depth -= 1
            if depth == 0:
                return text[position + 1 : match.start()], match.end()
    return None


def definition_at(text: str, position: int) -> Definition | None:
    r"""Return the definition that starts at ``position``, or None if there is no complete one.

    Cost:
        At most a few thousand characters are looked at.

    Example:
        >>> definition_at(r"\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}", 0)
        Definition(name='\\pd', arguments=2, body='\\frac{\\partial #1}{\\partial #2}', end=52)
        >>> definition_at(r"\DeclareMathOperator{\rank}{rank}", 0).body
        '\\operatorname{rank}'
    """
    head = DEFINITION.match(text, position)
    named = head and _BRACED_NAME.match(text, head.end(), head.end() + 200)
    if not head or not named:
        return None
    name, position, arguments, default = named[1] or named[2], named.end(), 0, False
    if head["command"]:
        if count := _COUNT.match(text, position, position + 200):
            arguments, position = int(count[1]), count.end()
        if _DEFAULT.match(text, position, position + 200):
            close = text.find("]", position, position + 200)
            default, position = True, close + 1 if close >= 0 else position
    elif head["def"]:
        parameters = _PARAMETERS.match(text, position, position + 200)
        if not parameters:
            return None
        arguments, position = len(parameters[1]) // 2, parameters.end()
    body = _group(text, position)
    if body is None:
        return None
    content = rf"\operatorname{{{body[0]}}}" if head["operator"] else body[0]
    return Definition(name, arguments, None if default else content, body[1])
