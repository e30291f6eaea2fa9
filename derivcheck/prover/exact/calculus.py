"""The rules of exact evaluation for indices, sums, tensors and derivatives."""

from __future__ import annotations

from collections.abc import Callable

from flint import fmpq
from sympy import Basic

from derivcheck.algebra import arrays, nodes
from derivcheck.algebra.arrays import Array, Element
from derivcheck.prover.exact.assignment import Family, Key, Member, key_of
from derivcheck.prover.exact.duals import Dual, UndefinedError, UnsupportedError, slope
from derivcheck.prover.exact.evaluation import Evaluation, Frame, Rule, Value


def _entry_of(e: Evaluation, node: Basic) -> Element:
    array = e.array(node.args[0])
    if len(node.args) - 1 != len(array.shape):
        raise UnsupportedError("a component with the wrong number of indices")
    flat = 0
    for index, size in zip(node.args[1:], array.shape, strict=True):
        position = e.position(index)
        if not 1 <= position <= size:
            raise UndefinedError("an index outside of its range")
        flat = flat * size + position - 1
    return array.entries[flat]


def _single_entry(e: Evaluation, node: Basic) -> Element:
    array = e.array(node.args[0])
    if len(array.entries) != 1:
        raise UndefinedError("a matrix that is 1 × 1 only at other sizes")
    return array.entries[0]


def _delta(e: Evaluation, node: Basic) -> Element:
    i, j = (e.position(index) for index in node.args)
    tops = [_range(e, index) for index in node.args if isinstance(index, nodes.IndexVariable)]
    fixed = [k for k, index in ((i, node.args[0]), (j, node.args[1])) if not index.args]
    if tops and any(not 1 <= k <= tops[0] for k in fixed):
        raise UndefinedError("an index outside of its range")
    return e.constant(1 if i == j else 0)


def _index_value(e: Evaluation, node: Basic) -> Element:
    return e.constant(e.position(node))


def _sum(e: Evaluation, node: Basic) -> Value:
    body, index = node.args
    total: Array | None = None
    top = _range(e, index)
    e.spend(top)
    for position in range(1, top + 1):
        with e.bind_indices({index: position}):
            term = e.array(body)
        e.spend(len(term.entries))
        total = term if total is None else arrays.add(total, term)
    if total is None:
        raise UndefinedError("an empty sum")
    return total if total.shape else total.entries[0]


def _range(e: Evaluation, index: Basic) -> int:
    return e.integer(index.size) if isinstance(index, nodes.IndexVariable) else 1


def _assembled(e: Evaluation, node: Basic) -> Array:
    body, i, j = node.args
    m, n = _range(e, i), _range(e, j)
    e.allot(m * n)
    entries = []
    for row in range(1, m + 1):
        for column in range(1, n + 1):
            values = {
                index: position
                for index, position in ((i, row), (j, column))
                if isinstance(index, nodes.IndexVariable)
            }
            with e.bind_indices(values):
                entries.append(e.number(body))
    return Array((m, n), entries)


def _derivative(e: Evaluation, node: Basic) -> Array:
    body, variable, point, rebound = node.args
    at = e.array(point)
    name, mask = _variable(e, variable)
    e.groups += 1
    group, one = e.groups, e.constant(1)
    count = len(at.entries)
    seeds = Array(at.shape, [Dual(group, x, {k: one}) for k, x in enumerate(at.entries)])
    frame = Frame(mask, e.weight * (count + 1))
    frame.names[name] = seeds if seeds.shape else seeds.entries[0]
    for held, value in rebound:
        if held == value:
            _follow(e, frame, held, e.evaluate(value))
    with e.binding(frame):
        for follower, value in rebound:
            if follower != value:
                _follow(e, frame, follower, e.evaluate(value))
        inside = e.array(body)
    e.allot(len(inside.entries) * count)
    entries = [slope(x, group, k) for x in inside.entries for k in range(count)]
    if e.arithmetic != "exact":
        entries = [e.constant(x) if isinstance(x, fmpq) else x for x in entries]
    return Array(inside.shape + at.shape, entries)


def _follow(e: Evaluation, frame: Frame, name: Basic, value: Value) -> None:
    """Let a name have a value of its own inside of a derivative."""
    key, bit = _variable(e, name)
    frame.names[key] = value
    frame.mask |= bit
    # values found before this name was rebound may rest on its old value
    frame.memo.clear()
    frame.resolved.clear()


def _variable(e: Evaluation, node: Basic) -> tuple[Key | Member, int]:
    key = key_of(node)
    if isinstance(key, Family):
        positions = tuple(e.position(i) for i in nodes.member_indices(node))
        return (key, positions), e.structure.bit(key)
    return key, e.structure.bit(key)


def _differential(e: Evaluation, node: Basic) -> Value:
    body, pairs = node.args
    e.groups += 1
    frame = Frame(0, e.weight * 2)
    outer = list(e.frames)
    for name, change in pairs:
        key = key_of(name)
        frame.mask |= e.structure.bit(key)
        if isinstance(key, Family):
            frame.families[key] = _varied_family(e, name, change, e.groups, outer)
        else:
            moved = _moved(e.array(name), e.array(change), e.groups)
            frame.names[key] = moved if moved.shape else moved.entries[0]
    group = e.groups
    with e.binding(frame):
        inside = e.array(body)
    result = inside.map(lambda x: slope(x, group, 0))
    return result if result.shape else result.entries[0]


def _moved(value: Array, change: Array, group: int) -> Array:
    if value.shape != change.shape:
        raise UnsupportedError("a differential of another shape than its variable")
    return Array(
        value.shape,
        [Dual(group, x, {0: d}) for x, d in zip(value.entries, change.entries, strict=True)],
    )


def _varied_family(
    e: Evaluation, name: Basic, change: Basic, group: int, outer: list[Frame]
) -> Callable[[tuple[int, ...]], Value]:
    """Return the members of a family, each varied along its own differential."""
    indices = nodes.member_indices(name)
    key = key_of(name)
    assert isinstance(key, Family)

    def member(positions: tuple[int, ...]) -> Value:
        bound: dict[Basic, int] = {}
        moves = True
        with e.within(outer):
            for index, position in zip(indices, positions, strict=True):
                if isinstance(index, nodes.IndexVariable):
                    moves = moves and bound.setdefault(index, position) == position
                else:
                    moves = moves and e.position(index) == position
            value = e.member_at(key, positions)
            if not moves:
                return value
            with e.bind_indices(bound):
                change_value = e.array(change)
        array = value if isinstance(value, Array) else arrays.number(value)
        moved = _moved(array, change_value, group)
        return moved if moved.shape else moved.entries[0]

    return member


def _arranged(e: Evaluation, node: Basic) -> Value:
    tensor = e.array(node.args[0])
    e.spend(len(tensor.entries))
    axes = [int(axis) for axis in node.args[1]]
    if any(s != 1 for axis, s in enumerate(tensor.shape) if axis not in axes):
        raise UndefinedError("an axis left out that has size 1 only at other sizes")
    return arrays.arrange(tensor, axes)


def _tensor_product(e: Evaluation, node: Basic) -> Array:
    s, t = (e.array(argument) for argument in node.args)
    if s.shape and t.shape:
        e.allot(len(s.entries) * len(t.entries) // (s.shape[-1] * t.shape[0]))
        e.spend(len(s.entries) * len(t.entries) // t.shape[0])
    return arrays.contraction(s, t)


RULES: dict[type, Rule] = {
    nodes.IndexVariable: _index_value,
    nodes.MatrixScalar: _single_entry,
    nodes.ScalarArranged: _single_entry,
    nodes.Component: _entry_of,
    nodes.Delta: _delta,
    nodes.ScalarSummation: _sum,
    nodes.MatrixSummation: _sum,
    nodes.Assembled: _assembled,
    nodes.TensorDerivative: _derivative,
    nodes.ScalarDifferential: _differential,
    nodes.MatrixDifferential: _differential,
    nodes.Arranged: _arranged,
    nodes.ArrangedTensor: _arranged,
    nodes.TensorProduct: _tensor_product,
}
