r"""What a given or a definition introduces, read without knowing any names.

Only the form of the statement is reported. Whether ``D_t = …`` defines a single name or the
components of
``D``, and whether ``A^k = 0`` is a definition at all, is for the caller, who knows what is
declared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from derivcheck.language import spelling as sp
from derivcheck.language.atoms import Atom, nucleus, spell
from derivcheck.language.mathlist import build
from derivcheck.language.scripts import is_decoration, is_transpose, split_commas, split_indices
from derivcheck.language.spaces import axes_of, set_range
from derivcheck.language.statements import Piece, split
from derivcheck.language.tokens import tokenize

_NO_MACROS: Mapping[str, tuple[int, str]] = {}
_INEQUALITIES = frozenset(("<", ">", r"\leq", r"\geq"))
# Words that no document defines anew.
_FIXED_WORDS = sp.words("tr det logdet vec unvec vech diag rank adj cof E Cov Var Re Im exp log d")


class Introduction(Struct, frozen=True):
    r"""The form of one statement.

    Attributes:
        kind: ``shape`` (``A, B \in \mathbb{R}^{m \times n}``, ``\lambda > 0``, ``k \in
            \mathbb{N}``), ``index``
            (``i, j \in \{1, \dots, n\}``, ``i = 1, \dots, n``), ``signature`` (``f: \mathbb{R} \to
            \mathbb{R}``),
            ``function`` (``J(G) = …``), ``definition`` (a bare name ``= …`` or ``:= …``),
            ``components``
            (``(J^{ij})_{kl} = …``, ``p_i = …``, ``D_t = …``), ``family`` (``x_i \in …``),
            ``property``,
            ``hypothesis`` (anything else).
        names: what stands on the left, in canonical spelling; of a hypothesis only a bare name.
        axes: how many axes an element of the space (or of the codomain) has; None when not told.
        base: of ``components`` and ``family`` the name without its indices; of a name with a
            superscript of letters, or of a differential, the name inside: ``J`` of ``J^{ij}``,
            ``X`` of ``dX``.
        indices: the subscripts of ``components`` and ``family``.
        superscripts: the letters of ``J^{ij}`` or ``z^l``.
        parameters: of a function.
        domains: how many domains a signature has.
        sign: the LaTeX of the first relation sign; empty for a property or signature.
        start: offset of the first character of the statement.
        end: offset after its last character.
        cue: as for ``Statement``.
        upper: of ``x_1, \dots, x_N \in …`` the letter of the last index.
        square: of a name like ``\sigma^2`` the name that is squared; it is a name of its own only
            where that one is none.
        used: of ``components`` the names on the right side that have one of its subscripts; of a
            function its name, when the right side applies it.
        each: of several names with a space, every name by itself.
    """

    kind: str
    names: tuple[str, ...]
    axes: int | None = None
    base: str | None = None
    indices: tuple[str, ...] = ()
    superscripts: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    domains: int = 0
    sign: str = ""
    start: int = 0
    end: int = 0
    cue: str | None = None
    upper: str = ""
    square: str = ""
    used: tuple[str, ...] = ()
    each: tuple[Introduction, ...] = ()


def introduce(text: str, macros: Mapping[str, tuple[int, str]] = _NO_MACROS) -> Introduction | None:
    r"""Return the form of the first statement of a formula, None when it states nothing.

    Raises:
        LatexError: if the formula cannot be taken apart.

    Example:
        >>> introduce(r"J(G) = G P G^\top").parameters
        ('G',)
        >>> introduce(r"x_i \in \mathbb{R}^d").base
        'x'
    """
    found = introductions(text, macros)
    return found[0] if found else None


def introductions(
    text: str, macros: Mapping[str, tuple[int, str]] = _NO_MACROS
) -> list[Introduction]:
    """Return the forms of all statements of a formula, in order.

    Raises:
        LatexError: if the formula cannot be taken apart.
    """
    pieces = split(build(tokenize(text, macros)))
    return [found for piece in pieces for found in _introduced(piece)]


def _introduced(piece: Piece) -> Iterator[Introduction]:
    """Yield what a piece introduces: a chain link by link, everything else as a whole."""
    atoms = piece.atoms
    signs = [at for at, atom in enumerate(atoms) if atom.kind == "relation"]
    if piece.kind == "chain":
        ends = [-1, *signs, len(atoms)]
        for before, sign, after in zip(ends, ends[1:], ends[2:], strict=False):
            left, right = atoms[before + 1 : sign], atoms[sign + 1 : after]
            first, last = left or atoms[sign:], right or atoms[: sign + 1]
            yield _link(left, atoms[sign].text, right, piece, (first[0].start, last[-1].end))
    elif atoms:
        yield _stated(piece, atoms[0].start)


def _stated(piece: Piece, start: int) -> Introduction:
    """Return what a range, a signature or a property introduces."""
    atoms = piece.atoms
    end = max(run[-1].end for run in (atoms, piece.high, piece.tail) if run)
    if piece.kind == "range":
        names = tuple(spell(part) for part in split_commas(atoms))
        return Introduction("index", names, 0, sign=r"\in", start=start, end=end, cue=piece.cue)
    if piece.kind == "signature":
        places = [at for at, atom in enumerate(piece.tail) if atom.text == r"\to"]
        codomain = piece.tail[places[-1] + 1 :]
        before = piece.tail[: places[-1]]
        return Introduction(
            "signature",
            tuple(spell(part) for part in split_commas(atoms)),
            axes_of(codomain),
            domains=1 + sum(atom.text in (r"\times", r"\to") for atom in before),
            start=start,
            end=end,
            cue=piece.cue,
        )
    parts = split_commas(atoms)
    names = tuple(spell(part) for part in parts if _is_name(part))
    return Introduction("property", names, start=start, end=piece.words_at[1], cue=piece.cue)


def _link(
    left: list[Atom], sign: str, right: list[Atom], piece: Piece, place: tuple[int, int]
) -> Introduction:
    """Return what a relation introduces."""
    start, end = place
    if sign == r"\in":
        return _member(left, right, piece, start, end)
    if sign in _INEQUALITIES:
        return _inequality(left, right, sign, piece, start=start, end=end)
    if sign in ("=", ":="):
        return _equation(left, right, sign, piece, start=start, end=end)
    return _related(left, sign, piece, start, end)


def _related(left: list[Atom], sign: str, piece: Piece, start: int, end: int) -> Introduction:
    """Return a hypothesis about one thing or about each of several."""
    parts = split_commas(left)
    names = tuple(spell(part) for part in parts if _is_name(part))
    whole = Introduction("hypothesis", names, sign=sign, start=start, end=end, cue=piece.cue)
    if len(parts) < 2:
        return whole
    each = [
        replace(whole, names=(spell(part),) if _is_name(part) else (), start=part[0].start)
        for part in parts
        if part
    ]
    return replace(whole, each=tuple(each))


def _member(
    left: list[Atom], right: list[Atom], piece: Piece, start: int, end: int
) -> Introduction:
    parts = split_commas(left)
    axes = axes_of(right)
    listed = _listed(parts)
    if listed is not None:
        base, upper = listed
        return Introduction(
            "family", (base,), axes, base, ("i",),
            sign=r"\in", start=start, end=end, cue=piece.cue, upper=upper,
        )  # fmt: skip
    if not all(_is_name(part) or _is_square(part) for part in parts):
        return Introduction("hypothesis", (), sign=r"\in", start=start, end=end, cue=piece.cue)
    names = tuple(spell(part) for part in parts)
    kind = "shape"
    if len(right) == 1 and set_range(right[0]) is not None:
        kind, axes = "index", 0
    whole = Introduction(kind, names, axes, sign=r"\in", start=start, end=end, cue=piece.cue)
    each = tuple([_alone(whole, part) for part in parts])
    return each[0] if len(each) == 1 else replace(whole, each=each)


def _alone(whole: Introduction, part: list[Atom]) -> Introduction:
    """Return what a statement about several names introduces of one of them."""
    indices = _letters_below(part[-1]) if whole.kind == "shape" else ()
    superscripts = _letters_above(part[-1])
    base = None
    if indices:
        base = _without_subscript(part)
    elif superscripts or len(part) > 1:
        base = nucleus(part[-1])
    return replace(
        whole,
        kind="family" if indices else whole.kind,
        names=(spell(part),),
        base=base,
        indices=indices,
        superscripts=superscripts,
        square=_squared(part),
    )


# x_1, …, x_N and x_1, x_2, …, x_N
def _listed(parts: list[list[Atom]]) -> tuple[str, str] | None:
    """Return base and last index of names that are listed from the first to the last."""
    if len(parts) < 3 or [atom.text for atom in parts[-2]] != [r"\dots"]:
        return None
    known = [*parts[:-2], parts[-1]]
    if any(len(part) != 1 or part[0].sub is None or len(part[0].sub) != 1 for part in known):
        return None
    bases = {_without_subscript(part) for part in known}
    below = [part[0].sub[0] for part in known if part[0].sub is not None]
    numbers = [str(place) for place in range(1, len(known))]
    upper = below[-1]
    if len(bases) != 1 or [atom.text for atom in below[:-1]] != numbers:
        return None
    if upper.kind != "symbol" or not upper.bare or not upper.text.isalpha():
        return None
    return bases.pop(), upper.text


def _inequality(
    left: list[Atom], right: list[Atom], sign: str, piece: Piece, *, start: int, end: int
) -> Introduction:
    parts = split_commas(left)
    number = all(atom.kind == "number" or atom.text == "-" for atom in right)
    if number and all(_is_name(part) or _is_square(part) for part in parts):
        names = tuple(spell(part) for part in parts)
        whole = Introduction("shape", names, 0, sign=sign, start=start, end=end, cue=piece.cue)
        each = tuple(
            [replace(_alone(whole, part), kind="shape", start=part[0].start) for part in parts]
        )
        return each[0] if len(each) == 1 else replace(whole, each=each)
    return _related(left, sign, piece, start, end)


def _equation(
    left: list[Atom], right: list[Atom], sign: str, piece: Piece, *, start: int, end: int
) -> Introduction:
    cue = piece.cue
    hypothesis = Introduction("hypothesis", (), sign=sign, start=start, end=end, cue=cue)
    if len(left) >= 2 and left[-1].kind == "fence" and left[-1].text in ("(", "["):
        found = _function(left, sign, piece, start, end)
        if found is not None and _applies(right, left[:-1]):
            found = replace(found, used=found.names)
        return found or hypothesis
    if len(left) == 1 and left[0].kind == "fence" and left[0].text in ("(", "["):
        atom = left[0]
        inside = atom.parts[0]
        indices = _letters_below(atom)
        if not indices or atom.sup is not None or not _is_name(inside):
            return hypothesis
        upper = _letters_above(inside[-1])
        return Introduction(
            "components", (spell(inside),), len(indices), spell(inside), indices, upper,
            sign=sign, start=start, end=end, cue=cue,
        )  # fmt: skip
    if not _is_name(left) and not _is_square(left):
        return hypothesis
    square = _squared(left)
    if square and any(spell([_without(atom, "sup")]) == square for atom in _everywhere(right)):
        return hypothesis
    indices = _letters_below(left[-1])
    if indices:
        return Introduction(
            "components", (spell(left),), None, _without_subscript(left), indices,
            sign=sign, start=start, end=end, cue=cue, square=square,
            used=_subscripted(right, indices),
        )  # fmt: skip
    upper = _letters_above(left[-1])
    base = nucleus(left[-1]) if upper or len(left) > 1 else None
    return Introduction(
        "definition", (spell(left),), None, base, (), upper,
        sign=sign, start=start, end=end, cue=cue, square=square,
    )  # fmt: skip


def _function(
    left: list[Atom], sign: str, piece: Piece, start: int, end: int
) -> Introduction | None:
    name, fence = left[:-1], left[-1]
    parameters = split_commas(fence.parts[0])
    if not fence.bare or not all(_is_name(part) for part in parameters):
        return None
    if len(name) != 1 or not (_is_name(name) or name[0].kind in ("word", "function")):
        return None
    atom = name[0]
    word = sp.FUNCTION_WORDS.get(atom.value, "") if atom.kind == "word" else ""
    if atom.primes or atom.kind == "function" or word in _FIXED_WORDS:
        return None
    if nucleus(atom) == "E" and fence.text == "[":
        return None
    if nucleus(atom) in sp.SPACE_NAMES or (atom.sup is not None and not is_decoration(atom.sup)):
        return None
    return Introduction(
        "function",
        (spell(name),),
        parameters=tuple(spell(part) for part in parameters),
        sign=sign,
        start=start,
        end=end,
        cue=piece.cue,
    )


def _is_name(atoms: list[Atom]) -> bool:
    r"""Whether a run of atoms can be a name: `x`, `\hat{y}_i`, `W^{(k)}`, `dX`, `\mathrm{d} X`."""
    if len(atoms) == 2 and _is_name(atoms[1:]):
        sign = atoms[0]
        return sign.bare and (sign.text in ("d", r"\Delta") or sign.value == "d")
    if len(atoms) != 1:
        return False
    atom = atoms[0]
    if atom.kind not in ("symbol", "accent", "word") or atom.text == r"\dots":
        return False
    if atom.kind == "word" and atom.value in sp.FUNCTION_WORDS:
        return False
    if nucleus(atom) in sp.SPACE_NAMES:
        return False
    return atom.sup is None or _names_by(atom.sup)


# σ², σ_k²
def _is_square(atoms: list[Atom]) -> bool:
    """Whether a run of atoms is the square of a name, which may be a name of its own."""
    if len(atoms) != 1 or atoms[0].sup is None or [a.text for a in atoms[0].sup] != ["2"]:
        return False
    return _is_name([_without(atoms[0], "sup")]) and not atoms[0].primes


def _squared(atoms: list[Atom]) -> str:
    """Return the name that is squared; empty for a name that is no square."""
    return spell([_without(atoms[0], "sup")]) if _is_square(atoms) else ""


def _applies(atoms: list[Atom], name: list[Atom]) -> bool:
    """Whether a function's name stands before brackets somewhere in an expression."""
    pending = [atoms]
    while pending:
        run = pending.pop()
        for at, atom in enumerate(run):
            if (
                at + 1 < len(run)
                and spell([atom]) == spell(name)
                and run[at + 1].kind == "fence"
                and run[at + 1].text in ("(", "[")
            ):
                return True
            pending.extend(atom.lists())
    return False


def _subscripted(atoms: list[Atom], letters: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names that have one of the letters as a subscript, at any depth."""
    return tuple(
        nucleus(atom)
        for atom in _everywhere(atoms)
        if any(part.text in letters and part.bare for part in atom.sub or ())
    )


def _everywhere(atoms: list[Atom]) -> Iterator[Atom]:
    """Yield every atom, at any depth."""
    pending = [atoms]
    while pending:
        for atom in pending.pop():
            yield atom
            pending.extend(atom.lists())


def _names_by(sup: list[Atom]) -> bool:
    """Whether a superscript may be part of a name: not a transpose, not a number, not -1."""
    if is_transpose(sup):
        return False
    if is_decoration(sup) or (len(sup) == 1 and sup[0].text in ("+", r"\dagger")):
        return True
    letters = [atom for atom in sup if atom.kind == "symbol" and atom.bare]
    marks = [atom for atom in sup if atom.text in (r"\top", r"\bot", r"\infty")]
    plain = all(atom.kind in ("symbol", "number", "comma", "operator") for atom in sup)
    return bool(letters) and not marks and plain and sup[0].kind == "symbol"


def _letters_below(atom: Atom) -> tuple[str, ...]:
    """Return the subscripts when each is one letter."""
    if atom.sub is None:
        return ()
    parts = split_indices(atom.sub, None, capital=True)
    if parts is None or any(len(part) != 1 for part in parts):
        return ()
    letters = [part[0] for part in parts]
    if any(letter.kind != "symbol" or not letter.bare for letter in letters):
        return ()
    if any(letter.text in (r"\star", r"\infty", r"\top", r"\dots") for letter in letters):
        return ()
    return tuple(letter.text for letter in letters)


def _letters_above(atom: Atom) -> tuple[str, ...]:
    if atom.sup is None or not all(part.kind in ("symbol", "comma") for part in atom.sup):
        return ()
    letters = [part for part in atom.sup if part.kind == "symbol"]
    if any(not part.bare or not part.text.isalpha() for part in letters):
        return ()
    return tuple(part.text for part in letters)


def _without_subscript(atoms: list[Atom]) -> str:
    return spell([*atoms[:-1], _without(atoms[-1], "sub")])


def _without(atom: Atom, script: str) -> Atom:
    """Return an atom without its subscript or superscript."""
    copy = Atom(atom.kind, atom.text, atom.start, atom.end, atom.gap, atom.parts, value=atom.value)
    copy.sub, copy.sup, copy.primes = atom.sub, atom.sup, atom.primes
    setattr(copy, script, None)
    return copy
