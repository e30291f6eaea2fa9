"""The one table of all that is added to the core. It is closed: nothing registers itself."""

from __future__ import annotations

import sympy

from derivcheck.algebra import nodes
from derivcheck.algebra.randomness import MatrixExpectation, ScalarExpectation
from derivcheck.extensions import blocks, diagonal, facts, moments, powers, pseudo_inverses
from derivcheck.laws.law import Law
from derivcheck.laws.table import equation_of
from derivcheck.terms.extension import Extension

EXTENSIONS = Extension(
    clauses={
        nodes.Blocks: blocks.assembled,
        ScalarExpectation: moments.expectation,
        MatrixExpectation: moments.expectation,
        nodes.PseudoInverse: pseudo_inverses.clause,
        nodes.IndexVariable: powers.number_of_index,
        sympy.Pow: powers.symbolic_power,
        sympy.MatPow: powers.matrix_power,
    },
    functions={**powers.FUNCTIONS, **pseudo_inverses.FUNCTIONS},
    heads={blocks.Part: blocks.part_fits, powers.Position: powers.position_fits},
    equations={Law: equation_of},
    steps={
        blocks.Spread: blocks.take,
        facts.Fact: facts.take_fact,
        diagonal.DiagonalInverse: diagonal.take,
        pseudo_inverses.Identify: pseudo_inverses.take,
    },
    known=facts.facts_of,
)
