"""Operations on explicit arrays against values written by hand from the definitions."""

from __future__ import annotations

import pytest
from flint import fmpq, fmpq_mat

from derivcheck.algebra import arrays
from derivcheck.algebra.arrays import Array, column, matrix
from derivcheck.algebra.operators import OPERATORS

A = matrix([[1, 2, 3], [4, 5, 6]])
B = matrix([[1, -1], [0, 2], [3, 1]])


def test_product_is_rows_times_columns():
    assert arrays.product(A, B) == matrix([[10, 6], [22, 12]])


def test_equality_of_arrays_can_fail():
    assert matrix([[1, 2]]) != matrix([[1, 3]])
    assert matrix([[1, 2]]) != column([1, 2])
    assert matrix([[1]]) != "a matrix"


def test_transpose_swaps_rows_and_columns():
    assert arrays.transpose(A) == matrix([[1, 4], [2, 5], [3, 6]])


def test_trace_and_diagonal_take_the_diagonal():
    square = matrix([[1, 2], [3, 4]])
    assert arrays.trace(square) == Array((), [5])
    assert arrays.diagonal(square) == column([1, 4])
    assert arrays.diagonal_matrix(column([1, 4])) == matrix([[1, 0], [0, 4]])


def test_hadamard_multiplies_entry_by_entry():
    assert arrays.hadamard(A, A) == matrix([[1, 4, 9], [16, 25, 36]])


def test_kronecker_puts_a_block_at_every_entry_of_the_left_factor():
    left, right = matrix([[1, 2]]), matrix([[0, 5], [6, 7]])
    assert arrays.kronecker(left, right) == matrix([[0, 5, 0, 10], [6, 7, 12, 14]])
    assert arrays.kronecker(right, left) == matrix([[0, 0, 5, 10], [6, 12, 7, 14]])


def test_vec_stacks_columns_and_unvec_undoes_it():
    assert arrays.vec(A) == column([1, 4, 2, 5, 3, 6])
    assert arrays.unvec(arrays.vec(A), 2, 3) == A
    assert arrays.unvec(arrays.vec(A), 3, 2) != arrays.transpose(A)


def test_commutation_matrix_of_size_two_by_three():
    k = arrays.commutation(2, 3)
    assert arrays.product(k, arrays.vec(A)) == arrays.vec(arrays.transpose(A))
    # row i n + j has its 1 in column j m + i
    assert [row.index(1) for row in k.rows()] == [0, 2, 4, 1, 3, 5]
    assert arrays.transpose(k) == arrays.commutation(3, 2)
    assert k != arrays.commutation(3, 2)


def test_identity_ones_zeros_and_unit_vectors():
    assert arrays.identity(2) == matrix([[1, 0], [0, 1]])
    assert arrays.ones(1, 3) == matrix([[1, 1, 1]])
    assert arrays.zeros(2, 1) == column([0, 0])
    assert arrays.unit_vector(2, 3) == column([0, 1, 0])
    with pytest.raises(ValueError, match="no entry 4"):
        arrays.unit_vector(4, 3)


def test_sums_and_multiples():
    assert arrays.add(A, A) == arrays.scale(2, A)
    assert arrays.subtract(A, A) == arrays.zeros(2, 3)


def test_inverse_and_powers_are_exact():
    a = matrix([[2, 1], [1, 1]])
    assert arrays.product(a, arrays.inverse(a)) == arrays.identity(2)
    assert arrays.power(a, 3) == arrays.product(a, arrays.product(a, a))
    assert arrays.power(a, -2) == arrays.inverse(arrays.product(a, a))
    assert arrays.power(a, 0) == arrays.identity(2)
    assert arrays.inverse(matrix([[2]])) == Array((1, 1), [fmpq(1, 2)])


def test_inverse_needs_a_pivot_in_every_column():
    assert arrays.inverse(matrix([[0, 1], [1, 0]])) == matrix([[0, 1], [1, 0]])
    with pytest.raises(arrays.NotInvertibleError):
        arrays.inverse(matrix([[1, 2], [2, 4]]))


@pytest.mark.parametrize("n", [1, 2, 3, 5, 6, 7, 8])
def test_determinant_agrees_with_flint(n: int):
    entries = [fmpq((7 * i * i + 3 * i) % 11 - 5, 1 + i % 3) for i in range(n * n)]
    expected = fmpq_mat(n, n, entries).det()
    assert arrays.determinant(Array((n, n), entries)) == Array((), [expected])


def test_determinant_of_a_large_singular_matrix():
    entries = [fmpq(1 + i // 8) for i in range(64)]
    assert arrays.determinant(Array((8, 8), entries)) == Array((), [0])


def test_contraction_sums_adjacent_axes():
    tensor = Array((2, 1, 3), [1, 2, 3, 4, 5, 6])
    assert arrays.contraction(tensor, B) == Array((2, 1, 2), [10, 6, 22, 12])
    assert arrays.contraction(A, B) == arrays.product(A, B)


def test_arrange_names_the_axes_of_the_result():
    assert arrays.arrange(A, (1, 0)) == arrays.transpose(A)
    tensor = Array((1, 2, 3, 1), [1, 2, 3, 4, 5, 6])
    assert arrays.arrange(tensor, (2, 1)) == arrays.transpose(A)
    assert arrays.arrange(column([1, 2]), (-1, 0)) == matrix([[1, 2]])
    with pytest.raises(ValueError, match="arrangement"):
        arrays.arrange(A, (0,))


def test_block_matrix_puts_blocks_side_by_side():
    one = matrix([[1]])
    assert arrays.block_matrix([[one, matrix([[2, 3]])], [column([4]), matrix([[5, 6]])]]) == (
        matrix([[1, 2, 3], [4, 5, 6]])
    )


@pytest.mark.parametrize(
    ("operation", "operands"),
    [
        (arrays.product, (A, A)),
        (arrays.hadamard, (A, B)),
        (arrays.add, (A, B)),
        (arrays.trace, (A,)),
        (arrays.inverse, (A,)),
        (arrays.determinant, (A,)),
        (arrays.diagonal_matrix, (A,)),
        (arrays.contraction, (A, A)),
    ],
)
def test_arrays_that_do_not_fit_are_refused(operation, operands):
    with pytest.raises(ValueError, match="shapes"):
        operation(*operands)


def _axes(pattern: str) -> list[str]:
    return [side for side in pattern.split("->", maxsplit=1)[0].split(",") if side]


SIZES = {"i": 2, "j": 3, "k": 4, "l": 5}


def _axis_sizes(axes: str) -> list[int]:
    sizes, rest = [], axes
    while rest:
        if rest[0] == "(":
            group, rest = rest[1:].split(")", 1)
            sizes.append(arrays.count(SIZES[letter] for letter in group))
        else:
            sizes.append(1 if rest[0] == "1" else SIZES[rest[0]])
            rest = rest[1:]
    return sizes


@pytest.mark.parametrize("row", OPERATORS.values(), ids=lambda row: row.name)
def test_dense_rule_gives_the_shape_that_the_pattern_says(row):
    operands = [
        Array(tuple(_axis_sizes(axes)), list(range(arrays.count(_axis_sizes(axes)))))
        for axes in _axes(row.pattern)
    ]
    result = row.dense(*operands, *(SIZES[letter] for letter in row.sizes))
    assert list(result.shape) == _axis_sizes(row.pattern.split("->")[1])
