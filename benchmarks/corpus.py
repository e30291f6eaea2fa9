"""Many documents: how many a second, how much memory, and whether reports stay the same.

Run with ``.venv/bin/python benchmarks/corpus.py [DOCUMENTS [JOBS]]``. Documents are written to a folder
that is removed afterwards: small derivations with names of their own in Markdown, LaTeX and
notebooks; every seventh has a slip, some are not readable at all, and every twentieth is a page of
the gallery. 500 of them are checked once more one by one, in one process and in another order, and
all of their reports is compared but the times.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

STEPS = (
    (r"({A} {B})^\top = {B}^\top {A}^\top", r"({A} {B})^\top = {A}^\top {B}^\top"),
    (r"\operatorname{{tr}}({A} {B}) = \operatorname{{tr}}({B} {A})", r"{A} {B} = {B} {A}"),
    (
        r"\nabla_{x} [{x}^\top {A} {x}] = ({A} + {A}^\top) {x}",
        r"\nabla_{x} [{x}^\top {A} {x}] = 2 {A} {x}",
    ),
    (r"\nabla_{x} \|{A} {x}\|_2^2 = 2 {A}^\top {A} {x}", r"\nabla_{x} \|{A} {x}\|_2^2 = 2 {A} {x}"),
    (
        r"\operatorname{{vec}}({A} {B}) = (I \otimes {A}) \operatorname{{vec}}({B})",
        r"\operatorname{{vec}}({A} {B}) = ({A} \otimes I) \operatorname{{vec}}({B})",
    ),
)


GALLERY = sorted(Path(__file__).parent.parent.glob("proofs/[!R]*.md"))


def document(number: int) -> tuple[str, bytes]:
    """Return a suffix and a document: a small derivation, or a page of the gallery."""
    chance = random.Random(number)
    if number % 97 == 0:
        return ".md", b"$ \xff\xfe broken"
    if number % 20 == 0:
        return ".md", GALLERY[number // 20 % len(GALLERY)].read_bytes()
    names = dict(
        zip("ABx", (*chance.sample("ABCDEFGHMPQRSTUVW", 2), chance.choice("uvwxyz")), strict=True)
    )
    slip = chance.randrange(4) if number % 7 == 0 else -1
    rows = [
        step[position == slip].format(**names)
        for position, step in enumerate(chance.sample(STEPS, 4))
    ]
    given = (
        f"'{names['A']}, {names['B']} \\in \\mathbb{{R}}^{{n \\times n}}', "
        f"'{names['x']} \\in \\mathbb{{R}}^n'"
    )
    if number % 10 == 3:
        head = f"% derivcheck:\n%   layout: denominator\n%   given: [{given}]\n"
        body = "\n".join(f"\\[ {row} \\]" for row in rows)
        return ".tex", f"{head}\\section{{Document {number}}}\n{body}\n".encode()
    head = f"---\nlayout: denominator\ngiven: [{given}]\n---\n# Document {number}\n"
    body = "\n\n".join(f"$${row}$$" for row in rows)
    if number % 10 == 6:
        cells = [
            {"cell_type": "markdown", "metadata": {}, "source": text, "id": f"c{place}"}
            for place, text in enumerate([head, body])
        ]
        notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        return ".ipynb", json.dumps(notebook).encode()
    return ".md", f"{head}\n{body}\n".encode()


class Memory(threading.Thread):
    """The largest memory of a process and of its children, in MB, in each tenth of the run."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.process = process
        self.samples: list[tuple[int, int]] = []
        self.running = True

    def run(self) -> None:
        """Look twice a second."""
        while self.running:
            own, children = resident(self.process), [resident(k) for k in children_of(self.process)]
            self.samples.append((own, max(children, default=0)))
            time.sleep(0.5)

    def tenths(self, which: int) -> list[int]:
        """Return the largest value of each tenth, of the process (0) or of a worker (1)."""
        values = [sample[which] for sample in self.samples]
        size = max(len(values) // 10, 1)
        return [
            max(values[k : k + size]) for k in range(0, size * 10, size) if values[k : k + size]
        ]


def resident(process: int) -> int:
    """Return the resident memory of a process in MB."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    lines = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(lines[0].split()[1]) // 1024 if lines else 0


def children_of(process: int) -> list[int]:
    """Return the processes below a process."""
    try:
        found = [
            int(k) for k in Path(f"/proc/{process}/task/{process}/children").read_text().split()
        ]
    except OSError:
        return []
    return found + [inner for child in found for inner in children_of(child)]


def reports(path: Path) -> dict[str, object]:
    """Return the report of each document, without times."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        (one,) = json.loads(line)["documents"]
        for claim in one["claims"]:
            for step in claim["steps"]:
                del step["seconds"]
        found[one["path"]] = one
    return found


def main(count: int, jobs: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "corpus").mkdir()
        for number in range(count):
            suffix, content = document(number)
            (folder / "corpus" / f"{number:06}{suffix}").write_bytes(content)
        command = [
            sys.executable,
            "-m",
            "derivcheck",
            "check",
            "--no-cache",
            "--format",
            "json-lines",
        ]
        many = [*command, "corpus", "--jobs", str(jobs), "--output", "many.jsonl"]
        before, began = os.times(), time.perf_counter()
        process = subprocess.Popen(many, cwd=folder, stderr=subprocess.DEVNULL)
        memory = Memory(process.pid)
        memory.start()
        process.wait()
        memory.running = False
        seconds, after = time.perf_counter() - began, os.times()
        spent = after.children_user + after.children_system
        spent -= before.children_user + before.children_system
        memory.join()
        found = reports(folder / "many.jsonl")
        rate = len(found) / seconds
        assert len(found) == count
        others = os.getloadavg()[0]
        took = f"{seconds:.0f} s, {rate:.0f} a second (load of the machine {others:.1f})"
        print(f"{len(found)} documents on {jobs} jobs: {took}")
        print(f"CPU time: {spent:.0f} s, {len(found) / spent:.0f} documents for each second of it")
        print("memory of the process in MB, by tenths of the run:", *memory.tenths(0))
        print("memory of the largest worker:                      ", *memory.tenths(1))
        sample = random.Random(0).sample(sorted(found), min(count, 500))
        subprocess.run(
            [*command, *sample, "--output", "one.jsonl"],
            cwd=folder,
            check=False,
            stderr=subprocess.DEVNULL,
        )
        single = reports(folder / "one.jsonl")
        different = [path for path in sample if single.get(path) != found[path]]
        print(
            f"one by one, {len(sample)} of them: {len(different)} with another report", *different
        )


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:3]]
    main(*(numbers + [10_000, 2][len(numbers) :]))
