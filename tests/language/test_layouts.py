"""Every cell of the table of layouts, what no layout changes, and how a layout is inferred."""

from __future__ import annotations

import pytest
from documents import check, only, told, verdicts

GIVEN = [
    r"x \in \mathbb{R}^n",
    r"X \in \mathbb{R}^{n \times m}",
    r"t \in \mathbb{R}",
    r"f: \mathbb{R}^n \to \mathbb{R}",
    r"F: \mathbb{R}^{n \times m} \to \mathbb{R}",
    r"h: \mathbb{R}^n \to \mathbb{R}^p",
    r"Y: \mathbb{R} \to \mathbb{R}^{n \times m}",
    r"W \in \mathbb{R}^{p \times n}",
    "f = f(x)",
    "F = F(X)",
    "y = h(x)",
    "a = W x",
    r"s = a^\top a",
]
SHAPES = {
    "numerator": {
        r"\nabla_x f": "1 n",
        r"\nabla_X F": "m n",
        r"\frac{\partial y}{\partial x}": "p n",
    },
    "denominator": {
        r"\nabla_x f": "n 1",
        r"\nabla_X F": "n m",
        r"\frac{\partial y}{\partial x}": "n p",
    },
    "mixed": {r"\nabla_x f": "n 1", r"\nabla_X F": "n m", r"\frac{\partial y}{\partial x}": "p n"},
}
LAYOUTS = tuple(SHAPES)


def belongs(expression, shape):
    rows, columns = shape.split()
    return rf"{expression} \in \mathbb{{R}}^{{{rows} \times {columns}}}"


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("expression", SHAPES["mixed"])
def test_a_cell_of_the_table(layout, expression):
    shape = SHAPES[layout][expression]
    assert only(GIVEN, belongs(expression, shape), layout).verdict == "proved"
    turned = only(GIVEN, belongs(expression, " ".join(reversed(shape.split()))), layout)
    assert turned.verdict == "ill-shaped"
    assert f"derivatives are laid out in {layout} layout" in told(turned)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "step",
    [
        r"\frac{\partial f}{\partial x} = \nabla_x f",
        r"\frac{\partial F}{\partial X} = \nabla_X F",
        r"\frac{\partial y}{\partial x^\top} \in \mathbb{R}^{p \times n}",
        r"\frac{\partial a}{\partial x^\top} = W",
        r"\frac{\partial a^\top}{\partial x} = W^\top",
        r"\frac{\partial f}{\partial x^\top} \in \mathbb{R}^{1 \times n}",
        r"\frac{\partial^2 f}{\partial x \partial x^\top} \in \mathbb{R}^{n \times n}",
        r"\frac{\partial^2 s}{\partial x \partial x^\top} = 2 W^\top W",
        r"\nabla_x^2 f = \frac{\partial^2 f}{\partial x \partial x^\top}",
        r"\nabla_W s = \nabla_a s \frac{\partial a}{\partial W}",
        r"\frac{\partial Y(t)}{\partial t} \in \mathbb{R}^{n \times m}",
        r"\frac{\partial a_i}{\partial x_j} = W_{ij}",
        r"\frac{\partial s}{\partial x_j} = 2 (W^\top W x)_j",
    ],
)
def test_what_holds_in_every_layout(layout, step):
    assert only(GIVEN, step, layout).verdict == "proved"


@pytest.mark.parametrize(
    ("layout", "steps"),
    [
        ("numerator", [r"\nabla_x s = 2 a^\top W", r"\frac{\partial a}{\partial x} = W"]),
        ("denominator", [r"\nabla_x s = 2 W^\top a", r"\frac{\partial a}{\partial x} = W^\top"]),
        ("mixed", [r"\nabla_x s = 2 W^\top a", r"\frac{\partial a}{\partial x} = W"]),
    ],
)
def test_a_layout_is_inferred_from_shapes_and_told(layout, steps):
    report = check(GIVEN, "\n\n".join(f"$${step}$$" for step in steps))
    assert (report.layout, report.layout_source) == (layout, "inferred")
    assert verdicts(report) == ["proved", "proved"]
    assert all(f"in {layout} layout, which is inferred" in told(step) for step in report.steps)


def test_square_shapes_leave_it_to_the_proofs():
    given = [r"x \in \mathbb{R}^n", r"M \in \mathbb{R}^{n \times n}"]
    jacobian = r"\frac{\partial M x}{\partial x}"
    assert check(given, f"{jacobian} = M^\\top").layout == "denominator"
    assert check(given, f"{jacobian} = M").layout in ("numerator", "mixed")


def test_a_tie_is_denominator_layout():
    given = [r"x \in \mathbb{R}^n", r"M \in \mathbb{R}^{n \times n}"]
    report = check(given, r"\frac{\partial M x}{\partial x} = \frac{\partial M x}{\partial x}")
    assert report.layout == "denominator"


def test_where_no_shape_depends_on_it_there_is_no_layout():
    report = check(GIVEN, r"\frac{\partial a}{\partial x^\top} = W")
    assert report.layout is None
    assert not any("layout" in note for note in report.steps[0].notes)


def test_a_declared_layout_is_overridden_from_outside():
    step = only(GIVEN, r"\nabla_x s = 2 W^\top a", "denominator", layout="numerator")
    assert step.verdict == "ill-shaped"
