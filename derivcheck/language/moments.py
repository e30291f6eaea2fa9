r"""Moments in givens and in formulas: ``\mathbb{E}[x] = m``, ``\operatorname{Cov}(x, y)``.

Nothing is taken for random because it stands in an expectation: ``\mathbb{E}[y]`` is refused where no
given says that something in ``y`` is random.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import sympy
from sympy import Basic, Integer

from derivcheck.algebra import nodes
from derivcheck.algebra.nodes import ONE, Shape
from derivcheck.algebra.randomness import ENTRIES, GAUSSIAN, covariance_shape, expectation
from derivcheck.diagnostics import Help
from derivcheck.language import syntax
from derivcheck.language.context import names_of
from derivcheck.language.randomness import Variable
from derivcheck.language.typed import MeaningError, Typed, filled, is_column

if TYPE_CHECKING:
    from derivcheck.language.elaborate import Elaborator
    from derivcheck.language.hypotheses import HypothesisReader
    from derivcheck.language.introduced import Given

_NORMAL = frozenset((r"\mathcal{N}", r"\mathscr{N}", r"\mathbb{N}", "N", "Normal", "Gauss"))
_RANDOM = re.compile(
    r"(?:(?:is|are|be) )?(?:an? )?(?:real )?random"
    r"(?: (?:vectors?|variables?|matrix|matrices|numbers?|scalars?))?"
)
_INDEPENDENT = re.compile(
    r"(?:(?:is|are|be) )?(?:mutually |statistically |stochastically )?independent"
    r"(?: random (?:vectors|variables|matrices))?"
)
_UNCORRELATED = re.compile(r"(?:(?:is|are|be) )?uncorrelated(?: random (?:vectors|variables))?")
_CENTRED = re.compile(
    r"(?:(?:is|are|be|has|have|with) )?(?:an? )?(?:random )?(?:centred|centered|zero mean|mean zero)"
)


class _Said:
    """What a given says of random names: which moment, of which names, and by which formula."""

    def __init__(
        self, what: str, names: tuple[str, ...], value: tuple[syntax.Node, ...] = ()
    ) -> None:
        self.what = what
        self.names = names
        self.value = value


def said(node: syntax.Node | None) -> _Said | None:
    """Return what a given says of random names by its form; None when it says nothing of the kind."""
    if isinstance(node, syntax.Property):
        words = " ".join(node.words.lower().replace("-", " ").replace(",", " ").split())
        names = tuple([s.name for s in node.subjects if isinstance(s, syntax.Name)])
        for pattern, what in (
            (_RANDOM, "random"),
            (_INDEPENDENT, "independent"),
            (_UNCORRELATED, "uncorrelated"),
            (_CENTRED, "centred"),
        ):
            if pattern.fullmatch(words):
                of = _entries(node.subjects) if what == "independent" else ""
                if of:
                    return _Said("entries", (of,))
                return _Said(what, names if len(names) == len(node.subjects) else ())
        return None
    if not isinstance(node, syntax.Relation) or node.lhs is None:
        return None
    if node.sign == r"\sim":
        name, law = node.lhs, node.rhs
        normal = isinstance(law, syntax.Call) and getattr(law.function, "name", "") in _NORMAL
        if isinstance(name, syntax.Name) and normal and isinstance(law, syntax.Call):
            known = len(law.arguments) == 2
            return _Said("normal", (name.name,), law.arguments) if known else None
        return None
    if node.sign == r"\perp":
        names = tuple([side.name for side in (node.lhs, node.rhs) if isinstance(side, syntax.Name)])
        return _Said("independent", names) if len(names) == 2 else None
    if node.sign not in ("=", ":="):
        return None
    call = node.lhs
    if not isinstance(call, syntax.Call) or call.parameters or call.power:
        return None
    function = getattr(call.function, "name", "")
    if getattr(call.function, "declared", True):
        return None
    if function in ("Var", "Cov") and all(isinstance(a, syntax.Name) for a in call.arguments):
        names = tuple([a.name for a in call.arguments if isinstance(a, syntax.Name)])
        names = names * 2 if len(names) == 1 else names
        fits = len(names) == 2 and (function == "Cov" or names[0] == names[1])
        return _Said("covariance", names, (node.rhs,)) if fits else None
    if function != "E" or len(call.arguments) != 1:
        return None
    body = call.arguments[0]
    if isinstance(body, syntax.Name):
        return _Said("mean", (body.name,), (node.rhs,))
    third = _third(body)
    if third is not None:
        return _Said("third", (third[0],), (third[1], node.rhs))
    pair = _square(body)
    return _Said("square", pair, (node.rhs,)) if pair else None


# x_1, x_n
def _entries(subjects: tuple[syntax.Node, ...]) -> str:
    """Return the name of whose entries a list shows the ends, if it is one."""
    bases = [s.base for s in subjects if isinstance(s, syntax.Component) and len(s.indices) == 1]
    names = {base.name for base in bases if isinstance(base, syntax.Name)}
    return names.pop() if len(bases) == len(subjects) and len(names) == 1 else ""


# (x_i - m_i)³
def _third(body: syntax.Node) -> tuple[str, syntax.Node] | None:
    """Return the name x and the tree that is taken from its entry, of the cube of a difference."""
    if not isinstance(body, syntax.Power) or getattr(body.exponent, "value", 0) != 3:
        return None
    terms = body.base.terms if isinstance(body.base, syntax.Sum) else ()
    if [sign for sign, _ in terms] != [1, -1]:
        return None
    (_, entry), (_, mean) = terms
    if not isinstance(entry, syntax.Component) or not isinstance(entry.base, syntax.Name):
        return None
    if len(entry.indices) != 1 or not isinstance(entry.indices[0], syntax.Name):
        return None
    return entry.base.name, mean


# x yᵀ, x²
def _square(body: syntax.Node) -> tuple[str, ...]:
    """Return the names of which a tree is the product x yᵀ, or the square of a number."""
    if isinstance(body, syntax.Power) and isinstance(body.base, syntax.Name):
        exponent = body.exponent
        return (body.base.name,) * 2 if getattr(exponent, "value", 0) == 2 else ()
    if not isinstance(body, syntax.Product) or len(body.factors) != 2:
        return ()
    left, right = body.factors
    if isinstance(left, syntax.Name) and isinstance(right, syntax.Transpose):
        return (left.name, right.base.name) if isinstance(right.base, syntax.Name) else ()
    return ()


def note_random(reader: HypothesisReader, givens: list[Given], defined: set[str]) -> None:
    """Note which names the givens say to be random; a name with a definition is not one of them."""
    context = reader.context
    for given in givens:
        found = said(given.node)
        for name in found.names if found is not None else ():
            entry = context.entries.get(name)
            entry = None if entry is None else entry.value or entry
            if entry is None or entry.node is None or entry.kind not in ("matrix", "number"):
                continue
            if name not in defined and name not in context.random.variables:
                variable = Variable(entry.node, given.line, given.in_text)
                context.random.variables[name] = variable
        if found is not None and found.what == "entries":
            (name,) = found.names
            known = context.random.variables.get(name)
            if known is not None and is_column(nodes.shape(known.node)):
                context.random.change(name, law=ENTRIES)


def take_moment(reader: HypothesisReader, given: Given) -> bool:
    """Take in what a given says of random names; return whether that is all that it says.

    Raises:
        MeaningError: when it is not understood.
    """
    found = said(given.node)
    if found is None:
        return False
    random = reader.context.random
    if not found.names or any(name not in random.variables for name in found.names):
        if found.what in ("random", "independent", "uncorrelated", "entries", "normal"):
            raise MeaningError("DC110", "it is not about names that can be random", (0, 0))
        return False
    if found.what in ("random", "centred", "independent", "uncorrelated"):
        _in_words(reader, given, found)
        return True
    name, other = found.names[0], found.names[-1]
    if found.what == "entries":
        if random.variables[name].law != ENTRIES:
            raise MeaningError("DC110", f"`{name}` is no column", (0, 0))
    elif found.what == "third":
        third = _thirds(reader, given, found)
        if third is None:
            return False
        random.change(name, third=third)
    elif found.what == "mean":
        if random.variables[name].mean is not None:
            return False
        random.change(name, mean=_value(reader, given, found.value[0], name))
    elif found.what == "normal":
        variable = random.variables[name]
        if variable.mean is not None or random.knows(name, name) or variable.law == ENTRIES:
            raise MeaningError("DC110", f"the distribution of `{name}` is given twice", (0, 0))
        mean = _value(reader, given, found.value[0], name)
        random.covariances[name, name] = _matrix(reader, given, found.value[1], name, name)
        random.change(name, mean=mean, law=GAUSSIAN)
    else:
        if random.knows(name, other):
            return False
        value = _matrix(reader, given, found.value[0], name, other)
        moments = random.covariances if found.what == "covariance" else random.squares
        moments[name, other] = value
        if name == other and nodes.shape(value) and found.what == "square":
            reader.hypothesis(given, value, sympy.Transpose(value))
    reader.enlist(given, "hypothesis")
    return True


def _in_words(reader: HypothesisReader, given: Given, found: _Said) -> None:
    random = reader.context.random
    if found.what == "centred":
        for name in found.names:
            if random.variables[name].mean is not None:
                raise MeaningError("DC110", f"the mean of `{name}` is given twice", (0, 0))
            shape = nodes.shape(random.variables[name].node)
            random.change(name, mean=sympy.ZeroMatrix(*shape) if shape else Integer(0))
    elif found.what != "random":
        names = frozenset(found.names)
        if len(names) < 2:
            raise MeaningError("DC110", f"{found.what} of what is not said", (0, 0))
        pairs = [(a, b) for a in found.names for b in found.names if a < b]
        if any(random.knows(*pair) and not random.are_independent(*pair) for pair in pairs):
            raise MeaningError("DC110", "the covariance of two of them is given as well", (0, 0))
        if found.what == "independent":
            random.independent.append(names)
        else:
            for a, b in pairs:
                shape = covariance_shape(random.variables[a].node, random.variables[b].node)
                zero = sympy.ZeroMatrix(*shape) if shape else Integer(0)
                random.covariances.setdefault((a, b), zero)
    reader.enlist(given, "hypothesis")


def _value(reader: HypothesisReader, given: Given, node: syntax.Node, name: str) -> Basic:
    """Return the mean that is given for a name."""
    return _fixed(reader, given, node, nodes.shape(reader.context.random.variables[name].node))


def _matrix(
    reader: HypothesisReader, given: Given, node: syntax.Node, name: str, other: str
) -> Basic:
    """Return the covariance that is given for two names.

    Raises:
        MeaningError: DC110 for that of a matrix.
    """
    variables = [reader.context.random.variables[each].node for each in (name, other)]
    if any(nodes.shape(v) and not is_column(nodes.shape(v)) for v in variables):
        raise MeaningError("DC110", "the covariance of a matrix has no encoding", (0, 0))
    return _fixed(reader, given, node, covariance_shape(*variables))


def _fixed(reader: HypothesisReader, given: Given, node: syntax.Node, shape: Shape) -> Basic:
    """Return a value that has to be of one shape and must not be random itself."""
    elaborator = reader.elaborator(given)
    elaborator.free_letters = False
    typed = elaborator.known(elaborator.expression(node))
    elaborator.equate(Typed(shape, lambda: Integer(0), node.start, node.end), typed)
    elaborator.finish(node)
    built = filled(typed, shape)
    context = reader.context
    if any(context.depends(built, head) for head in context.random.heads()):
        raise MeaningError("DC110", "a moment that depends on what is random", (0, 0))
    reader.conditions_of(given, elaborator)
    return built


def _thirds(reader: HypothesisReader, given: Given, found: _Said) -> Basic | None:
    """Return the third central moments of entries, where the mean in them is the one given."""
    (name,) = found.names
    variable = reader.context.random.variables[name]
    if variable.law != ENTRIES or variable.third is not None or variable.mean is None:
        return None
    assert isinstance(given.node, syntax.Relation)
    letters = [n for n in names_of(given.node.lhs) if n not in reader.context.entries]
    size = nodes.shape(variable.node)[0]
    if len(set(letters) - {"E"}) != 1:
        return None
    letter = (set(letters) - {"E"}).pop()
    elaborator = reader.elaborator(given)
    elaborator.bound[letter] = size
    mean, third = [elaborator.known(elaborator.expression(node)) for node in found.value]
    elaborator.finish(given.node)
    index = nodes.index_variable(letter, size)
    if mean.shape not in ((), None) or third.shape not in ((), None):
        return None
    if mean.build() != nodes.Component(variable.mean, index, ONE) and not (
        mean.shape is None and isinstance(variable.mean, sympy.ZeroMatrix)
    ):
        return None
    reader.conditions_of(given, elaborator)
    built = third.build()
    if isinstance(built, nodes.Component) and built.args[1:] == (index, ONE):
        return built.args[0]
    return nodes.Assembled(built, index, ONE)


# --- in formulas --------------------------------------------------------------------------------


def mean_of(el: Elaborator, node: syntax.Call) -> Typed:
    """Return an expectation.

    Raises:
        MeaningError: DC110 when nothing in it is random, or it is one over some variables only.
    """
    if len(node.arguments) != 1:
        raise el.error("DC201", "an expectation takes one argument", node)
    argument, names = _random(el, node, node.arguments[0])
    if argument.shape is None:
        return argument

    def build() -> Basic:
        return expectation(argument.build(), el.context.random.distribution(names))

    return Typed(argument.shape, build, node.start, node.end)


def covariance_of(el: Elaborator, node: syntax.Call) -> Typed:
    r"""Return ``\operatorname{Cov}(u, v)`` or ``\operatorname{Var}(u)``.

    Raises:
        MeaningError: DC110 when nothing in it is random, and for the covariance of a matrix.
    """
    most = 1 if getattr(node.function, "name", "") == "Var" else 2
    if not 1 <= len(node.arguments) <= most:
        raise el.error("DC201", f"`{el.text(node.function)}` takes {most} arguments at most", node)
    found = [_random(el, node, argument) for argument in node.arguments]
    (left, one_names), (right, other_names) = found[0], found[-1]
    if left.shape is None or right.shape is None:
        return el.zero(node)
    if any(shape and not is_column(shape) for shape in (left.shape, right.shape)):
        raise el.error("DC110", "a covariance is taken of columns and numbers", node)
    shape: Shape = ()
    if left.shape or right.shape:
        shape = tuple([s[0] if s else ONE for s in (left.shape, right.shape)])
    names = [n for n in el.context.random.variables if n in (*one_names, *other_names)]

    # Cov(u, v) = E[u vᵀ] - E[u] E[v]ᵀ
    def build() -> Basic:
        known = el.context.random.distribution(names)
        one, other = left.build(), right.build()
        together = expectation(_outer(one, other), known)
        apart = _outer(expectation(one, known), expectation(other, known))
        if not shape:
            less = sympy.Mul(Integer(-1), apart, evaluate=False)
            return sympy.Add(together, less, evaluate=False)
        less = Basic.__new__(sympy.MatMul, Integer(-1), apart)
        return Basic.__new__(sympy.MatAdd, together, less)

    return Typed(shape, build, node.start, node.end)


def _outer(left: Basic, right: Basic) -> Basic:
    """Return u vᵀ of columns and numbers."""
    if not nodes.shape(left) and not nodes.shape(right):
        return sympy.Mul(left, right, evaluate=False)
    across = sympy.Transpose(right) if nodes.shape(right) else right
    pair = (left, across) if nodes.shape(right) else (across, left)
    return Basic.__new__(sympy.MatMul, *pair)


def _random(el: Elaborator, node: syntax.Call, argument: syntax.Node) -> tuple[Typed, list[str]]:
    """Return an argument, and which names in it are random.

    Raises:
        MeaningError: DC110 when there are none.
    """
    variables = el.context.random.variables
    names = _names(el, argument)
    reached = [name for name in variables if name in el.context.behind(names)]
    if not reached and names:
        words = el.text(argument)
        first = next(names_of(argument))
        raise el.error(
            "DC110",
            f"nothing that is given says what is random in `{words}`",
            argument,
            help=(
                Help(rf"give it: `{first} \text{{ random}}`, or its mean, `\mathbb{{E}}[…] = …`"),
            ),
        )
    over = {getattr(parameter, "name", "") for parameter in node.parameters}
    if node.parameters and not over.issuperset(reached):
        raise el.error("DC110", "an expectation over some of what is random has no encoding", node)
    typed = el.known(el.expression(argument))
    if typed.shape is not None and len(typed.shape) not in (0, 2):
        raise el.error("DC110", "an expectation of a tensor has no encoding", node)
    el.found.random.update(dict.fromkeys(reached))
    return typed, reached


def _names(el: Elaborator, argument: syntax.Node) -> set[str]:
    """Return the names in a tree, and in the formulas of the functions in it."""
    found: set[str] = set()
    waiting = list(names_of(argument))
    while waiting:
        name = waiting.pop()
        entry = el.context.entries.get(name)
        if name not in found and entry is not None and entry.formula is not None:
            waiting += names_of(entry.formula.body)
        found.add(name)
    return found - {"E", "Var", "Cov"}
