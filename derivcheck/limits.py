"""All limits, in one place: what may be read, lowered, searched for and written.

They count; none of them is a time, so a verdict depends neither on the machine nor on what else it
does. A limit that is met never makes a step proved or refuted. ``docs/limits.md`` is made from here.
"""

from __future__ import annotations

# Reading: a document beyond these is not read, or not to its end, and says so (DC0xx).

DOCUMENT_CHARACTERS = 1_000_000
"""Characters of a Markdown document."""
DOCUMENT_LINES = 40_000
"""Lines of a Markdown document."""
LATEX_CHARACTERS = 1_000_000
"""Characters of a LaTeX document."""
NOTEBOOK_CHARACTERS = 1_000_000
"""Characters of a notebook."""
INCLUDED_FILES = 200
"""Files that a LaTeX document takes in."""
INCLUDED_CHARACTERS = 2_000_000
"""Characters of all files that a LaTeX document takes in."""
INCLUSION_DEPTH = 12
"""Files in files of a LaTeX document."""
FRONT_MATTER_CHARACTERS = 32_000
"""Characters of a front matter."""
FRONT_MATTER_DEPTH = 12
"""Lists in lists of a front matter."""
FORMULAS = 10_000
"""Formulas of a document."""
PIECES = 50_000
"""Pieces of one block of text: formulas, macros, comments."""
BLOCK_DEPTH = 30
"""Lists and quotes in one another; what stands deeper is read as plain text."""
PROSE_DEPTH = 50
"""Parentheses in parentheses of a sentence; deeper ones are read as commas."""
PROSE_CHARACTERS = 4_000
"""Characters between two formulas; of more, the beginning and the end are read."""
MACROS = 1_000
"""Macros that a document defines."""
MACRO_BODY = 4_000
"""Characters of the definition of a macro; a longer one is none."""

# Language: a formula beyond these is unreadable (DC1xx).

FORMULA_CHARACTERS = 20_000
"""Characters of a formula."""
FORMULA_TOKENS = 5_000
"""Signs of a formula, macros written out."""
FORMULA_DEPTH = 100
"""Groups in groups of a formula."""
MACRO_EXPANSIONS = 1_000
"""Macros written out in a formula."""
MACRO_DEPTH = 50
"""Macros in macros."""
NUMBER_DIGITS = 100
"""Digits of a number in a formula."""
EXPONENT = 1_000_000
"""A number as exponent in a formula."""
WRITTEN_POWER = 64
"""Exponent of a power that is understood."""
BLOCK_EQUATIONS = 16
"""Blocks of a matrix in a given that is read as one equation for each block."""
TREE_HEIGHT = 200
"""Height of the tree of a formula."""
WRITTEN_SUM = 32
"""Terms of a sum between fixed numbers that is written out; a longer one stays a sum."""
GOAL_DEPTH = 120
"""Height of a goal, formulas of functions written out."""
GOAL_PARTS = 50_000
"""Parts of a goal, formulas of functions written out."""
WRITTEN_TERMS = 1024
"""Terms of all sums in one formula that are written out."""

# Kernel: a goal or a certificate beyond these is refused; the step is undecided, out of budget.

MONOMIALS = 20_000
"""Monomials of a product that is multiplied out."""
CONTRACTIONS = 100_000
"""Factors looked at while the terms of a goal are contracted."""
POWER = 64
"""Exponent of a power that is written out, and order of a derivative of a function of a number."""
MOMENT = 8
"""Entries of random variables whose product has its expectation written out."""
LOWERING_DEPTH = 400
"""Nesting of nodes and definitions."""
LOWERED_NODES = 10_000
"""Nodes read for a goal, definitions written out."""
POWER_FACTORS = 64
"""Factors of a power of a number that is written out."""
DETERMINANT_SIZE = 4
"""Size of a determinant that is written out."""

# Search: a method that meets one of these gives up; if no other one succeeds, the step is undecided.

FIRST_MONOMIALS = 100
"""Monomials of a product at first; beyond, its sums are kept as groups."""
GROUP_MONOMIALS = 200
"""Monomials beyond which no further group is multiplied out."""
COLLECTING = 200_000
"""Looks at factors while equal monomials of a goal are found."""
MATCHING = 20_000
"""Attempts at matching two factors in one comparison."""
TIES = 60
"""Ways to walk through a diagram that are tried for its form."""
RULES = 160
"""Rewriting rules made from the hypotheses of a goal."""
IDENTIFIED = 8
"""Matrices that are tried as the pseudo-inverses of a goal."""
OVERLAPS = 300
"""Overlaps of rules that are looked at."""
WAITING = 8
"""Equations that wait for their largest part to become smaller."""
REWRITES = 2_000
"""Rewritings of a goal by rules."""
REWRITING = 25_000
"""Comparisons of factors while rules are looked for."""
SETTLED = 1_000
"""Nested terms that are rewritten."""
MULTIPLES = 1_500
"""Multiples of hypotheses in one proof."""
FIXED_POSITIONS = 900
"""Fixed positions in the equations of a goal."""
CIRCLE_DIAGRAMS = 80
"""Diagrams that are rewritten in every way."""
CIRCLE_EQUATIONS = 300
"""Equations between them."""
LAWS = 60
"""Laws of determinants used for a goal."""
FACTS = 1_500
"""Steps with known functions for a goal."""
FUNCTION_LOOKS = 150_000
"""Looks into known functions for a goal."""
SQUARE_TERMS = 12
"""Terms of a number of which the square root is looked for."""
COPIES = 16
"""exp(k u) is written as a product of k factors up to this many."""
FACTORED_NUMBER = 10**6
"""A number beyond this is not taken apart into primes."""
WRITTEN_POSITIONS = 4
"""Axes up to this size are looked at position by position."""
BLOCK_PARTS = 6
"""Axes of fixed size that are cut into positions up to this many."""
BLOCK_ARGUMENTS = 20
"""Arguments of functions that are looked at position by position, at most."""
BLOCK_TERMS = 400
"""A residual of more monomials is not looked at position by position."""
EVALUATION = 400_000
"""Ring operations of one exact evaluation."""
ARRAY_ENTRIES = 20_000
"""Entries of an array in an exact evaluation."""
NUMBER_BITS = 8_192
"""Bits of a number in an exact evaluation."""
EVALUATED_ORDER = 32
"""Order of a derivative in an exact evaluation."""
EVALUATED_TERMS = 20_000
"""Products of terms of two polynomials in random entries."""
EVALUATIONS = 8_000_000
"""Ring operations of all exact evaluations about a goal."""
FREE_ENTRIES = 4_000
"""Entries that are drawn for an example."""
UNKNOWNS = 64
"""Entries that are solved for in an example."""
PLANS = 16_384
"""Choices of a name to solve each given equation for."""
REPRODUCTIONS = 60
"""Givens, and macros, that are left out in turn of what reproduces an internal error."""
INSTANCES = 64
"""Positions at which one hypothesis is looked at in an example."""
SIZE_POWER = 64
"""Exponent of a size in an exact evaluation."""
CALLS = 2_000
"""Calls within calls, from where the check of a document begins."""

# Certificates: a text beyond these is neither written nor read.

CERTIFICATE_BYTES = 16_000_000
"""Bytes of a certificate."""
CERTIFICATE_STEPS = 20_000
"""Steps of a certificate, those of lemmas included."""
CERTIFICATE_DIGITS = 400
"""Digits of a number in a certificate."""
CERTIFICATE_NAME = 200
"""Characters of a name in a certificate."""
CERTIFICATE_LIST = 100_000
"""Parts of a list in a certificate."""
CERTIFICATE_SIZE = 10**9
"""A number that is a size in a certificate."""
CERTIFICATE_EXPONENT = 64
"""An exponent in a size in a certificate."""
CERTIFICATE_ORDER = 64
"""Order of a derivative of a function of a number in a certificate."""
CERTIFICATE_INDEX = 10**10
"""Number of an index in a certificate."""
