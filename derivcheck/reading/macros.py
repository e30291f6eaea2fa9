r"""LaTeX macro definitions: ``\newcommand`` and its kin, wherever they stand.

A definition is read but never expanded here: expansion is a matter of language. What is not
representable as (number of arguments, body) is a diagnostic.
"""

from __future__ import annotations

import re

from msgspec import Struct

MACRO_NAME = re.compile(r"\\(?:[A-Za-z]+|[^A-Za-z\s])")
DEFINITION = re.compile(
    r"\\(?:(?P<command>(?:new|renew|provide)command)|(?P<operator>DeclareMathOperator)"
    r"|(?P<def>g?def)|(?P<paired>DeclarePairedDelimiter))(?![A-Za-z])\*?"
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


class Definition(Struct, frozen=True):
    """A macro definition in a text.

    Attributes:
        name: with its backslash.
        arguments: how many arguments the macro takes.
        body: what it stands for.
        end: offset behind the definition.
        default: of its first argument, if that may be left out.
        starred: it has a form with a star, which means the same.
    """

    name: str
    arguments: int
    body: str
    end: int
    default: str | None = None
    starred: bool = False

    @property
    def without_first(self) -> str:
        """The body with the default in place of the first argument, and the others moved up."""

        def moved(match: re.Match[str]) -> str:
            number = int(match[1])
            return self.default or "" if number == 1 else f"#{number - 1}"

        return _ARGUMENT.sub(moved, self.body)


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
        >>> found = definition_at(r"\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}", 0)
        >>> found.name, found.arguments, found.body
        ('\\pd', 2, '\\frac{\\partial #1}{\\partial #2}')
        >>> definition_at(r"\DeclareMathOperator{\rank}{rank}", 0).body
        '\\operatorname{rank}'
    """
    head = DEFINITION.match(text, position)
    named = head and _BRACED_NAME.match(text, head.end(), head.end() + 200)
    if not head or not named:
        return None
    name, position, arguments = named[1] or named[2], named.end(), 0
    default = None
    if head["paired"]:
        left = _group(text, position)
        right = _group(text, left[1]) if left else None
        if left is None or right is None:
            return None
        body = rf"\left{left[0].strip()} #1 \right{right[0].strip()}"
        return Definition(name, 1, body, right[1], starred=True)
    if head["command"]:
        if count := _COUNT.match(text, position, position + 200):
            arguments, position = int(count[1]), count.end()
        if opener := _DEFAULT.match(text, position, position + 200):
            close = text.find("]", position, position + 200)
            if close < 0:
                return None
            default, position = text[opener.end() : close], close + 1
    elif head["def"]:
        parameters = _PARAMETERS.match(text, position, position + 200)
        if not parameters:
            return None
        arguments, position = len(parameters[1]) // 2, parameters.end()
    group = _group(text, position)
    if group is None:
        return None
    content = rf"\operatorname{{{group[0]}}}" if head["operator"] else group[0]
    return Definition(name, arguments, content, group[1], default)
