r"""Which runs of a formula are names: declared names win, longest first.

``h^{(K-1)}``, ``\hat{y}``, ``x_{t-1}`` and ``dX`` are names when they are declared; else their
scripts are
powers, components or part of an undeclared name. A name never begins or ends inside a group, and a
declared ``x`` never takes part of a ``x_{t-1}`` that is declared itself.

This module knows spellings and the roles that the caller gives to names; it infers nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from derivcheck.language import spelling as sp
from derivcheck.language.atoms import Atom, nucleus, script_spelling, spell
from derivcheck.language.constants import is_sized, mark_constant
from derivcheck.language.mathlist import build
from derivcheck.language.scripts import (
    is_decoration,
    is_slice,
    split_indices,
    trailing_marks,
)
from derivcheck.language.tokens import tokenize


class Entry(Struct, frozen=True):
    r"""What the caller knows of a declared name.

    Attributes:
        role: ``variable``, ``function``, ``size`` or ``index``.
        axes: 0 for a number, 1 for a column, 2 for a matrix; None when not known.
        also_value: a function whose name without arguments is a value (``L = L(y)``).
        family: how many leading subscripts choose a member (1 for ``x_i \in \mathbb{R}^d``,
            declared
            as ``x``); the member has ``axes`` axes.
        primitive: declared by its shape and defined by nothing, so that ``\nabla_x a^\top x`` with
            a primitive ``a`` can only mean the gradient of the product.
    """

    role: str
    axes: int | None = None
    also_value: bool = False
    family: int = 0
    primitive: bool = False


PRIMED = Entry("function", 0)
r"""Of an undeclared ``\sigma`` in a statement that writes ``\sigma'``: a known function."""


class Vocabulary:
    r"""The declared names in canonical spelling.

    A built-in (``I``, ``\mathbf{1}``, ``K_{m,n}``, ``\delta_{ij}``, …) stays one as long as it is
    left out.

    Example:
        >>> words = Vocabulary()
        >>> words.declare(r"\boldsymbol S", "variable", axes=2)
        >>> r"\boldsymbol{S}" in words
        True
    """

    def __init__(self, entries: Mapping[str, Entry] | None = None) -> None:
        self._entries: dict[str, Entry] = {}
        self._runs: dict[str, list[tuple[Atom, ...]]] = {}
        self._styled: dict[str, str | None] = {}
        for name, entry in (entries or {}).items():
            self.add(name, entry)

    def declare(
        self,
        name: str,
        role: str,
        axes: int | None = None,
        *,
        also_value: bool = False,
        family: int = 0,
        primitive: bool = False,
    ) -> None:
        """Declare a name, or declare it anew.

        Raises:
            LatexError: if the name cannot be read.
        """
        self.add(name, Entry(role, axes, also_value, family, primitive))

    def add(self, name: str, entry: Entry) -> None:
        """Declare a name by its entry.

        Raises:
            LatexError: if the name cannot be read.
        """
        atoms = build(tokenize(name))
        spelled = spell(atoms)
        if len(atoms) > 1 and spelled not in self._entries:
            runs = self._runs.setdefault(spell(atoms[:1]), [])
            runs.append(tuple(atoms))
            runs.sort(key=len, reverse=True)
        elif len(atoms) == 1 and atoms[0].kind == "accent":
            letter = spell(_unstyled(atoms))
            if letter != spelled:
                known = self._styled.get(letter, spelled)
                self._styled[letter] = spelled if known == spelled else None
        self._entries[spelled] = entry

    def remove(self, name: str) -> None:
        """Forget a name, given in canonical spelling; nothing happens if it is not declared."""
        if self._entries.pop(name, None) is not None:
            for runs in self._runs.values():
                runs[:] = [run for run in runs if spell(run) != name]

    def copy(self) -> Vocabulary:
        """Return an independent copy."""
        other = Vocabulary()
        other._entries = dict(self._entries)
        other._runs = {first: list(runs) for first, runs in self._runs.items()}
        other._styled = dict(self._styled)
        return other

    def get(self, name: str) -> Entry | None:
        """Return the entry of a name in canonical spelling."""
        return self._entries.get(name)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def runs(self, first: str) -> list[tuple[Atom, ...]]:
        """Return the names of several atoms that begin with ``first``, longest first."""
        return self._runs.get(first, [])

    def styled(self, letter: str) -> str | None:
        r"""Return the one declared styled spelling of a letter: ``\mathbf{W}`` for ``W``."""
        name = self._styled.get(letter)
        return name if name in self._entries else None

    def matrix_of_entries(self, letter: str) -> str | None:
        """Return the declared matrix whose entries a small letter stands for: ``A`` for ``a``."""
        if len(letter) != 1 or not letter.islower():
            return None
        for name in (letter.upper(), self.styled(letter.upper())):
            entry = self._entries.get(name or "")
            if entry is not None and entry.axes == 2 and not entry.family:
                return name
        return None


def canonical(text: str, macros: Mapping[str, tuple[int, str]] | None = None) -> str:
    r"""Return the canonical spelling of a name or formula.

    Raises:
        LatexError: if the text cannot be read.

    Example:
        >>> canonical(r"W^{( k )}"), canonical(r"h_{t}"), canonical(r"\boldsymbol S")
        ('W^{(k)}', 'h_t', '\\boldsymbol{S}')
    """
    return spell(build(tokenize(text, macros)))


class Resolver:
    """Marks the names of one statement, in place.

    Attributes:
        vocabulary: the declared names.
        bound: letters that a sum or product of the statement binds.
    """

    def __init__(self, vocabulary: Vocabulary, bound: frozenset[str]) -> None:
        self.vocabulary = vocabulary
        self.bound = bound

    def run(self, atoms: list[Atom]) -> list[Atom]:
        """Return the list with its names merged; everything inside is resolved too."""
        result: list[Atom] = []
        position = 0
        while position < len(atoms):
            atom = atoms[position]
            taken = self._run_of_atoms(atoms, position) or self._plain_word(atoms, position)
            if taken:
                merged, position = taken
            else:
                position += 1
                merged = atom
                if atom.kind in ("symbol", "accent", "word", "text", "number"):
                    self._name(atom)
            self._inside(merged)
            result.append(merged)
        return result

    def _inside(self, atom: Atom) -> None:
        if atom.kind not in ("name", "accent"):
            atom.parts = [self.run(part) for part in atom.parts]
        atom.rows = [[self.run(cell) for cell in row] for row in atom.rows]
        if atom.sub is not None:
            atom.sub = self.run(atom.sub)
        if atom.sup is not None:
            atom.sup = self.run(atom.sup)
        if atom.option is not None:
            atom.option = self.run(atom.option)

    def _run_of_atoms(self, atoms: list[Atom], position: int) -> tuple[Atom, int] | None:
        """Take a declared name of several atoms, such as `dX`; the last may carry scripts."""
        first = atoms[position]
        if first.kind not in ("symbol", "accent", "word"):
            return None
        for run in self.vocabulary.runs(spell([first])):
            end = position + len(run)
            if end > len(atoms) or any(
                spell([atoms[position + place]]) != spell([run[place]])
                for place in range(1, len(run) - 1)
            ):
                continue
            last, wanted = atoms[end - 1], run[-1]
            if nucleus(last) != nucleus(wanted) or last.primes < wanted.primes:
                continue
            leftover = _leftover(last, wanted)
            if leftover is None:
                continue
            merged = Atom("name", spell(run), first.start, last.end, first.gap)
            merged.entry = self.vocabulary.get(merged.text)
            merged.sub, merged.sup = leftover
            merged.primes = last.primes - wanted.primes
            merged.sup_first = last.sup_first
            return merged, end
        return None

    def _plain_word(self, atoms: list[Atom], position: int) -> tuple[Atom, int] | None:
        """Take `tr`, `vec`, … spelled in plain letters right before a bracket."""
        first = atoms[position]
        if first.kind != "symbol" or not first.text.isalpha():
            return None
        if position and atoms[position - 1].kind == "symbol" and first.gap == 0:
            return None
        for word in sp.PLAIN_WORDS:
            end = position + len(word)
            run = atoms[position:end]
            if end >= len(atoms) or [atom.text for atom in run] != list(word):
                continue
            if any(atom.gap for atom in run[1:]) or any(not atom.bare for atom in run[:-1]):
                continue
            fence = atoms[end]
            if fence.kind != "fence" or fence.text not in ("(", "[", r"\{"):
                continue
            if all(letter in self.vocabulary for letter in word):
                continue
            merged = Atom("word", r"\mathrm", first.start, run[-1].end, first.gap, value=word)
            merged.sub, merged.sup, merged.primes = run[-1].sub, run[-1].sup, run[-1].primes
            return merged, end
        return None

    def _name(self, atom: Atom) -> None:
        base = nucleus(atom)
        primed = base + "'" * atom.primes
        for name, sub, sup in _candidates(primed, atom):
            entry = self.vocabulary.get(name)
            if entry is not None:
                self._take(atom, name, entry, sub, sup, primes=0)
                return
        if base not in self.vocabulary and self._power_of_square(atom, base):
            return
        entry = self.vocabulary.get(base)
        if entry is None:
            self._undeclared(atom, base)
            return
        if atom.sub is not None and (
            is_sized(base, atom.sub, self._is_size) or not self._indexes(atom.sub, entry, base)
        ):
            self._undeclared(atom, base)
            return
        if atom.sup is not None and self._decorates(atom.sup, entry):
            self._undeclared(atom, base)
            return
        self._take(atom, base, entry, atom.sub, atom.sup, primes=atom.primes)

    # σ⁴ = (σ²)², σ⁻² = (σ²)⁻¹
    def _power_of_square(self, atom: Atom, base: str) -> bool:
        """Take an even power of a letter of which only the square is declared."""
        if atom.sup is None or atom.primes or atom.sup[-1].kind != "number":
            return False
        number = atom.sup[-1]
        signed = [part.text for part in atom.sup[:-1]] in ([], ["-"])
        if not signed or not number.bare or not number.text.isdigit() or int(number.text) % 2:
            return False
        sub = "" if atom.sub is None else "_" + script_spelling(atom.sub)
        for name, left in ((base + sub + "^2", None), (base + "^2", atom.sub)):
            entry = self.vocabulary.get(name)
            if entry is None:
                continue
            half = Atom("number", str(int(number.text) // 2), number.start, number.end)
            self._take(atom, name, entry, left, [*atom.sup[:-1], half], primes=0)
            return True
        return False

    def _decorates(self, sup: list[Atom], entry: Entry | None) -> bool:
        stripped = trailing_marks(sup)
        core = stripped[0] if stripped else sup
        if not is_decoration(core):
            return False
        # f^{(2)} is the second derivative of a function.
        order = entry is not None and entry.role == "function" and core[0].kind == "fence"
        return not (order and all(part.kind == "number" for part in core[0].parts[0]))

    @staticmethod
    def _take(
        atom: Atom,
        name: str,
        entry: Entry | None,
        sub: list[Atom] | None,
        sup: list[Atom] | None,
        *,
        primes: int,
    ) -> None:
        atom.kind, atom.text, atom.entry = "name", name, entry
        atom.sub, atom.sup, atom.primes = sub, sup, primes

    def _indexes(self, sub: list[Atom], entry: Entry, base: str) -> bool:
        """Whether a subscript on a declared base is a list of indices."""
        if entry.role in ("size", "index") or (entry.axes == 0 and not entry.family):
            return False
        total = None if entry.axes is None else entry.axes + entry.family
        parts = split_indices(sub, total, base[-1:].isupper() or base[-2:-1].isupper())
        if parts is None or not all(self._index_like(part) for part in parts):
            return False
        if total is None or entry.role == "function":
            return True
        return len(parts) in {total, entry.family} - {0}

    def _index_like(self, part: list[Atom]) -> bool:
        if is_slice(part):
            return True
        for atom in part:
            if atom.kind == "symbol":
                entry = self.vocabulary.get(atom.text)
                known = atom.text in self.bound
                if entry is not None and entry.role in ("variable", "function") and not known:
                    return False
                if atom.text in (r"\star", r"\dots", r"\top", r"\bot", r"\infty"):
                    return False
            elif atom.kind not in ("number", "name") and atom.text not in ("+", "-"):
                return False
            if atom.sub is not None or atom.sup is not None:
                return False
        return bool(part)

    def _is_size(self, letter: str) -> bool:
        entry = self.vocabulary.get(letter)
        return entry is not None and entry.role == "size"

    def _is_index(self, part: list[Atom]) -> bool:
        """Whether a part is built of declared or bound indices."""
        letters = [atom for atom in part if atom.kind == "symbol"]
        return bool(letters) and self._index_like(part) and all(map(self._bound_letter, letters))

    def _bound_letter(self, atom: Atom) -> bool:
        entry = self.vocabulary.get(atom.text)
        return atom.text in self.bound or (entry is not None and entry.role == "index")

    def _undeclared(self, atom: Atom, base: str) -> None:
        """Decide what belongs to the spelling of a name that is not declared."""
        if mark_constant(atom, base, self._index_like) or base in sp.SPACE_NAMES:
            return
        if atom.kind in ("word", "text", "number") and not (
            atom.kind == "word" and atom.value not in sp.FUNCTION_WORDS and atom.value != "d"
        ):
            return
        if atom.kind == "symbol" and atom.text == r"\dots":
            return
        sub, sup = atom.sub, atom.sup
        name = base
        if sub is not None:
            parts = split_indices(sub, None, base[-1:].isupper())
            for entries in (self.vocabulary.styled(base), self.vocabulary.matrix_of_entries(base)):
                entry = self.vocabulary.get(entries or "")
                if entries is None or entry is None or base in self.vocabulary:
                    continue
                if self._indexes(sub, entry, entries):
                    self._take(atom, entries, entry, sub, sup, primes=atom.primes)
                    return
            indexed = parts is not None and all(
                self._is_index(part) or is_slice(part) for part in parts
            )
            if not indexed or base in self.vocabulary:
                name += "_" + script_spelling(sub)
                sub = None
        if sup is not None:
            stripped = trailing_marks(sup)
            if is_decoration(sup):
                name += "^" + script_spelling(sup)
                sup = None
            elif stripped is not None and is_decoration(stripped[0]):
                name += "^" + script_spelling(stripped[0])
                sup = stripped[1]
        self._take(atom, name, self.vocabulary.get(name), sub, sup, primes=atom.primes)


def mark_primed(atoms: list[Atom]) -> None:
    r"""Take an undeclared ``\sigma`` for a function where ``\sigma'`` stands in the statement."""
    found: list[Atom] = []
    pending = [atoms]
    while pending:
        for atom in pending.pop():
            pending.extend(atom.lists())
            if atom.kind == "name" and atom.text in sp.FUNCTION_LETTERS and atom.entry is None:
                found.append(atom)
    primed = {atom.text for atom in found if atom.primes}
    for atom in found:
        if atom.text in primed:
            atom.entry = PRIMED


def _unstyled(atoms: list[Atom]) -> list[Atom]:
    r"""Return a nucleus without its typefaces: ``\hat{x}`` for ``\hat{\mathbf{x}}``."""
    result: list[Atom] = []
    for atom in atoms:
        if atom.kind == "accent" and atom.text in sp.STYLES and atom.bare:
            result += _unstyled(atom.parts[0])
        elif atom.kind == "accent":
            inner = Atom("accent", atom.text, atom.start, atom.end, atom.gap)
            inner.parts = [_unstyled(part) for part in atom.parts]
            inner.sub, inner.sup, inner.primes = atom.sub, atom.sup, atom.primes
            result.append(inner)
        else:
            result.append(atom)
    return result


def _leftover(atom: Atom, wanted: Atom) -> tuple[list[Atom] | None, list[Atom] | None] | None:
    """Return the scripts that remain without those of ``wanted``; None if they do not match."""
    sub, sup = atom.sub, atom.sup
    if wanted.sub is not None:
        if sub is None or spell(sub) != spell(wanted.sub):
            return None
        sub = None
    if wanted.sup is not None:
        if sup is None:
            return None
        stripped = trailing_marks(sup)
        if spell(sup) == spell(wanted.sup):
            sup = None
        elif stripped is not None and spell(stripped[0]) == spell(wanted.sup):
            sup = stripped[1]
        else:
            return None
    return sub, sup


def _candidates(
    base: str, atom: Atom
) -> Iterator[tuple[str, list[Atom] | None, list[Atom] | None]]:
    """Yield spellings with scripts, longest first, each with the scripts that would remain."""
    sub = None if atom.sub is None else "_" + script_spelling(atom.sub)
    sups: list[tuple[str, list[Atom] | None]] = []
    if atom.sup is not None:
        sups.append(("^" + script_spelling(atom.sup), None))
        stripped = trailing_marks(atom.sup)
        if stripped is not None:
            sups.append(("^" + script_spelling(stripped[0]), stripped[1]))
    if sub is not None:
        for sup, rest in sups:
            yield base + sub + sup, None, rest
    for sup, rest in sups:
        yield base + sup, atom.sub, rest
    if sub is not None:
        yield base + sub, None, atom.sup
    if atom.primes:
        yield base, atom.sub, atom.sup


def bound_letters(atoms: list[Atom]) -> frozenset[str]:
    """Return the letters that sums and products anywhere in a statement bind."""
    letters: set[str] = set()
    pending = [atoms]
    while pending:
        for atom in pending.pop():
            pending.extend(atom.lists())
            if atom.kind == "big" and atom.sub is not None:
                for index in atom.sub:
                    if index.kind == "relation":
                        break
                    if index.kind == "symbol":
                        letters.add(index.text)
    return frozenset(letters)
