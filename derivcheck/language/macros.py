"""Macro calls -> their bodies: bounded in count, depth and size, never recursive.

A token out of a body has the place of the call; a token out of an argument keeps its own.
"""

from __future__ import annotations

from collections.abc import Mapping

from derivcheck.language.scanning import (
    LatexError,
    Token,
    scan,
)
from derivcheck.limits import FORMULA_CHARACTERS as MAX_CHARACTERS
from derivcheck.limits import FORMULA_TOKENS as MAX_TOKENS
from derivcheck.limits import MACRO_DEPTH as MAX_MACRO_DEPTH
from derivcheck.limits import MACRO_EXPANSIONS as MAX_EXPANSIONS


def expand(raw: list[Token], macros: Mapping[str, tuple[int, str]]) -> list[Token]:
    """Replace macro calls by their bodies until none is left."""
    output: list[Token] = []
    # Each entry: tokens still to be read (reversed) and how many macro bodies they lie inside.
    pending: list[tuple[Token, int]] = [(token, 0) for token in reversed(raw)]
    bodies: dict[str, list[Token]] = {}
    calls = 0
    name = ""
    while pending:
        token, depth = pending.pop()
        if token.text not in macros:
            output.append(token)
            if len(output) + len(pending) > 4 * MAX_TOKENS:
                raise LatexError(
                    "DC102", f"the macro `{name}` expands to too much", token.start, token.end
                )
            continue
        calls += 1
        if calls > MAX_EXPANSIONS or depth > MAX_MACRO_DEPTH:
            raise LatexError(
                "DC102" if depth <= MAX_MACRO_DEPTH else "DC101",
                f"the macro `{token.text}` "
                + ("is called too often" if depth <= MAX_MACRO_DEPTH else "calls itself"),
                token.start,
                token.end,
            )
        name = token.text
        mark = pending[-1][0].text if pending else ""
        arguments: list[list[Token]] = []
        end = token.end
        if mark in ("*", "[") and f"{name}{mark}" in macros:
            token.end = end = pending.pop()[0].end
            name += mark
        count, body = macros[name]
        if name[-1] == "[":
            argument, end = _bracketed(pending, token)
            arguments.append(argument)
        while len(arguments) < count:
            argument, end = _argument(pending, token)
            arguments.append(argument)
        if name not in bodies:
            bodies[name] = _scanned(body, token)
        # With arguments the call reaches to the end of the last one.
        call = Token(name, token.start, max(end, token.end), token.gap)
        parts = _fill(bodies[name], arguments, call)
        if parts:
            parts[0].gap = token.gap
        pending.extend((part, depth + 1) for part in reversed(parts))
    return output


def written_out(latex: str, macros: Mapping[str, tuple[int, str]]) -> str:
    r"""Return LaTeX with the author's macros written out; as it stands where that fails.

    Example:
        >>> written_out(r"x \in \R^n", {r"\R": (0, r"\mathbb{R}")})
        'x \\in \\mathbb{R}^n'
    """
    if not any(name.removesuffix("*") in latex for name in macros):
        return latex
    try:
        tokens = expand(list(scan(latex)), macros)
    except LatexError:
        return latex
    parts: list[str] = []
    for token in tokens:
        letters = bool(parts) and parts[-1][0] == "\\" and parts[-1][-1].isalpha()
        spaced = (letters and token.text[:1].isalpha()) or (bool(parts) and token.gap > 0)
        parts.append(" " * spaced + token.text if not parts or not spaced else f" {token.text}")
    return "".join(parts)


def _scanned(body: str, macro: Token) -> list[Token]:
    if len(body) > MAX_CHARACTERS:
        raise LatexError("DC102", f"the macro `{macro.text}` is too long", macro.start, macro.end)
    try:
        return list(scan(body))
    except LatexError as error:
        raise LatexError(
            error.code,
            f"in the macro `{macro.text}`: {error.headline}",
            macro.start,
            macro.end,
        ) from None


def _argument(pending: list[tuple[Token, int]], macro: Token) -> tuple[list[Token], int]:
    """Take the next group or token; return it with the offset after it."""
    if not pending:
        raise LatexError(
            "DC101", f"the macro `{macro.text}` lacks an argument", macro.start, macro.end
        )
    token, _ = pending.pop()
    if token.text != "{":
        return [token], token.end
    argument: list[Token] = []
    depth = 1
    while pending:
        token, _ = pending.pop()
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0:
            return argument, token.end
        argument.append(token)
    raise LatexError(
        "DC101", f"`{{` after the macro `{macro.text}` is never closed", macro.start, macro.end
    )


def _bracketed(pending: list[tuple[Token, int]], macro: Token) -> tuple[list[Token], int]:
    """Take what stands before the next bracket that closes; return it with the offset after it."""
    argument: list[Token] = []
    depth = 0
    while pending:
        token, _ = pending.pop()
        if token.text == "]" and depth == 0:
            return argument, token.end
        depth += (token.text == "{") - (token.text == "}")
        argument.append(token)
    raise LatexError(
        "DC101", f"`[` after the macro `{macro.text}` is never closed", macro.start, macro.end
    )


def _fill(body: list[Token], arguments: list[list[Token]], call: Token) -> list[Token]:
    """Return the body with ``#1`` … replaced, each token of the body placed at the call."""
    result: list[Token] = []
    position = 0
    while position < len(body):
        token = body[position]
        position += 1
        if token.text == "#" and position < len(body) and body[position].text.isdigit():
            number = int(body[position].text)
            position += 1
            if not 1 <= number <= len(arguments):
                raise LatexError(
                    "DC101",
                    f"the macro `{call.text}` uses `#{number}` but has {len(arguments)} arguments",
                    call.start,
                    call.end,
                )
            for place, part in enumerate(arguments[number - 1]):
                gap = token.gap if place == 0 else part.gap
                result.append(Token(part.text, part.start, part.end, gap, part.value))
        else:
            result.append(Token(token.text, call.start, call.end, token.gap, token.value))
    return result
