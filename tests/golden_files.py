"""Golden files: rendered reports to compare with; only ``make golden`` writes them."""

from __future__ import annotations

import re
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"


def scrubbed(text: str) -> str:
    """Return a report without what differs between machines: times, and paths up to the file."""
    text = re.sub(r"\b\d+(\.\d+)? (ms|s)\b", "T s", text)
    text = re.sub(r'("seconds": )\d+(\.\d+)?(e-?\d+)?', r"\g<1>0", text)
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
