"""Many documents: on all cores of this machine, or on a cluster.

joblib hands the documents out, to processes of its own (loky) or to a Dask or Ray cluster. A task
carries the text of its document and of the files that it takes in, so a worker needs no shared
folder; a result is JSON, as in the cache. Verdicts are those of a run one by one, because no budget
is timed and nothing is carried from one document to the next.

One bad document never stops the rest: an error is its diagnostic, and when a process dies, the
documents that were under way are checked again, each in a process of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from typing import Any, TypeVar

import msgspec
from joblib import Parallel, cpu_count, delayed, parallel_config
from msgspec import Struct, field

from derivcheck.files import reason
from derivcheck.options import Options
from derivcheck.report.model import DocumentReport
from derivcheck.running import broken, unreadable

BACKENDS = ("loky", "dask", "ray")
IN_A_BATCH = 8
"""Documents for each worker at a time, where a backend cannot hand out results one by one."""


class Plan(Struct, frozen=True):
    """Where documents are checked.

    Attributes:
        jobs: how many at a time; 0 for as many as there are cores.
        backend: one of ``BACKENDS``.
        scheduler: address of a running cluster; None for one of its own on this machine.
    """

    jobs: int = 0
    backend: str = "loky"
    scheduler: str | None = None

    @property
    def workers(self) -> int:
        """How many documents are checked at a time."""
        return self.jobs or int(cpu_count())


class Task(Struct, frozen=True):
    """A document to check, with the texts of the files that it takes in."""

    number: int
    path: str
    content: bytes
    files: dict[str, str | None] = field(default_factory=dict)


Check = Callable[[Task, Options], bytes]
Result = TypeVar("Result")


def checked(task: Task, options: Options) -> bytes:
    """Return the report of a document as JSON.

    Raises:
        Never: what goes wrong is a diagnostic of the report.
    """
    from derivcheck.checking import check_document
    from derivcheck.reading import read

    try:
        text = task.content.decode("utf-8-sig")
        report = check_document(read(task.path, text, task.files.get), options)
    except UnicodeDecodeError as error:
        report = unreadable(task.path, reason(error))
    except Exception as error:
        report = broken(task.path, f"derivcheck failed on this document ({type(error).__name__})")
    report.sha256 = hashlib.sha256(task.content).hexdigest()
    return msgspec.json.encode(report)


def check_many(
    tasks: Iterable[Task], options: Options, plan: Plan, check: Check = checked
) -> Iterator[tuple[Task, DocumentReport]]:
    """Yield the report of each document as soon as it is there, in any order.

    Args:
        tasks: are taken as workers become free, not all at once.
        options: how each document is checked.
        plan: where.
        check: what a worker does with a task.

    Raises:
        OSError: if the cluster cannot be reached.

    Cost:
        In memory, a few documents for each worker, however many there are.
    """
    waiting = iter(tasks)
    pending: dict[int, Task] = {}

    def calls() -> Iterator[Any]:
        for task in waiting:
            pending[task.number] = task
            yield delayed(_numbered)(check, task, options)

    with _backend(plan):
        while True:
            try:
                for number, content in _results(calls(), plan):
                    yield pending.pop(number), _decoded(content)
            except Exception:
                # The pool or a worker died. What was under way is tried once more, alone.
                if not pending:
                    raise
            else:
                return
            for number in sorted(pending):
                task = pending.pop(number)
                yield task, _alone(check, task, options)


def _numbered(check: Check, task: Task, options: Options) -> tuple[int, bytes]:
    return task.number, check(task, options)


def _decoded(content: bytes) -> DocumentReport:
    return msgspec.json.decode(content, type=DocumentReport)


def _results(calls: Iterator[Any], plan: Plan) -> Iterator[tuple[int, bytes]]:
    if plan.backend != "ray":
        run = Parallel(n_jobs=plan.workers, return_as="generator_unordered")
        yield from run(calls)
        return
    while batch := list(islice(calls, plan.workers * IN_A_BATCH)):
        yield from Parallel(n_jobs=plan.workers)(batch)


def _alone(check: Check, task: Task, options: Options) -> DocumentReport:
    """Check a document in a process of its own, which may die."""
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        try:
            return _decoded(pool.submit(check, task, options).result())
        except BrokenProcessPool:
            return broken(task.path, "the process that checked this document died")


@contextmanager
def _backend(plan: Plan) -> Iterator[None]:
    """Use a backend, with a cluster of its own on this machine if none is named."""
    if plan.backend == "loky":
        with parallel_config("loky", n_jobs=plan.workers):
            yield
    elif plan.backend == "dask":
        from dask.distributed import Client

        local = {"n_workers": plan.workers, "threads_per_worker": 1, "dashboard_address": None}
        client: AbstractContextManager[Any] = Client(
            **({"address": plan.scheduler} if plan.scheduler else local)
        )
        with client, parallel_config("dask", n_jobs=plan.workers, wait_for_workers_timeout=60):
            yield
    else:
        import ray
        from ray.util.joblib import register_ray

        found = {"address": plan.scheduler} if plan.scheduler else {"num_cpus": plan.workers}
        ray.init(**found, include_dashboard=False, log_to_driver=False)
        register_ray()
        try:
            with parallel_config("ray", n_jobs=plan.workers):
                yield
        finally:
            ray.shutdown()


def in_order(found: Iterable[tuple[int, Result]]) -> Iterator[tuple[int, Result]]:
    """Yield numbered results in the order of their numbers, each as soon as it can be.

    Example:
        >>> list(in_order([(1, "b"), (0, "a"), (3, "d")]))
        [(0, 'a'), (1, 'b'), (3, 'd')]
    """
    early: dict[int, Result] = {}
    following = 0
    for number, result in found:
        early[number] = result
        while following in early:
            yield following, early.pop(following)
            following += 1
    for number in sorted(early):
        yield number, early[number]
