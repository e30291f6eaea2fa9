"""Syntax trees as short texts in brackets, so that a test reads as a table of input and tree."""

from __future__ import annotations

from derivcheck.language import syntax as tree
from derivcheck.language.parser import Vocabulary, parse


def show(node: tree.Node) -> str:
    """Undeclared names end in `?`, built-in functions in `°`; products are `(* a b)`."""
    match node:
        case tree.Name():
            return node.name if node.declared else f"{node.name}?"
        case tree.Number():
            return str(node.value)
        case tree.Builtin():
            return f"<{_row(node.name, *node.parameters)}>"
        case tree.Sum():
            terms = [("-" if sign < 0 else "") + show(term) for sign, term in node.terms]
            return f"(+ {' '.join(terms)})"
        case tree.Product():
            return f"({_row('*', *node.factors)})"
        case tree.Binary():
            return f"({_row(node.operator, node.left, node.right)})"
        case tree.Fraction():
            return f"({_row('/', node.numerator, node.denominator)})"
        case tree.Power():
            return f"({_row('^', node.base, node.exponent)})"
        case tree.Transpose():
            return f"(T {show(node.base)})"
        case tree.PseudoInverse():
            return f"(pinv {show(node.base)})"
        case tree.Slice():
            return ":"
        case tree.Component():
            return f"({_row('at', node.base, *node.indices)})"
        case tree.FunctionName():
            return node.name + "'" * node.order + ("" if node.declared else "°")
        case tree.Call():
            word = show(node.function) + ("^" if node.power else "")
            if node.parameters:
                word += f"[{_row('', *node.parameters).strip()}]"
            return f"({_row(word, *node.arguments)})"
        case tree.Norm():
            return f"(norm{node.kind} {show(node.body)})"
        case tree.BigOperator():
            limits = [show(limit) if limit else "_" for limit in (node.lower, node.upper)]
            return (
                f"({node.operator} {','.join(node.indices)} {' '.join(limits)} {show(node.body)})"
            )
        case tree.Derivative():
            order = "" if node.order == 1 else str(node.order)
            variables = [
                show(variable.expression) + "ᵀ" * variable.transposed for variable in node.variables
            ]
            return f"({node.notation}{order} [{' '.join(variables)}] {show(node.function)})"
        case tree.Differential():
            return f"(d {show(node.body)})"
        case tree.Restricted():
            return f"({_row('|', node.body, *node.conditions)})"
        case tree.Matrix():
            return f"(matrix {' ; '.join(_row('', *row).strip() for row in node.rows)})"
        case tree.Cases():
            branches = [
                f"{show(value)} if {show(condition)}" if condition else f"else {show(value)}"
                for value, condition in node.branches
            ]
            return f"(cases {' ; '.join(branches)})"
        case tree.Space():
            return f"({_row((node.kind + ' ' + node.word).strip(), *node.dims)})"
        case tree.Relation():
            left = show(node.lhs) if node.lhs else "_"
            left = ", ".join(node.names) if len(node.names) > 1 else left
            return f"{left} {node.sign} {show(node.rhs)}"
        case tree.Signature():
            domains = " × ".join(show(domain) for domain in node.domains)
            return f"{', '.join(node.names)} : {domains} -> {show(node.codomain)}"
        case tree.Property():
            return f"{', '.join(map(show, node.subjects))} is `{node.words}`"
        case tree.Unreadable():
            return f"unreadable {node.error.code}"
        case _:
            raise AssertionError(f"no text for {type(node).__name__}")


def _row(word: str, *nodes: tree.Node) -> str:
    return " ".join([word, *map(show, nodes)])


def read(
    text: str, vocabulary: Vocabulary, macros: dict[str, tuple[int, str]] | None = None
) -> list[str]:
    """Return the statements of a formula as texts, each with its cue in front."""
    return [
        (f"{statement.cue}: " if statement.cue else "") + show(statement.node)
        for statement in parse(text, vocabulary, macros or {})
    ]


MATRICES = r"A B C D F G H P S U V W X Y Z \Sigma \Sigma_1 W^{(k)} W^{[l]} \mathbf{W} M_c P^{+}"
COLUMNS = r"""a b c h s u v w x y z p \beta \hat{y} \hat{p} h^{(k-1)} h_t h_{t-1} \mathbf{w}^\star
x^{-} x^{+} b_{(i)} L_y"""
NUMBERS = r"t r \alpha \lambda"


def usual_words() -> Vocabulary:
    """Return the declared names of most tests: capitals are matrices, d is a size."""
    words = Vocabulary()
    for axes, names in enumerate((NUMBERS, COLUMNS, MATRICES)):
        for name in names.split():
            words.declare(name, "variable", axes)
    for name in "mnNd":
        words.declare(name, "size", axes=0)
    for name in "ijkl":
        words.declare(name, "index", axes=0)
    for name in (r"f", r"g", r"\sigma"):
        words.declare(name, "function", axes=0)
    words.declare("J", "function", axes=2)
    for name in (r"L", r"\mathcal{L}", r"\ell"):
        words.declare(name, "function", axes=0, also_value=True)
    return words
