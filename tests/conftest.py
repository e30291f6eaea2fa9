"""What all tests share: the golden files, Hypothesis profiles and pytest's own test bench."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from golden_files import compare_with_golden

pytest_plugins = ["pytester"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--golden", action="store_true", help="rewrite the golden files instead of comparing"
    )


def pytest_configure(config: pytest.Config) -> None:
    os.environ["DERIVCHECK_CACHE"] = "off"
    from hypothesis import HealthCheck, settings

    quiet = [HealthCheck.too_slow]
    settings.register_profile(
        "default", derandomize=True, deadline=None, database=None, suppress_health_check=quiet
    )
    settings.register_profile(
        "fuzz", max_examples=5000, deadline=None, print_blob=True, suppress_health_check=quiet
    )
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Return a function that compares a text with the golden file of that name."""
    rewrite = request.config.getoption("--golden")

    def compare(name: str, text: str) -> None:
        compare_with_golden(name, text, rewrite=rewrite)

    return compare
