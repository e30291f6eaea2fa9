"""derivcheck reads a matrix-calculus derivation and says, step by step, what is proved.

The names below are the public interface; each is imported when it is first used, so that
``import derivcheck`` stays cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from derivcheck.checking import check_file, check_text
    from derivcheck.diagnostics import CODES, Diagnostic, Span
    from derivcheck.options import Options
    from derivcheck.prover.verdict import Counterexample, Verdict
    from derivcheck.proving import gradient, jacobian, prove
    from derivcheck.report.model import ClaimReport, DocumentReport, Report, StepReport

__version__ = "0.1.0"

__all__ = [
    "CODES",
    "ClaimReport",
    "Counterexample",
    "Diagnostic",
    "DocumentReport",
    "Options",
    "Report",
    "Span",
    "StepReport",
    "Verdict",
    "__version__",
    "check_file",
    "check_text",
    "gradient",
    "jacobian",
    "prove",
]

_HOMES = {
    "CODES": "derivcheck.diagnostics",
    "ClaimReport": "derivcheck.report.model",
    "Counterexample": "derivcheck.prover.verdict",
    "Diagnostic": "derivcheck.diagnostics",
    "DocumentReport": "derivcheck.report.model",
    "Options": "derivcheck.options",
    "Report": "derivcheck.report.model",
    "Span": "derivcheck.diagnostics",
    "StepReport": "derivcheck.report.model",
    "Verdict": "derivcheck.prover.verdict",
    "check_file": "derivcheck.checking",
    "check_text": "derivcheck.checking",
    "gradient": "derivcheck.proving",
    "jacobian": "derivcheck.proving",
    "prove": "derivcheck.proving",
}


def load_ipython_extension(shell: Any) -> None:
    """Let a notebook have ``%%derivcheck`` and rich displays: ``%load_ext derivcheck``."""
    from derivcheck.magic import load

    load(shell)


def __getattr__(name: str) -> Any:
    """Import a public name from the module that holds it."""
    if name not in _HOMES:
        raise AttributeError(f"module 'derivcheck' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """Return the public names, imported or not."""
    return sorted(__all__)
