"""The house rules of ``docs/architecture.md``, as tests; each rule is shown to fail on a violation.

A rule is a function from the modules of the package to a list of sentences, one for each violation.
"""

from __future__ import annotations

import ast
import io
import subprocess
import sys
import tokenize
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "derivcheck"

ROOMS = (
    "limits", "diagnostics", "algebra", "laws", "reading", "language", "terms", "kernel",
    "extensions", "certificates", "prover", "report",
)  # fmt: skip
"""From left to right; whatever else lies in the package stands to the right of them all."""

FORBIDDEN = {
    "reading": {"algebra", "laws"},  # knows no mathematics
    "language": {"laws"},
    "terms": {"laws", "reading", "language"},
    "kernel": {"laws", "reading", "language"},  # sees goals, never text; stands alone
    "extensions": {"reading", "language"},
    "certificates": {"reading", "language"},  # rebuilds goals from files, never from text
    "prover": {"reading", "language", "certificates"},
}
"""Rooms to the left that a room must not use all the same."""

LIBRARIES = {
    "rich": {"report", ""},
    "click": {""},
    "lark": {"language"},
    "markdown_it": {"reading", "report"},
    "yaml": {"reading"},
    "pylatexenc": {"reading"},
    "nbformat": {"reading"},
    "latex2mathml": {"report"},
    "jinja2": {"report"},
    "markupsafe": {"report"},
    "junitparser": {"report"},
    "msgspec": {"diagnostics", "reading", "language", "prover", "report", ""},
    "platformdirs": {""},
    "watchfiles": {""},
    "joblib": {""},
    "pygls": {""},
    "lsprotocol": {""},
    "IPython": {""},
    "dask": {""},
    "ray": {""},
    "flint": {"algebra", "prover"},
    "sympy": {
        "algebra",
        "laws",
        "language",
        "terms",
        "kernel",
        "extensions",
        "certificates",
        "prover",
        "",
    },
    "pytest": {""},
}
"""Which rooms may use a library; the empty name stands for everything to the right of the rooms."""

MODULE_LINES = 600
RAISED_MODULE_LINES = {
    "kernel/lowering.py": (700, "the one reading of each node, all in one place"),
    "language/derivation.py": (800, "how the formulas of a document become steps, in one place"),
    "prover/examples.py": (650, "all ways to find values of what is given, in one order"),
    "language/derivatives.py": (750, "all ways to write a derivative, and what each varies"),
}
TRUSTED_LINES = {"terms": 1120, "kernel": 940, "extensions": 1130, "laws": 830}
"""Lines of code of what is trusted, without comments, docstrings and blank lines. Only downwards, but
for what gives a meaning to something new: pseudo-inverses took 100 lines."""


@dataclass(frozen=True)
class Module:
    """A module of the package: its path below the package, and its source."""

    path: str
    source: str

    @property
    def room(self) -> str:
        """The room it lies in, empty to the right of all rooms."""
        name = self.path.removesuffix(".py").split("/")[0]
        return name if name in ROOMS else ""

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.source, self.path)

    @cached_property
    def code_lines(self) -> int:
        """The number of lines of code, without comments, docstrings and blank lines."""
        told = {
            line
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
            for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
        }
        silent = (
            tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
            tokenize.ENDMARKER,
        )  # fmt: skip
        lines = {
            line
            for token in tokenize.generate_tokens(io.StringIO(self.source).readline)
            if token.type not in silent
            for line in range(token.start[0], token.end[0] + 1)
        }
        return len(lines - told)

    def imports(self) -> Iterator[tuple[str, int]]:
        """Yield the dotted names that it imports anywhere, with their lines."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = node.module or ""
                assert not node.level, "imports are absolute"
                if base == "derivcheck":
                    yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)
                else:
                    yield base, node.lineno


MODULES = [
    Module(path.relative_to(PACKAGE).as_posix(), path.read_text(encoding="utf-8"))
    for path in sorted(PACKAGE.glob("**/*.py"))
]


# --- the rules ------------------------------------------------------------------------------------


def imports_go_to_the_left(modules: Iterable[Module]) -> list[str]:
    """A room imports only from rooms to its left, and not from those forbidden to it."""
    found = []
    for module in modules:
        if not module.room:
            continue
        for name, line in module.imports():
            first, *rest = name.split(".")
            if first != "derivcheck":
                continue
            other = rest[0] if rest and rest[0] in ROOMS else ""
            if rest[:1] == ["__version__"] or other == module.room:
                continue
            to_the_left = other and ROOMS.index(other) < ROOMS.index(module.room)
            if not to_the_left or other in FORBIDDEN.get(module.room, ()):
                found.append(f"{module.path}:{line}: {module.room} imports {name}")
    return found


def libraries_stay_in_their_rooms(modules: Iterable[Module]) -> list[str]:
    """A library is used only where it belongs."""
    return [
        f"{module.path}:{line}: {name} is not used in {module.room or 'the outer modules'}"
        for module in modules
        for name, line in module.imports()
        if module.room not in LIBRARIES.get(name.split(".")[0], {module.room})
    ]


def no_floats_in_the_kernel(modules: Iterable[Module]) -> list[str]:
    """What is trusted computes with exact numbers only."""
    return [
        f"{module.path}:{node.lineno}: a float in the kernel"
        for module in modules
        if module.room in TRUSTED_LINES
        for node in ast.walk(module.tree)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float | complex))
        or (isinstance(node, ast.Name) and node.id in ("float", "complex"))
    ]


def no_files_in_kernel_and_prover(modules: Iterable[Module]) -> list[str]:
    """Kernel and prover see goals: no files, no environment, no other processes, no output."""
    outside = {"os", "io", "pathlib", "subprocess", "socket", "logging", "shutil", "tempfile"}
    return [
        f"{module.path}:{line}: {module.room} imports {name}"
        for module in modules
        if module.room in (*TRUSTED_LINES, "prover", "algebra", "certificates")
        for name, line in module.imports()
        if name.split(".")[0] in outside
    ]


def no_room_reads_a_clock(modules: Iterable[Module]) -> list[str]:
    """A verdict does not depend on time, nor on what else the machine does."""
    outside = {"time", "datetime", "signal", "threading", "secrets", "resource"}
    return [
        f"{module.path}:{line}: {module.room} imports {name}"
        for module in modules
        if module.room
        for name, line in module.imports()
        if name.split(".")[0] in outside
    ]


def no_text_is_executed(modules: Iterable[Module]) -> list[str]:
    """Documents are untrusted: nothing evaluates text, neither Python nor SymPy."""
    return [
        f"{module.path}:{node.lineno}: {ast.unparse(node.func)} evaluates text"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and evaluates_text(node)
    ]


def evaluates_text(call: ast.Call) -> bool:
    """Return whether a call may evaluate text; a strict ``sympify`` refuses it."""
    name = ast.unparse(call.func).removeprefix("sympy.")
    if name == "sympify":
        return not any(k.arg == "strict" and ast.unparse(k.value) == "True" for k in call.keywords)
    return name in {"eval", "exec", "compile", "__import__", "parse_expr", "S"}


def modules_are_short(modules: Iterable[Module]) -> list[str]:
    """No module outgrows its budget."""
    found = []
    for module in modules:
        lines = module.source.count("\n")
        budget, _ = RAISED_MODULE_LINES.get(module.path, (MODULE_LINES, ""))
        if lines > budget:
            found.append(
                f"{module.path} has {lines} lines, over {budget}: split it, "
                f"or raise the budget in {Path(__file__).name} with a reason"
            )
    return found


def what_is_trusted_is_small(modules: Iterable[Module]) -> list[str]:
    """What has to be believed stays small."""
    found = []
    for room, budget in TRUSTED_LINES.items():
        lines = sum(module.code_lines for module in modules if module.room == room)
        if lines > budget:
            found.append(
                f"{room} has {lines} lines of code, over {budget}: take out what need not be "
                f"trusted, or raise the budget in {Path(__file__).name} with a reason"
            )
    return found


def no_catch_all_names(modules: Iterable[Module]) -> list[str]:
    """A module is called by what it holds."""
    banned = {"utils", "util", "core", "common", "helpers", "misc"}
    return [
        f"{module.path}: a name that says nothing"
        for module in modules
        if banned & set(module.path.removesuffix(".py").split("/"))
    ]


Rule = Callable[[Iterable[Module]], list[str]]

VIOLATIONS: list[tuple[Rule, Module]] = [
    (imports_go_to_the_left, Module("kernel/check.py", "from derivcheck.prover import strategy")),
    (imports_go_to_the_left, Module("kernel/check.py", "from derivcheck.language import syntax")),
    (imports_go_to_the_left, Module("kernel/check.py", "from derivcheck.extensions import facts")),
    (imports_go_to_the_left, Module("kernel/check.py", "from derivcheck.laws.law import Law")),
    (imports_go_to_the_left, Module("terms/scope.py", "from derivcheck.kernel import check")),
    (imports_go_to_the_left, Module("prover/strategy.py", "import derivcheck.reading.document")),
    (imports_go_to_the_left, Module("certificates/a.py", "from derivcheck.language import names")),
    (imports_go_to_the_left, Module("certificates/a.py", "from derivcheck.prover import dense")),
    (imports_go_to_the_left, Module("algebra/nodes.py", "from derivcheck import files")),
    (imports_go_to_the_left, Module("report/model.py", "from derivcheck.checking import Options")),
    (imports_go_to_the_left, Module("diagnostics.py", "def f():\n    import derivcheck.algebra")),
    (imports_go_to_the_left, Module("reading/scan.py", "from derivcheck.algebra import nodes")),
    (libraries_stay_in_their_rooms, Module("prover/strategy.py", "from rich.text import Text")),
    (libraries_stay_in_their_rooms, Module("report/model.py", "import sympy.core")),
    (libraries_stay_in_their_rooms, Module("terms/term.py", "from flint import fmpq")),
    (no_floats_in_the_kernel, Module("terms/term.py", "half = 0.5")),
    (no_floats_in_the_kernel, Module("kernel/check.py", "x = float(1)")),
    (no_files_in_kernel_and_prover, Module("kernel/check.py", "from pathlib import Path")),
    (no_files_in_kernel_and_prover, Module("prover/strategy.py", "import os.path")),
    (no_room_reads_a_clock, Module("prover/strategy.py", "from time import monotonic")),
    (no_room_reads_a_clock, Module("report/page.py", "import datetime")),
    (no_text_is_executed, Module("language/parser.py", "eval('1')")),
    (no_text_is_executed, Module("algebra/nodes.py", "import sympy\nsympy.sympify('1')")),
    (no_text_is_executed, Module("cli.py", "sympify(text, strict=False)")),
    (modules_are_short, Module("report/long.py", "\n" * (MODULE_LINES + 1))),
    *[
        (what_is_trusted_is_small, Module(f"{room}/long.py", "x = 1\n" * (budget + 1)))
        for room, budget in TRUSTED_LINES.items()
    ],
    (no_catch_all_names, Module("prover/utils.py", "")),
]
RULES = list(dict.fromkeys(rule for rule, _ in VIOLATIONS))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_package_keeps_the_rule(rule: Rule) -> None:
    assert rule(MODULES) == []


@pytest.mark.parametrize(
    ("rule", "module"), VIOLATIONS, ids=lambda x: x.path if isinstance(x, Module) else x.__name__
)
def test_the_rule_finds_a_violation(rule: Rule, module: Module) -> None:
    assert len(rule([module])) == 1


def test_modules_are_found() -> None:
    assert {module.room for module in MODULES} == {*ROOMS, ""}


# --- how much is trusted ---------------------------------------------------------------------------

TRUST = PACKAGE.parent / "docs" / "trust.md"
PARTS = {
    "the term language: data, substitution, what a term is": (
        "terms/term.py", "terms/wellformed.py",
    ),
    "the term language: contraction": ("terms/scope.py", "terms/sizes.py"),
    "the term language: patterns, derivatives, extension": (
        "terms/patterns.py", "terms/calculus.py", "terms/functions.py", "terms/extension.py",
    ),
    "the kernel: the definition of each node": ("kernel/lowering.py", "kernel/definitions.py"),
    "the kernel: the judgement": ("kernel/check.py", "kernel/cofactors.py"),
    "extensions: known functions": ("extensions/facts.py", "extensions/diagonal.py"),
    "extensions: cut axes and symbolic powers; their table": (
        "extensions/blocks.py", "extensions/powers.py", "extensions/table.py",
    ),
    "extensions and laws: pseudo-inverses": (
        "extensions/pseudo_inverses.py", "laws/pseudo_inverses.py",
    ),
    "extensions: expectations": ("extensions/moments.py", "algebra/randomness.py"),
    "laws of conditions, determinants, inverses, powers": (
        "laws/law.py", "laws/conditions.py", "laws/determinants.py", "laws/structured.py",
        "laws/table.py",
    ),
    "operators, functions and relations (tables)": (
        "algebra/operators.py", "algebra/functions.py",
    ),
    "goals and nodes": ("algebra/goal.py", "algebra/nodes.py", "algebra/shapes.py"),
}  # fmt: skip


def figures() -> str:
    by_path = {module.path: module.code_lines for module in MODULES}
    rows = ["", "| part | modules | lines |", "| --- | --- | --: |"]
    for part, paths in PARTS.items():
        names = ", ".join([f"`{path}`" for path in paths])
        lines = sum(by_path[path] for path in paths)
        rows.append(f"| {part} | {names} | {round(lines, -1)} |")
    return "\n".join(rows) + "\n\n"


def test_the_figures_of_what_is_trusted_are_true(request: pytest.FixtureRequest) -> None:
    text = TRUST.read_text(encoding="utf-8")
    head, mark, rest = text.partition("<!-- the figures are written by `make golden` -->\n")
    old, end, tail = rest.partition("<!-- end of the figures -->")
    assert mark
    assert end
    if request.config.getoption("--golden"):
        TRUST.write_text(f"{head}{mark}{figures()}{end}{tail}", encoding="utf-8")
    else:
        assert old == figures(), "make golden"


def test_every_module_that_is_trusted_is_counted() -> None:
    trusted = {m.path for m in MODULES if m.room in TRUSTED_LINES and "__init__" not in m.path}
    assert trusted <= {path for paths in PARTS.values() for path in paths}


# --- what an import costs -------------------------------------------------------------------------


def loaded_by(statement: str, *modules: str) -> set[str]:
    """Return which of some modules a fresh interpreter has loaded after a statement."""
    code = f"import sys\n{statement}\nprint(*(set(sys.modules) & {set(modules)!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_package_is_cheap() -> None:
    assert loaded_by("import derivcheck", "pytest", "sympy", "rich", "lark", "flint") == set()


def test_the_plugin_alone_loads_no_mathematics() -> None:
    assert loaded_by("import derivcheck.pytest_plugin", "sympy", "rich", "lark", "flint") == set()


def test_a_check_does_not_load_pytest() -> None:
    assert loaded_by("from derivcheck import check_text", "pytest", "sympy") == {"sympy"}


def test_a_check_loads_no_library_of_another_format() -> None:
    libraries = ["pylatexenc", "nbformat", "latex2mathml", "jinja2", "junitparser", "watchfiles"]
    assert loaded_by("from derivcheck import check_text; check_text('$a$')", *libraries) == set()
