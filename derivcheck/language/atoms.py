r"""The atoms of a math list: what TeX calls a nucleus with its scripts, and how it is spelled.

The spelling is canonical: two ways to type the same print give the same text. No spaces; braces
only
where a script has more than one token or a command takes an argument.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct, field

from derivcheck.language import spelling as sp

if TYPE_CHECKING:
    from derivcheck.language.names import Entry


class Atom(Struct, eq=False):
    r"""One nucleus with its scripts.

    Attributes:
        kind: ``symbol``, ``accent``, ``word``, ``text``, ``number``, ``group``, ``fence``,
            ``fraction``, ``root``, ``environment``, ``function``, ``big``, ``nabla``, ``partial``,
            ``operator``, ``relation``, ``connective``, ``forall``, ``comma``, ``colon``, ``stop``,
            ``quad``,
            ``row``, ``align``, ``bar`` (a lone ``|``), ``unread``; later passes rewrite it.
        text: canonical spelling of the sign; the opening bracket of a fence; an environment's name.
        start: offset of the nucleus's first character.
        end: offset after the last character, scripts included.
        gap: as for tokens.
        parts: arguments of a command; the body of a group or fence as ``parts[0]``.
        rows: cells of an environment.
        sub: the subscript.
        sup: the superscript.
        sup_first: the superscript was written before the subscript.
        primes: how many ``'`` follow.
        value: letters of a word, content of a text, the closing bracket of a fence.
        option: the ``[3]`` of ``\sqrt[3]{x}``.
        entry: what the vocabulary says of a ``name``; None for an undeclared one.
    """

    kind: str
    text: str
    start: int
    end: int
    gap: int = 0
    parts: list[list[Atom]] = field(default_factory=list)
    rows: list[list[list[Atom]]] = field(default_factory=list)
    sub: list[Atom] | None = None
    sup: list[Atom] | None = None
    sup_first: bool = False
    primes: int = 0
    value: str = ""
    option: list[Atom] | None = None
    entry: Entry | None = None

    @property
    def bare(self) -> bool:
        """Whether it has neither scripts nor primes."""
        return self.sub is None and self.sup is None and not self.primes

    def lists(self) -> Iterator[list[Atom]]:
        """Yield every list of atoms directly inside."""
        yield from self.parts
        for row in self.rows:
            yield from row
        for script in (self.sub, self.sup, self.option):
            if script is not None:
                yield script


def spell(atoms: Iterable[Atom]) -> str:
    """Return the canonical spelling of a math list."""
    result = ""
    for atom in atoms:
        piece = nucleus(atom) + "'" * atom.primes + scripts(atom)
        if result and piece[:1].isalpha() and _ends_with_command(result):
            result += " "
        result += piece
    return result


def _ends_with_command(text: str) -> bool:
    at = len(text)
    while at and text[at - 1].isalpha():
        at -= 1
    return 0 < at < len(text) and text[at - 1] == "\\"


def nucleus(atom: Atom) -> str:
    """Return the canonical spelling of an atom without its scripts."""
    if atom.kind == "accent":
        return f"{atom.text}{{{spell(atom.parts[0])}}}"
    if atom.kind == "word":
        return f"{atom.text}{{{atom.value}}}"
    if atom.kind == "text":
        plain = atom.value.strip()
        return f"\\mathrm{{{plain}}}" if plain.isalnum() else f"\\text{{{plain}}}"
    if atom.kind == "fence":
        return f"{atom.text}{spell(atom.parts[0])}{atom.value}"
    if atom.kind == "environment":
        body = r"\\".join("&".join(spell(cell) for cell in row) for row in atom.rows)
        return f"\\begin{{{atom.text}}}{body}\\end{{{atom.text}}}"
    if atom.kind == "group":
        return f"{{{spell(atom.parts[0])}}}"
    if atom.parts:
        return atom.text + "".join(f"{{{spell(part)}}}" for part in atom.parts)
    return atom.text


def scripts(atom: Atom) -> str:
    """Return the canonical spelling of an atom's subscript and superscript."""
    result = ""
    for sign, script in (("_", atom.sub), ("^", atom.sup)):
        if script is not None:
            result += sign + script_spelling(script)
    return result


def script_spelling(script: list[Atom]) -> str:
    """Return a script's canonical spelling, in braces unless it is one token."""
    text = spell(script)
    single = len(script) == 1 and script[0].bare and not script[0].parts
    if (
        single
        and script[0].kind not in ("word", "text", "environment")
        and (script[0].kind != "number" or len(text) == 1)
    ):
        return text
    return f"{{{text}}}"


def nucleus_end(atom: Atom) -> int:
    """Return the end of an atom without the scripts that follow it."""
    starts = [script[0].start for script in (atom.sub, atom.sup) if script]
    if not starts:
        return atom.end
    return max(min(starts) - 1, atom.start)


def shown(atom: Atom) -> str:
    """Return how an author writes an atom without its scripts."""
    if atom.kind == "word":
        return rf"\operatorname{{{atom.value}}}"
    return nucleus(atom) if atom.kind != "name" else atom.text


def styled(atom: Atom) -> Atom:
    r"""Return the atom with its style on single letters and scripts outside.

    ``\mathbf{x_i}`` is ``\mathbf{x}_i``, ``\mathbf{\hat{x}}`` is ``\hat{\mathbf{x}}``,
    ``\mathbf{AB}`` is
    ``\mathbf{A}\mathbf{B}``.
    """
    content = atom.parts[0]
    style = atom.text in sp.STYLES
    if len(content) == 1:
        inner = content[0]
        if style and inner.kind == "accent" and inner.text not in sp.STYLES:
            inner.parts = [[_restyled(atom, part) for part in inner.parts[0]]]
            inner.start, inner.end, inner.gap = atom.start, atom.end, atom.gap
            return inner
        if inner.kind in ("symbol", "accent", "number"):
            atom.sub, atom.sup, atom.primes = inner.sub, inner.sup, inner.primes
            atom.sup_first = inner.sup_first
            inner.sub = inner.sup = None
            inner.primes = 0
        return atom
    if style and content and all(part.kind in ("symbol", "operator") for part in content):
        parts = [_restyled(atom, part) for part in content]
        parts[0].gap = atom.gap
        return Atom("group", "{", atom.start, atom.end, atom.gap, [parts])
    return atom


def _restyled(style: Atom, part: Atom) -> Atom:
    if part.kind not in ("symbol", "number"):
        return part
    result = Atom("accent", style.text, part.start, part.end, part.gap)
    result.sub, result.sup, result.primes = part.sub, part.sup, part.primes
    result.sup_first = part.sup_first
    part.sub = part.sup = None
    part.primes = 0
    result.parts = [[part]]
    return result
