"""The house rules of ``docs/architecture.md``, as tests; each rule is shown to fail on a violation.

A rule is a function from the modules of the package to a list of sentences, one for each violation.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "derivcheck"

ROOMS = (
    "limits", "diagnostics", "algebra", "reading", "language", "kernel", "certificates", "prover",
    "report",
)  # fmt: skip
"""From left to right; whatever else lies in the package stands to the right of them all."""

FORBIDDEN = {
    "reading": {"algebra"},  # knows no mathematics
    "kernel": {"reading", "language"},  # sees goals, never text
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
    "msgspec": {""},
    "platformdirs": {""},
    "watchfiles": {""},
    "joblib": {""},
    "pygls": {""},
    "lsprotocol": {""},
    "IPython": {""},
    "dask": {""},
    "ray": {""},
    "flint": {"algebra", "prover"},
    "sympy": {"algebra", "language", "kernel", "certificates", "prover", ""},
    "pytest": {""},
}
"""Which rooms may use a library; the empty name stands for everything to the right of the rooms."""

MODULE_LINES = 600
RAISED_MODULE_LINES = {
    "kernel/lowering.py": (700, "the one reading of each node, all in one place"),
    "language/derivation.py": (700, "how the formulas of a document become steps, in one place"),
    "language/derivatives.py": (700, "all ways to write a derivative, and what each varies"),
}
KERNEL_LINES = 5400
"""A third of this is docstrings; a sixth are laws of determinants, powers and inverses, one of a few
lines each."""


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
        if module.room == "kernel"
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
        if module.room in ("kernel", "prover", "algebra", "certificates")
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


def the_kernel_is_small(modules: Iterable[Module]) -> list[str]:
    """What has to be believed stays small."""
    lines = sum(module.source.count("\n") for module in modules if module.room == "kernel")
    if lines <= KERNEL_LINES:
        return []
    return [
        f"the kernel has {lines} lines, over {KERNEL_LINES}: take out what need not be trusted, "
        f"or raise the budget in {Path(__file__).name} with a reason"
    ]


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
    (imports_go_to_the_left, Module("prover/strategy.py", "import derivcheck.reading.document")),
    (imports_go_to_the_left, Module("certificates/a.py", "from derivcheck.language import names")),
    (imports_go_to_the_left, Module("certificates/a.py", "from derivcheck.prover import dense")),
    (imports_go_to_the_left, Module("algebra/nodes.py", "from derivcheck import files")),
    (imports_go_to_the_left, Module("report/model.py", "from derivcheck.checking import Options")),
    (imports_go_to_the_left, Module("diagnostics.py", "def f():\n    import derivcheck.algebra")),
    (imports_go_to_the_left, Module("reading/scan.py", "from derivcheck.algebra import nodes")),
    (libraries_stay_in_their_rooms, Module("prover/strategy.py", "from rich.text import Text")),
    (libraries_stay_in_their_rooms, Module("report/model.py", "import sympy.core")),
    (libraries_stay_in_their_rooms, Module("kernel/terms.py", "from flint import fmpq")),
    (no_floats_in_the_kernel, Module("kernel/terms.py", "half = 0.5")),
    (no_floats_in_the_kernel, Module("kernel/terms.py", "x = float(1)")),
    (no_files_in_kernel_and_prover, Module("kernel/check.py", "from pathlib import Path")),
    (no_files_in_kernel_and_prover, Module("prover/strategy.py", "import os.path")),
    (no_text_is_executed, Module("language/parser.py", "eval('1')")),
    (no_text_is_executed, Module("algebra/nodes.py", "import sympy\nsympy.sympify('1')")),
    (no_text_is_executed, Module("cli.py", "sympify(text, strict=False)")),
    (modules_are_short, Module("report/long.py", "\n" * (MODULE_LINES + 1))),
    (the_kernel_is_small, Module("kernel/long.py", "\n" * (KERNEL_LINES + 1))),
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
