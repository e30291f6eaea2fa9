"""What the tests share that need more than Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

os.environ["DERIVCHECK_CACHE"] = "off"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

PAGE = r"""---
layout: denominator
macros: {'\R': '\mathbb{R}'}
given:
  - 'A \in \R^{n \times n}'
  - '\mathbf{x} \in \R^n'
  - 'g: \R \to \R'
  - 'h = g(\mathbf{x})'
---
# Slips

$$ \nabla_{\mathbf x} [\mathbf{x}^\top A \mathbf x] = 2 A \mathbf x $$

$$ \frac{\partial h}{\partial \mathbf x} = g'(\mathbf x) $$

$$ \operatorname{tr}(A A^\top) = \sum_{i=1}^n \sum_{j=1}^n A_{ij}^2 $$

$$ A \foo = $$

$$ (A + A^\top)^3 = A^3 + A^2 A^\top + A A^\top A + A A^\top A^\top + A^\top A^2 + A^\top A A^\top +
   A^\top A^\top A + A^\top A^\top A^\top $$
"""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    assert path, "no Chromium: install it, or run `make test-reach`"
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield found
        found.close()


@pytest.fixture
def derivcheck(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command in the test's folder."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "derivcheck", *arguments]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False
        )

    (tmp_path / "slips.md").write_text(PAGE, encoding="utf-8")
    return run
