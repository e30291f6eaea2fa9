r"""LaTeX macro definitions: ``\newcommand`` and its kin, wherever they stand.

A definition is read but never expanded here: expansion is a matter of language. It gives a macro one
or more *forms*, each a number of arguments and a body: the name alone, the name with a star, and the
name with ``[``, behind which the first argument stands in brackets.
"""

from __future__ import annotations

import re

from msgspec import Struct

from derivcheck.limits import MACRO_BODY as LONGEST_BODY

MACRO_NAME = re.compile(r"\\(?:[A-Za-z]+|[^A-Za-z\s])")
DEFINITION = re.compile(
    r"\\(?:(?P<command>(?:new|renew|provide)command)|(?P<operator>DeclareMathOperator)"
    r"|(?P<document>(?:New|Renew|Provide|Declare)DocumentCommand)|(?P<def>g?def)|(?P<let>let)"
    r"|(?P<paired>DeclarePairedDelimiter)(?P<extended>X?))(?![A-Za-z])\*?"
)
_COUNT = re.compile(r"\s*\[\s*(\d)\s*\]")
_DEFAULT = re.compile(r"\s*\[")
_PARAMETERS = re.compile(r"\s*((?:#[1-9])*)\s*(?=\{)")
_BRACED_NAME = re.compile(
    r"\s*(?:\{\s*(\\(?:[A-Za-z]+|[^A-Za-z\s]))\s*\}|(\\(?:[A-Za-z]+|[^A-Za-z\s])))"
)
_SIGNATURE = re.compile(
    r"\s*\{\s*(?:(?P<optional>o|O\s*\{(?P<default>[^{}]*)\})\s*)?(?P<rest>[m\s]*)\}"
)
_MEANING = re.compile(r"[ \t]*=?[ \t]*(\\(?:[A-Za-z]+|[^A-Za-z\s])|[^\s{}%#])")
_OPENER = re.compile(r"\s*\{")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_ARGUMENT = re.compile(r"#([1-9])")
FORMS = ("", "*", "[")
"""What stands behind a macro's name in each of its forms."""


class Definition(Struct, frozen=True):
    """A macro definition in a text.

    Attributes:
        name: with its backslash.
        arguments: how many arguments the macro takes.
        body: what it stands for.
        end: offset behind the definition.
        default: of its first argument, if that may be left out.
        sized: it has a form with a star, and one with a size in brackets, which mean the same.
        alias: it has the meaning that its body has here, whatever that is to mean later.
    """

    name: str
    arguments: int
    body: str
    end: int
    default: str | None = None
    sized: bool = False
    alias: bool = False

    def forms(self) -> dict[str, tuple[int, str]]:
        r"""Return what each form of the macro stands for.

        Example:
            >>> definition_at(r"\newcommand{\g}[2][x]{\nabla_{#1} #2}", 0).forms()
            {'\\g': (1, '\\nabla_{x} #1'), '\\g[': (2, '\\nabla_{#1} #2')}
        """
        name, whole = self.name, (self.arguments, self.body)
        if self.sized:
            with_size = (self.arguments + 1, _moved(self.body, 1, None))
            return {name: whole, f"{name}*": whole, f"{name}[": with_size}
        if self.default is None:
            return {name: whole}
        without_first = (max(self.arguments - 1, 0), _moved(self.body, -1, self.default))
        return {name: without_first, f"{name}[": whole}


def _moved(body: str, by: int, first: str | None) -> str:
    """Return a body with other numbers of its arguments, and a text for the first one."""

    def moved(match: re.Match[str]) -> str:
        return f"#{int(match[1]) + by}" if first is None or match[1] != "1" else first

    return _ARGUMENT.sub(moved, body)


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
    name, position = named[1] or named[2], named.end()
    if head["let"]:
        meaning = _MEANING.match(text, position, position + 200)
        return Definition(name, 0, meaning[1], meaning.end(), alias=True) if meaning else None
    if head["paired"]:
        return _paired(text, name, position, extended=bool(head["extended"]))
    signature = _signature(head, text, position)
    group = _group(text, signature[2]) if signature else None
    if signature is None or group is None:
        return None
    content = rf"\operatorname{{{group[0]}}}" if head["operator"] else group[0]
    return Definition(name, signature[0], content, group[1], signature[1])


def _signature(head: re.Match[str], text: str, position: int) -> tuple[int, str | None, int] | None:
    """Return the number of arguments, the default of the first, and the offset of the body."""
    arguments, default = 0, None
    if head["command"]:
        if count := _COUNT.match(text, position, position + 200):
            arguments, position = int(count[1]), count.end()
        if opener := _DEFAULT.match(text, position, position + 200):
            close = text.find("]", position, position + 200)
            if close < 0:
                return None
            default, position = text[opener.end() : close], close + 1
    elif head["document"]:
        signature = _SIGNATURE.match(text, position, position + 200)
        if not signature:
            return None
        arguments, position = signature["rest"].count("m"), signature.end()
        if signature["optional"]:
            arguments, default = arguments + 1, signature["default"] or ""
    elif head["def"]:
        parameters = _PARAMETERS.match(text, position, position + 200)
        if not parameters:
            return None
        arguments, position = len(parameters[1]) // 2, parameters.end()
    return arguments, default, position


def _paired(text: str, name: str, position: int, *, extended: bool) -> Definition | None:
    """Return the definition of two delimiters with something between them."""
    arguments, inner = 1, "#1"
    if extended:
        count = _COUNT.match(text, position, position + 200)
        if not count:
            return None
        arguments, position = int(count[1]), count.end()
    groups = []
    for _ in range(3 if extended else 2):
        group = _group(text, position)
        if group is None:
            return None
        groups.append(group[0].strip())
        position = group[1]
    if extended:
        inner = groups[2].replace(r"\delimsize", "")
    body = rf"\left{groups[0]} {inner} \right{groups[1]}"
    return Definition(name, arguments, body, position, sized=True)
