"""Clusters on this machine: the same command, the same verdicts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import LocalCluster

FRONT = "---\nlayout: denominator\ngiven: ['A \\in \\mathbb{R}^{n \\times n}']\n---\n"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "c").mkdir()
    for number in range(20):
        slip = "A^\\top" if number % 5 == 0 else "A"
        (tmp_path / "c" / f"{number:02}.md").write_text(f"{FRONT}# D{number}\n\n$$A = {slip}$$\n")
    (tmp_path / "c" / "bytes.md").write_bytes(b"$a$ \xff\xfe")
    return tmp_path


def verdicts(text: str) -> dict[str, list[str]]:
    found = {}
    for line in text.splitlines():
        (one,) = json.loads(line)["documents"]
        found[one["path"]] = [step["verdict"] for claim in one["claims"] for step in claim["steps"]]
    return found


EXPECTED = {
    **{f"c/{k:02}.md": ["refuted" if k % 5 == 0 else "proved"] for k in range(20)},
    "c/bytes.md": [],
}


@pytest.mark.parametrize("backend", ["dask", "ray"])
def test_a_cluster_of_its_own(derivcheck, corpus: Path, backend: str) -> None:
    done = derivcheck("check", "c", "--format", "json-lines", "--jobs", "2", "--backend", backend)
    assert verdicts(done.stdout) == EXPECTED, done.stderr
    assert done.returncode == 2  # one cannot be read


@pytest.fixture
def scheduler() -> Iterator[str]:
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        yield cluster.scheduler_address


def test_a_cluster_that_is_running(derivcheck, corpus: Path, scheduler: str) -> None:
    options = ["--format", "json-lines", "--backend", "dask", "--scheduler", scheduler]
    output = corpus / "r.jsonl"
    done = derivcheck("check", "c", *options, "--output", str(output))
    assert done.returncode == 2, done.stderr
    assert verdicts(output.read_text()) == EXPECTED
    again = derivcheck("check", "c", *options, "--output", str(output), "--resume")
    assert again.returncode == 2
    # Only what could not be read is tried again.
    assert output.read_text().count("\n") == len(EXPECTED) + 1
