r"""How far signs without brackets reach, and what is written around a fraction or a bar.

`\log x y` is (log x) y, `\operatorname{tr} A B` is tr(AB), `\nabla_a L W` is (∇_a L) W, `\sum_i
a_i b + c` is
(Σ a_i b) + c. Every question here is answered by looking along one list of atoms; nothing is
written
or parsed.
"""

from __future__ import annotations

from itertools import pairwise

from derivcheck.language import spelling as sp
from derivcheck.language.atoms import Atom, nucleus
from derivcheck.language.names import Entry, Vocabulary
from derivcheck.language.scanning import LatexError
from derivcheck.language.scripts import is_transpose
from derivcheck.limits import FORMULA_DEPTH as MAX_DEPTH

BRACKETS = frozenset(("(", "[", r"\{"))
# What can begin a factor.
_OPENERS = sp.words(
    """name builtin number group fence fraction root environment function word big nabla partial
    symbol accent restricted"""
)
_EULER = frozenset(("e", r"\mathrm{e}"))
EXPECTATION = {r"\mathbb{E}": "E", r"\mathbb{V}": "Var"}


def is_bracket(atom: Atom) -> bool:
    """Whether an atom is a pair of ordinary brackets."""
    return atom.kind == "fence" and atom.text in BRACKETS


def is_euler(atom: Atom) -> bool:
    """Whether an atom is e raised to a power: the exponential function."""
    return (
        atom.kind == "name"
        and atom.entry is None
        and atom.text in _EULER
        and atom.sub is None
        and atom.sup is not None
        and not is_transpose(atom.sup)
    )


def is_upright_d(atom: Atom) -> bool:
    r"""Whether an atom is the ``\mathrm{d}`` of a differential."""
    return atom.kind == "word" and atom.value == "d" and atom.sub is None


def is_plain_d(atom: Atom) -> bool:
    """Whether an atom is a letter d without a subscript."""
    return atom.kind == "name" and atom.text == "d" and atom.sub is None and not atom.primes


def open_operator(atom: Atom) -> bool:
    """Whether an atom is a derivative sign without a function, such as ∂/∂x."""
    if atom.kind != "fraction" or len(atom.parts[0]) != 1:
        return False
    sign = atom.parts[0][0]
    below = atom.parts[1]
    if sign.kind == "partial":
        return sign.sub is None and bool(below) and below[0].kind == "partial"
    return (is_plain_d(sign) or is_upright_d(sign)) and _begins_with_d(below, 2)


# 1[x > 0], 1{x > 0}
def is_indicator(atom: Atom, fence: Atom) -> bool:
    """Whether a built-in 1 or I stands before a condition in brackets."""
    named = atom.kind == "builtin" and atom.text in ("ones", "identity") and atom.bare
    return named and not atom.parts and holds_relation(fence)


def holds_relation(fence: Atom, *, equal: bool = True) -> bool:
    """Whether a relation stands between brackets; unless ``equal``, one that is no equation."""
    return is_bracket(fence) and any(
        part.kind == "relation" and (equal or part.text not in ("=", ":="))
        for part in fence.parts[0]
    )


def is_derivative(atom: Atom) -> bool:
    """Whether a fraction writes a derivative with its function."""
    if atom.kind != "fraction" or len(atom.parts[0]) < 2:
        return False
    above, below = atom.parts
    if above[0].kind == "partial" and above[0].sub is None:
        return bool(below) and below[0].kind == "partial"
    first = above[0]
    if not (is_plain_d(first) or is_upright_d(first)) or not _begins_with_d(below, 2):
        return False
    if is_upright_d(first) or first.entry is None:
        return True
    # d is a size here: a derivative only if what follows the lower d is no size.
    variable = below[1]
    sized = variable.entry is not None and variable.entry.role in ("size", "index")
    return variable.gap < 2 and above[1].gap < 2 and variable.kind != "number" and not sized


def _begins_with_d(atoms: list[Atom], least: int) -> bool:
    return len(atoms) >= least and (is_plain_d(atoms[0]) or is_upright_d(atoms[0]))


class Extents:
    """Answers for one statement.

    Attributes:
        vocabulary: the declared names.
        bound: letters that a sum or product of the statement binds.
        varied: whether the statement writes a ``dX`` that cannot be a product, so that a d before a
            space is a differential as well, though d is also a size.
    """

    def __init__(self, vocabulary: Vocabulary, bound: frozenset[str]) -> None:
        self.vocabulary = vocabulary
        self.bound = bound
        self.varied = False
        self._nested = 0

    # Functions ---------------------------------------------------------------------------------

    def function_word(self, atom: Atom) -> str | None:
        """Return the bare word of a built-in function, None for anything else."""
        if atom.kind == "function":
            return sp.FUNCTION_COMMANDS[atom.text]
        if atom.kind == "word" and not is_upright_d(atom):
            return sp.FUNCTION_WORDS.get(atom.value, atom.value)
        if atom.kind == "accent" and nucleus(atom) in EXPECTATION:
            return EXPECTATION[nucleus(atom)]
        if atom.kind == "text":
            return sp.FUNCTION_WORDS.get(atom.value.strip())
        return None

    def is_function(self, atom: Atom) -> bool:
        """Whether an atom is a function that takes what stands after it, brackets or not."""
        return self.function_word(atom) is not None

    def applies(self, atoms: list[Atom], at: int) -> bool:
        """Whether the atom is a function and the brackets after it hold its arguments."""
        if at + 1 >= len(atoms) or not is_bracket(atoms[at + 1]):
            return False
        atom, fence = atoms[at], atoms[at + 1]
        if self.is_function(atom) or self.is_composition(atom):
            return True
        if atom.kind == "builtin":
            return is_indicator(atom, fence)
        if atom.kind != "name":
            return False
        if atom.entry is not None:
            if atom.entry.role != "function":
                return False
            if self._holds_bare_function(fence.parts[0]):
                return False
            return not self._multiplies(atoms, at)
        if atom.text == "E" and atom.bare and fence.text == "[":
            return True  # an expectation, where E is not declared
        if fence.text != "(" or atom.text in self.bound or is_plain_d(atom):
            return False
        return atom.sup is None

    def is_composition(self, atom: Atom) -> bool:
        r"""Whether an atom is a bracket around composed functions: `(f \circ g)`."""
        if atom.kind != "fence" or atom.text != "(" or not atom.bare:
            return False
        body = atom.parts[0]
        return len(body) >= 3 and all(
            part.text == r"\circ" if place % 2 else self._names_function(part)
            for place, part in enumerate(body)
        )

    def _names_function(self, atom: Atom) -> bool:
        declared = atom.kind == "name" and atom.entry is not None and atom.sup is None
        if declared and atom.entry is not None and atom.entry.role == "function":
            return True
        return self.is_function(atom) and atom.bare

    @staticmethod
    def _multiplies(atoms: list[Atom], at: int) -> bool:
        r"""Whether a bracket after a function's name is a factor.

        In `\nabla_a L \, (h^\top \otimes I)` it is. A name that is also a value needs its bracket
        close by; under a derivative sign with a variable only a single name or a touching bracket
        is an argument, and a Kronecker product never is.
        """
        atom, fence = atoms[at], atoms[at + 1]
        assert atom.entry is not None
        body = fence.parts[0]
        before = atoms[at - 1] if at else None
        derived = before is not None and before.kind in ("nabla", "partial")
        if derived and before is not None and before.sub is not None:
            if any(part.text == r"\otimes" for part in body):
                return True
            alone = len(body) == 1 and body[0].kind == "name" and fence.bare
            return atom.entry.also_value and (fence.gap > 1 or (fence.gap == 1 and not alone))
        return atom.entry.also_value and fence.gap > 1

    def _holds_bare_function(self, atoms: list[Atom]) -> bool:
        r"""Whether a function without argument is inside: `\sigma (1 - \sigma)` is a product."""
        return any(
            atom.kind == "name"
            and atom.entry is not None
            and atom.entry.role == "function"
            and not atom.entry.also_value
            and not (at + 1 < len(atoms) and is_bracket(atoms[at + 1]))
            for at, atom in enumerate(atoms)
        )

    def starts_factor(self, atoms: list[Atom], at: int) -> bool:
        """Whether a factor can begin at a place."""
        if at >= len(atoms):
            return False
        atom = atoms[at]
        return atom.kind in _OPENERS or (atom.kind == "text" and self.is_function(atom))

    # Differentials -----------------------------------------------------------------------------

    def is_differential(self, atoms: list[Atom], at: int) -> bool:
        """Whether the d at a place is a differential sign and not a factor."""
        atom = atoms[at]
        if not self.starts_factor(atoms, at + 1):
            return False
        if is_upright_d(atom):
            return True
        if not is_plain_d(atom) or (atom.sup is not None and not self._is_two(atom.sup)):
            return False
        if atom.entry is None and atom.text not in self.bound:
            return True
        following = atoms[at + 1]
        if following.gap > int(self.varied) or atom.sup is not None:
            return False
        if following.kind == "name":
            entry = following.entry
            if entry is None:
                return following.text.startswith("\\")
            return entry.role not in ("size", "index")
        if is_bracket(following):
            return self._holds_variable(following.parts[0])
        return following.kind in ("function", "word", "accent", "nabla") or (
            following.kind == "fence" and self._holds_variable(following.parts[0])
        )

    def note_variations(self, atoms: list[Atom]) -> None:
        """Look through the statement for a ``dX`` without a space between."""
        pending = [atoms]
        while pending and not self.varied:
            row = pending.pop()
            for sign, following in pairwise(row):
                entry = following.entry
                if is_plain_d(sign) and not following.gap and entry is not None:
                    self.varied = self.varied or entry.role == "variable"
            pending += [inner for atom in row for inner in atom.lists()]

    @staticmethod
    def _is_two(script: list[Atom]) -> bool:
        return len(script) == 1 and script[0].text == "2"

    def _holds_variable(self, atoms: list[Atom]) -> bool:
        pending = [atoms]
        while pending:
            for atom in pending.pop():
                entry: Entry | None = atom.entry
                if entry is not None and entry.role in ("variable", "function"):
                    return True
                pending.extend(atom.lists())
        return False

    # Extents -----------------------------------------------------------------------------------

    def is_trace(self, atoms: list[Atom], at: int) -> bool:
        """Whether a place holds a function whose argument is a whole product."""
        return (
            self.function_word(atoms[at]) in sp.PRODUCT_FUNCTIONS
            and not self.applies(atoms, at)
            and self.starts_factor(atoms, at + 1)
        )

    def factor_end(self, atoms: list[Atom], at: int) -> int:
        """Return the place after the one factor that begins at a place.

        Raises:
            LatexError: DC102 when signs without brackets nest too deeply.
        """
        self._nested += 1
        if self._nested > MAX_DEPTH:
            raise LatexError(
                "DC102",
                f"more than {MAX_DEPTH} signs apply to one another without brackets",
                atoms[at].start if at < len(atoms) else atoms[-1].start,
                atoms[-1].end,
            )
        end = self._factor_end(atoms, at)
        self._nested -= 1
        return end

    def _factor_end(self, atoms: list[Atom], at: int) -> int:
        while at < len(atoms):
            atom = atoms[at]
            if atom.kind == "big" or open_operator(atom):
                return self.sweep_end(atoms, at)
            if self.applies(atoms, at):
                return at + 2
            if self.is_trace(atoms, at):
                return self.product_end(atoms, at + 1)
            if self.is_function(atom) and self.starts_factor(atoms, at + 1):
                return self.argument_end(atoms, at + 1)
            if atom.kind in ("nabla", "partial"):
                return self.gradient_end(atoms, at + 1)
            if (is_plain_d(atom) or is_upright_d(atom)) and self.is_differential(atoms, at):
                at += 1
                continue
            return at + 1
        return at

    def argument_end(self, atoms: list[Atom], at: int) -> int:
        r"""Return the end of an argument without brackets.

        It is one factor, but all of `2\pi\sigma^2`, and of `w^\top x`: a row is no number, and
        what is meant is the function of the product.
        """
        end = self.factor_end(atoms, at)
        first = atoms[at]
        if first.kind == "number" and end == at + 1:
            while end < len(atoms) and _touches(atoms[end]):
                end += 1
        elif _is_row(first) and self.starts_factor(atoms, end):
            return self.product_end(atoms, end)
        return end

    def gradient_end(self, atoms: list[Atom], at: int) -> int:
        """Return the end of what ∇ takes: one factor, or a product that begins with a primitive.

        A product that begins with a constant is taken whole if what ∇ is by stands in the rest.
        """
        if at < len(atoms):
            entry = atoms[at].entry
            number = entry is not None and entry.primitive and entry.role == "variable"
            if (atoms[at].kind == "builtin" or (atoms[at].kind == "name" and number)) and at:
                by = {atom.text for atom in atoms[at - 1].sub or () if atom.kind == "name"}
                end = self.product_end(atoms, at)
                if atoms[at].text not in by and any(_shows(a, by) for a in atoms[at + 1 : end]):
                    return end
            if (
                atoms[at].kind == "name"
                and entry is not None
                and entry.primitive
                and entry.role == "variable"
                and entry.axes != 0
            ):
                return self.product_end(atoms, at)
        return self.factor_end(atoms, at)

    def product_end(self, atoms: list[Atom], at: int) -> int:
        """Return the end of the run of factors that begins at a place."""
        end = at
        while self.starts_factor(atoms, end) and not (end > at and self.is_trace(atoms, end)):
            end = self.factor_end(atoms, end)
        return end

    def sweep_end(self, atoms: list[Atom], at: int) -> int:
        """Return the end of what a sum or an open derivative takes: up to the next + or -."""
        end = at + 1
        while end < len(atoms):
            atom = atoms[end]
            if atom.text in sp.SUMS and atom.kind == "operator" and end > at + 1:
                return end
            if atom.kind in ("relation", "comma", "text", "bar") and not self.is_function(atom):
                return end
            end += 1
        return end


def _touches(atom: Atom) -> bool:
    """Whether an atom is a letter that stands close to the one before it."""
    if atom.kind == "builtin":
        return atom.text == "pi" and atom.gap < 2
    function = atom.entry is not None and atom.entry.role == "function"
    return atom.kind == "name" and atom.gap < 2 and not function


def _is_row(atom: Atom) -> bool:
    """Whether an atom is the transpose of a column."""
    if atom.sup is None or not is_transpose(atom.sup):
        return False
    if atom.kind == "builtin":
        return atom.text == "ones" and len(atom.parts) < 2
    return atom.kind == "name" and atom.entry is not None and atom.entry.axes == 1


def _shows(atom: Atom, names: set[str]) -> bool:
    """Whether a name stands in an atom, at any depth."""
    pending = [atom]
    while pending:
        part = pending.pop()
        if part.text in names:
            return True
        pending.extend(inner for inside in part.lists() for inner in inside)
    return False


# Rewriting of one list ---------------------------------------------------------------------------


def join_restrictions(atoms: list[Atom]) -> list[Atom]:
    r"""Wrap what stands before a bar with a subscript: `f(x) |_{x=0}` becomes one atom."""
    if not any(
        (atom.kind == "bar" and atom.sub is not None) or (atom.kind == "fence" and atom.text == ".")
        for atom in atoms
    ):
        return atoms
    result: list[Atom] = []
    taken = 0
    for place, atom in enumerate(atoms):
        if place < taken:
            continue
        if atom.kind == "fence" and atom.text == ".":
            if atom.sub is None or atom.value != "|":
                raise LatexError(
                    "DC110",
                    r"`\left.` is read only with `\right|_{…}`",
                    atom.start,
                    atom.end,
                )
            body = atom.parts[0]
            if len(body) == 1 and open_operator(body[0]):
                # \left. d/dt \right|_{t=0} f(t): the function stands after the bar.
                taken = place + 1
                while taken < len(atoms) and not _ends_term(atoms[taken]):
                    taken += 1
                body = [*body, *atoms[place + 1 : taken]]
            result.append(_restricted(body, atom))
        elif atom.kind == "bar" and atom.sub is not None:
            begin = len(result)
            while begin and not _ends_term(result[begin - 1]):
                begin -= 1
            opened = [at for at in range(begin, len(result)) if open_operator(result[at])]
            if opened:
                begin = opened[-1]
            elif result and (result[-1].kind == "fraction" or result[-1].kind == "fence"):
                begin = _call_start(result, begin)
            if begin == len(result):
                raise LatexError("DC101", "nothing stands before the bar", atom.start, atom.end)
            body = result[begin:]
            del result[begin:]
            result.append(_restricted(body, atom))
        else:
            result.append(atom)
    return result


def _call_start(atoms: list[Atom], begin: int) -> int:
    """Return where the last factor begins: a fraction alone; a bracket with all before it."""
    return len(atoms) - 1 if atoms[-1].kind == "fraction" else begin


def _ends_term(atom: Atom) -> bool:
    return atom.kind in ("relation", "comma") or (atom.kind == "operator" and atom.text in sp.SUMS)


def _restricted(body: list[Atom], bar: Atom) -> Atom:
    start = body[0].start if body else bar.start
    gap = body[0].gap if body else 0
    atom = Atom("restricted", "|", start, bar.end, gap, [body, bar.sub or []])
    atom.sup, atom.primes = bar.sup, bar.primes
    return atom


def join_derivatives(atoms: list[Atom]) -> list[Atom]:
    r"""Turn `\partial f / \partial x` and `dL / dW` into fractions."""
    if not any(atom.text == "/" and atom.kind == "operator" for atom in atoms):
        return atoms
    result: list[Atom] = []
    at = 0
    while at < len(atoms):
        slash = _slash_of_derivative(atoms, at)
        if slash is None:
            result.append(atoms[at])
            at += 1
            continue
        end = slash + 1
        while end < len(atoms) and (end == slash + 1 or _same_sign(atoms[at], atoms[end])):
            end = _variable_end(atoms, end)
        above, below = atoms[at:slash], atoms[slash + 1 : end]
        atom = Atom(
            "fraction", r"\frac", above[0].start, below[-1].end, above[0].gap, [above, below]
        )
        result.append(atom)
        at = end
    return result


def _same_sign(first: Atom, second: Atom) -> bool:
    if first.kind == "partial":
        return second.kind == "partial"
    return is_plain_d(second) or is_upright_d(second)


def _slash_of_derivative(atoms: list[Atom], at: int) -> int | None:
    """Return the place of the slash of the derivative that begins at a place."""
    first = atoms[at]
    if not (
        (first.kind == "partial" and first.sub is None) or is_plain_d(first) or is_upright_d(first)
    ):
        return None
    for place in range(at + 1, len(atoms)):
        atom = atoms[place]
        if atom.kind == "operator" and atom.text == "/":
            below = place + 1 < len(atoms) and _same_sign(first, atoms[place + 1])
            long_enough = place + 2 < len(atoms) and (place > at + 1 or first.kind == "partial")
            if is_plain_d(first) and first.entry is not None and atoms[at + 1].gap:
                return None
            return place if below and long_enough else None
        if atom.kind in ("operator", "relation", "comma", "text"):
            return None
    return None


def _variable_end(atoms: list[Atom], at: int) -> int:
    """Return the end of the lower half of a derivative, sign included."""
    end = at + 2
    if end < len(atoms) and atoms[at + 1].kind in ("word", "function") and is_bracket(atoms[end]):
        end += 1
    return min(end, len(atoms))
