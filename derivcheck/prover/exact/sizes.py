"""Which concrete sizes to try, and in which order."""

from __future__ import annotations

import itertools
from collections.abc import Iterator


def size_schedule(count: int) -> Iterator[tuple[tuple[int, ...], bool]]:
    """Yield sizes to try for ``count`` size symbols, and whether they are pairwise different.

    Pairwise different ones come first, then ever more that coincide. A size of 1 counts as one that
    coincides: what holds of 1 × 1 matrices alone holds for no size.

    Raises:
        Never.

    Example:
        >>> [sizes for sizes, different in size_schedule(2) if different]
        [(2, 3), (3, 2)]
    """
    seen: set[tuple[int, ...]] = set()
    for sizes in _size_candidates(count):
        if sizes not in seen:
            seen.add(sizes)
            yield sizes, len({1, *sizes}) == count + 1


def _size_candidates(count: int) -> Iterator[tuple[int, ...]]:
    up = tuple(range(2, count + 2))
    yield up
    yield up[::-1]
    if count <= 3:
        yield from itertools.permutations(up)
    else:
        for k in range(1, count):
            yield up[k:] + up[:k]
    yield tuple(range(1, count + 1))
    yield tuple(range(count, 0, -1))
    if count:
        yield (count + 2, *range(1, count))
    for blocks in range(count - 1, 0, -1):
        for pattern in itertools.islice(_patterns(count, blocks), 12):
            yield tuple(2 + block for block in pattern)
            yield tuple(1 + blocks - block for block in pattern)
    yield (1,) * count


def _patterns(count: int, blocks: int) -> Iterator[tuple[int, ...]]:
    """Yield which sizes coincide: restricted growth strings with the given number of blocks."""
    for pattern in itertools.islice(itertools.product(range(blocks), repeat=count), 4096):
        first = list(dict.fromkeys(pattern))
        if first == list(range(blocks)):
            yield pattern
