"""SARIF against the schema of version 2.1.0, as the npm registry has it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema

ROOT = Path(__file__).parent.parent
SCHEMA = ROOT / ".venv/npm/node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"


def validator() -> jsonschema.Draft4Validator:
    return jsonschema.Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def test_a_run_is_valid(derivcheck, tmp_path: Path) -> None:
    (tmp_path / "empty.md").write_text("nothing")
    (tmp_path / "p.tex").write_text("\\input{gone} $x$ \\[ A = \\]")
    done = derivcheck("check", "slips.md", "empty.md", "p.tex", "gone.md", "--format", "sarif")
    log = json.loads(done.stdout)
    assert len(log["runs"][0]["results"]) >= 6
    validator().validate(log)


def test_the_schema_refuses_a_result_without_a_message() -> None:
    broken = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "a"}}, "results": [{}]}]}
    assert not validator().is_valid(broken)
