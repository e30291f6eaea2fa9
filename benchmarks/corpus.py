"""Many documents: how many a second, how much memory, and whether verdicts stay the same.

Run with ``.venv/bin/python benchmarks/corpus.py [DOCUMENTS [JOBS]]``. Documents are written to a folder
that is removed afterwards; some have slips, some are not readable at all.
"""

from __future__ import annotations

import json
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


def document(number: int) -> bytes:
    """Return a small derivation with names of its own; every seventh has a slip."""
    chance = random.Random(number)
    if number % 97 == 0:
        return b"$ \xff\xfe broken"
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
    body = "\n\n".join(f"$${row}$$" for row in rows)
    head = f"---\nlayout: denominator\ngiven: [{given}]\n---\n"
    return f"{head}# Document {number}\n\n{body}\n".encode()


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


def verdicts(path: Path) -> dict[str, list[str]]:
    """Return the verdicts of each document."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        (one,) = json.loads(line)["documents"]
        steps = [step["verdict"] for claim in one["claims"] for step in claim["steps"]]
        found[one["path"]] = steps or [item["code"] for item in one["diagnostics"]]
    return found


def main(count: int, jobs: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "corpus").mkdir()
        for number in range(count):
            (folder / "corpus" / f"{number:06}.md").write_bytes(document(number))
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
        began = time.perf_counter()
        process = subprocess.Popen(many, cwd=folder, stderr=subprocess.DEVNULL)
        memory = Memory(process.pid)
        memory.start()
        process.wait()
        memory.running = False
        seconds = time.perf_counter() - began
        memory.join()
        found = verdicts(folder / "many.jsonl")
        rate = len(found) / seconds
        print(f"{len(found)} documents on {jobs} jobs: {seconds:.0f} s, {rate:.0f} a second")
        print("memory of the process in MB, by tenths of the run:", *memory.tenths(0))
        print("memory of the largest worker:                      ", *memory.tenths(1))
        sample = sorted(found)[:: max(count // 500, 1)]
        subprocess.run(
            [*command, *sample, "--output", "one.jsonl"],
            cwd=folder,
            check=False,
            stderr=subprocess.DEVNULL,
        )
        single = verdicts(folder / "one.jsonl")
        different = [path for path in sample if single.get(path) != found[path]]
        print(f"one by one, {len(sample)} of them: {len(different)} with other verdicts")


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:3]]
    main(*(numbers + [10_000, 2][len(numbers) :]))
