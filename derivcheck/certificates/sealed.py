"""The text of a certificate: canonical JSON under a seal, and reading it without trust.

The text holds what a proved step claims (the goal, in full), the kernel's evidence, and where both
come from. Its last key, ``seal``, is the SHA-256 of all before it. The seal finds what was changed by
accident; it keeps nobody from writing another file. What keeps a false goal out is the kernel alone.

Reading refuses every text that is not, byte for byte, what writing would have made of its contents.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from derivcheck import __version__
from derivcheck.algebra.goal import Goal
from derivcheck.certificates.forms import (
    NATURAL,
    TEXT,
    MalformedError,
    NotWrittenError,
    checked,
    optional,
    record,
)
from derivcheck.certificates.steps import CERTIFICATE, GOAL, check_names
from derivcheck.extensions.table import EXTENSIONS
from derivcheck.kernel.check import Certificate, check
from derivcheck.limits import CERTIFICATE_BYTES as MAX_BYTES
from derivcheck.limits import CERTIFICATE_DIGITS as MAX_DIGITS
from derivcheck.limits import CERTIFICATE_STEPS as MAX_STEPS
from derivcheck.terms.term import OutOfBudgetError, RefusedError, UnknownNodeError

SCHEMA = "derivcheck.certificate/1"


class BrokenSealError(MalformedError):
    """The text was changed after it was written."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The document that a step comes from.

    Attributes:
        path: the file that holds the step, as it was called when it was checked.
        sha256: of its bytes.
        cell: number of the cell of a notebook, counted from 1; None elsewhere.
        line: where the step's relation sign stands, counted from 1; ``column`` likewise.
    """

    path: str
    sha256: str
    cell: int | None
    line: int
    column: int

    @property
    def place(self) -> str:
        """The place as editors write it."""
        cell = "" if self.cell is None else f"cell {self.cell}:"
        return f"{self.path}:{cell}{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Statement:
    """The step in the author's LaTeX: what the goal was read from. The kernel never sees it."""

    lhs: str
    relation: str
    rhs: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """A certificate as it travels.

    Attributes:
        version: the version of derivcheck that wrote it.
        document: where the step stands.
        statement: the author's words.
        goal: what is proved.
        certificate: the evidence.
    """

    version: str
    document: Origin
    statement: Statement
    goal: Goal
    certificate: Certificate


_HASH = checked(str, "a SHA-256", lambda s: re.fullmatch("[0-9a-f]{64}", s) is not None)
_ORIGIN = record(
    Origin,
    {
        "path": TEXT,
        "sha256": _HASH,
        "cell": optional(NATURAL),
        "line": NATURAL,
        "column": NATURAL,
    },
)
_STATEMENT = record(Statement, {"lhs": TEXT, "relation": TEXT, "rhs": TEXT})
_SEALED = record(
    Sealed,
    {
        "version": TEXT,
        "document": _ORIGIN,
        "statement": _STATEMENT,
        "goal": GOAL,
        "certificate": CERTIFICATE,
    },
)


def written(
    goal: Goal,
    certificate: Certificate,
    document: Origin,
    statement: Statement,
    version: str = __version__,
) -> str:
    """Return the text of a certificate.

    Raises:
        NotWrittenError: when it is too large, or holds something without a form.
    """
    try:
        data = _SEALED.encode(Sealed(version, document, statement, goal, certificate))
        _check_steps(certificate)
        check_names(goal)
        return sealed({"schema": SCHEMA, **data})
    except MalformedError as error:
        raise NotWrittenError(str(error)) from None
    except RecursionError:
        raise NotWrittenError("nesting is too deep") from None


def sealed(data: dict[str, Any]) -> str:
    """Return JSON data as canonical text with its seal.

    Raises:
        NotWrittenError: when it is too large.
    """
    body = laid_out(data)
    seal = hashlib.sha256(body.encode()).hexdigest()
    text = laid_out({**data, "seal": seal}) + "\n"
    if len(text) > MAX_BYTES:
        raise NotWrittenError(f"a certificate of over {MAX_BYTES} bytes")
    return text


def laid_out(data: Any, level: int = 0) -> str:
    """Return JSON in the one way that certificates are written: ASCII, a line for each part.

    The first levels of objects and lists have a line for each entry, what is inside of these has
    none.
    """
    if level < 3 and isinstance(data, dict) and data:
        lines = [f"{json.dumps(key)}: {laid_out(one, level + 1)}" for key, one in data.items()]
        return _block("{", lines, "}", level)
    if level in (2, 3) and isinstance(data, list) and data and isinstance(data[0], list | dict):
        return _block("[", [laid_out(one, 4) for one in data], "]", level)
    return json.dumps(data, separators=(", ", ": "))


def _block(opening: str, lines: list[str], closing: str, level: int) -> str:
    inner = ",\n".join("  " * (level + 1) + line for line in lines)
    return f"{opening}\n{inner}\n{'  ' * level}{closing}"


def read(text: str) -> Sealed:
    """Return what a text says, of which nothing is believed yet.

    Raises:
        BrokenSealError: when the seal is not that of the rest.
        MalformedError: when it is no certificate, or is not written as certificates are.

    Cost:
        Linear in the length, which is limited.
    """
    if len(text) > MAX_BYTES:
        raise MalformedError(f"a certificate of over {MAX_BYTES} bytes")
    try:
        found = _opened(text)
        _check_steps(found.certificate)
    except json.JSONDecodeError as error:
        raise MalformedError(f"this is no JSON: {error.msg} on line {error.lineno}") from None
    except RecursionError:
        raise MalformedError("nesting is too deep") from None
    except MalformedError:
        raise
    except (NotWrittenError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        raise MalformedError("a part has no meaning") from None
    return found


def _opened(text: str) -> Sealed:
    data = json.loads(
        text,
        parse_int=_integer,
        parse_float=_no_number,
        parse_constant=_no_number,
        object_pairs_hook=_object,
    )
    if type(data) is not dict or data.get("schema") != SCHEMA or "seal" not in data:
        raise MalformedError(f"this is no text of {SCHEMA}")
    del data["seal"]
    if sealed(data) != text:
        raise BrokenSealError("the text was changed after it was sealed")
    del data["schema"]
    return _SEALED.decode(data)  # type: ignore[no-any-return]


def replayed(found: Sealed) -> None:
    """Have the kernel replay a certificate.

    Raises:
        RefusedError: when it does not prove its goal; the message says why.
    """
    try:
        check(found.goal, found.certificate, EXTENSIONS)
    except (UnknownNodeError, OutOfBudgetError) as error:
        raise RefusedError(str(error)) from None
    except RecursionError:
        raise RefusedError("out of budget: nesting is too deep") from None
    except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError):
        raise RefusedError("a step has no meaning") from None


def _check_steps(certificate: Certificate) -> None:
    steps = sum(1 + len(getattr(step, "steps", ())) for step in certificate.steps)
    if steps > MAX_STEPS:
        raise MalformedError(f"a certificate of over {MAX_STEPS} steps")


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS + 1:
        raise MalformedError(f"a number of over {MAX_DIGITS} digits")
    return int(text)


def _no_number(text: str) -> Any:
    raise MalformedError(f"{text[:40]} stands where only whole numbers may be")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedError("a key stands twice")
    return found
