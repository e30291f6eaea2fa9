"""What all tests share: the golden files, Hypothesis profiles and pytest's own test bench."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--golden", action="store_true", help="rewrite the golden files instead of comparing"
    )


def pytest_configure(config: pytest.Config) -> None:
    from hypothesis import HealthCheck, settings

    quiet = [HealthCheck.too_slow]
    settings.register_profile(
        "default", derandomize=True, deadline=None, database=None, suppress_health_check=quiet
    )
    settings.register_profile(
        "fuzz", max_examples=5000, deadline=None, print_blob=True, suppress_health_check=quiet
    )
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def scrubbed(text: str) -> str:
    """Return a report without what differs between machines: times, and paths up to the file."""
    text = re.sub(r"\b\d+(\.\d+)? (ms|s)\b", "T s", text)
    text = re.sub(r'("seconds": )\d+(\.\d+)?(e-?\d+)?', r"\1 0", text)
    text = re.sub(r'("version": )"[^"]*"', r'\1"V"', text)
    return re.sub(r"(?<![\w.])/(?:[\w.+-]+/)+", "/…/", text)


def compare_with_golden(name: str, text: str, *, rewrite: bool, folder: Path = GOLDEN) -> None:
    """Fail unless ``text``, scrubbed, is what the golden file holds."""
    path = folder / name
    text = scrubbed(text)
    if rewrite:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return
    assert path.exists(), f"{path} is missing: make golden"
    assert text == path.read_text(encoding="utf-8")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Return a function that compares a text with the golden file of that name."""
    rewrite = request.config.getoption("--golden")

    def compare(name: str, text: str) -> None:
        compare_with_golden(name, text, rewrite=rewrite)

    return compare
