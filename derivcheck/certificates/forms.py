"""Forms: how one kind of value stands in JSON, and how it is read back from what nobody vouches for.

A form is a pair of functions. ``decode`` accepts exactly what ``encode`` writes: a value of another
type, a missing or an unknown key, a list of another length is refused. Forms are put together from
the few below, so what a file may hold is said in one table for each kind of thing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from derivcheck.limits import CERTIFICATE_DIGITS as MAX_DIGITS
from derivcheck.limits import CERTIFICATE_LIST as MAX_LENGTH
from derivcheck.limits import CERTIFICATE_NAME as MAX_NAME


class MalformedError(ValueError):
    """What was read is not written as certificates are; the message says where and why."""


class NotWrittenError(ValueError):
    """A goal or a step holds something that certificates have no form for."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a value is written in JSON, and read from it."""

    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]


def checked(kind: type, what: str, accepts: Callable[[Any], bool] = lambda _: True) -> Form:
    """Return the form of a plain JSON value that is of one type and accepted."""

    def decode(data: Any) -> Any:
        if type(data) is not kind or not accepts(data):
            raise MalformedError(f"{shown(data)} stands where {what} is needed")
        return data

    return Form(kind, decode)


def shown(data: Any) -> str:
    """Return what was found, cut short, for a message."""
    text = repr(data)
    return text if len(text) <= 40 else text[:37] + "..."


INTEGER = checked(int, "a whole number", lambda n: abs(n) < 10**MAX_DIGITS)
NATURAL = checked(int, "a position", lambda n: 0 <= n < 10**9)
BOOLEAN = checked(bool, "true or false")
TEXT = checked(str, "a text", lambda s: len(s) <= 100_000)
NAME = checked(str, "a name", lambda s: 0 < len(s) <= MAX_NAME and all(c.isprintable() for c in s))


def _fraction(data: Any) -> Fraction:
    if type(data) is int:
        return Fraction(INTEGER.decode(data))
    numerator, denominator = pair(INTEGER, INTEGER).decode(data)
    if denominator < 2:
        raise MalformedError("a fraction with the wrong denominator")
    found = Fraction(numerator, denominator)
    if found.denominator != denominator:
        raise MalformedError("a fraction that is not in lowest terms")
    return found


FRACTION = Form(
    lambda q: q.numerator if q.denominator == 1 else [q.numerator, q.denominator], _fraction
)


def sequence(part: Form, most: int = MAX_LENGTH) -> Form:
    """Return the form of a tuple of any number of parts, up to a limit."""

    def decode(data: Any) -> tuple[Any, ...]:
        if type(data) is not list:
            raise MalformedError(f"{shown(data)} stands where a list is needed")
        if len(data) > most:
            raise MalformedError(f"a list of over {most} parts")
        return tuple([part.decode(one) for one in data])

    return Form(lambda values: [part.encode(one) for one in values], decode)


def pair(*parts: Form) -> Form:
    """Return the form of a tuple of parts of one kind each."""

    def encode(values: Any) -> list[Any]:
        return [part.encode(one) for part, one in zip(parts, values, strict=True)]

    def decode(data: Any) -> tuple[Any, ...]:
        if type(data) is not list or len(data) != len(parts):
            raise MalformedError(f"{shown(data)} stands where {len(parts)} parts are needed")
        return tuple([part.decode(one) for part, one in zip(parts, data, strict=True)])

    return Form(encode, decode)


def record(kind: Callable[..., Any], fields: Mapping[str, Form]) -> Form:
    """Return the form of a dataclass, as an object with exactly these keys."""

    def encode(value: Any) -> dict[str, Any]:
        return {name: form.encode(getattr(value, name)) for name, form in fields.items()}

    def decode(data: Any) -> Any:
        if type(data) is not dict or list(data) != list(fields):
            raise MalformedError(f"{shown(data)} has not the keys {', '.join(fields)}")
        found = {}
        for name, form in fields.items():
            try:
                found[name] = form.decode(data[name])
            except MalformedError as error:
                raise MalformedError(f"{name}: {error}") from None
        return kind(**found)

    return Form(encode, decode)


def tagged(key: str, rows: Mapping[type, tuple[str, Mapping[str, Form]]]) -> Form:
    """Return the form of one of several dataclasses; ``key`` says which one it is."""
    by_type = {kind: (tag, record(kind, fields)) for kind, (tag, fields) in rows.items()}
    by_tag = dict(by_type.values())

    def encode(value: Any) -> dict[str, Any]:
        if type(value) not in by_type:
            raise NotWrittenError(f"no form for {type(value).__name__}")
        tag, form = by_type[type(value)]
        return {key: tag, **form.encode(value)}

    def decode(data: Any) -> Any:
        if type(data) is not dict or type(data.get(key)) is not str or next(iter(data)) != key:
            raise MalformedError(f"{shown(data)} does not say which {key} it is")
        form = by_tag.get(data[key])
        if form is None:
            raise MalformedError(f"unknown {key} {shown(data[key])}")
        return form.decode({name: value for name, value in data.items() if name != key})

    return Form(encode, decode)


def optional(part: Form) -> Form:
    """Return the form of a value or None."""
    return Form(
        lambda value: None if value is None else part.encode(value),
        lambda data: None if data is None else part.decode(data),
    )
