"""Hostile documents: too deep, too long, too large, circular, or made to make a prover explode."""

from __future__ import annotations

HEAD = r"""---
layout: denominator
given:
  - 'A, B \in \mathbb{R}^{n \times n}'
  - 'x, y \in \mathbb{R}^n'
  - 'c \in \mathbb{R}'
  - 'g: \mathbb{R} \to \mathbb{R}'
  - 'f: \mathbb{R}^n \to \mathbb{R}'
---
"""
TRUE_STEP = "$$(A B)^\\top = B^\\top A^\\top$$\n"
"""Stands behind each hostile display: it must still be proved."""


def display(formula: str) -> str:
    return f"{HEAD}\n$${formula}$$\n\n{TRUE_STEP}"


def nested(opening: str, inside: str, closing: str, depth: int) -> str:
    return opening * depth + inside + closing * depth


def givens(*lines: str) -> str:
    body = "".join(f"  - '{line}'\n" for line in lines)
    return HEAD.replace("---\n", "", 1).replace("---\n", body + "---\n").join(("---\n", ""))


DISPLAYS = {
    "a hundred thousand braces": nested("{", "A", "}", 100_000) + " = A",
    "a hundred thousand open braces": "{" * 100_000 + "A = A",
    "a hundred thousand parentheses": nested("(", "A", ")", 100_000) + " = A",
    "five thousand left and right": nested(r"\left(", "A", r"\right)", 5000) + " = A",
    "five thousand fractions": nested(r"\frac{1}{1 + ", "c", "}", 5000) + " = c",
    "ninety fractions": nested(r"\frac{1}{1 + ", "c", "}", 90) + " = c",
    "five thousand roots": nested(r"\sqrt{", "c", "}", 5000) + " = c",
    "five thousand subscripts": nested("c_{", "c", "}", 5000) + " = c",
    "ninety transposes": nested("(", "A B", r")^\top", 90) + " = A B",
    "a thousand primes": "A" + "'" * 1000 + " = A",
    "twelve calls": nested("g(", "x", ")", 12) + " = x",
    "five thousand calls": nested("g(", "x", ")", 5000) + " = x",
    "a slope of six calls": r"\nabla_x [\mathbf{1}^\top " + nested("g(", "x", ")", 6) + "] = x",
    "a tower of powers": "((A^{3})^{3})^{3} = A",
    "a tower of numbers": "((c^{64})^{64})^{64} = c",
    "thirty fractions": " + ".join(rf"\frac{{1}}{{(c + {k})(c + {k + 1})}}" for k in range(30))
    + r" = \frac{1}{c} - \frac{1}{c + 30}",
    "a power of a power of sums": r"((c + x^\top y)^{20} + c)^{20} = c",
    "an exponent beyond reason": "A^{999999999} = A",
    "a number beyond reason": "9" * 5000 + " c = c",
    "a decimal beyond reason": "0." + "9" * 5000 + " c = c",
    "a size beyond reason": r"I_{99999999999999999999} = I_{99999999999999999999}",
    "an identity of order a million": r"\operatorname{tr}(I_{1000000}) = 1000000",
    "ten derivatives": nested(r"\frac{d}{dc}[", "g(c)", "]", 10) + " = 0",
    "six gradients": nested(r"\nabla_x [x^\top ", "x", "]", 6) + " = x",
    "a product of sums": "(A + B)" * 9 + " = A",
    "a power of a sum": "(A + B + A B)^{6} = A",
    "a symmetric power": r"(x^\top x)^{30} = (x^\top x)^{29}",
    "a trace of a power": r"\operatorname{tr}((A A^\top)^{9}) = \operatorname{tr}((A^\top A)^{9})",
    "many equal factors": r"x^\top A x \," * 5 + "= 1",
    "a Kronecker product of many": r"\otimes ".join("A" * 30) + " = A",
    "a Hadamard product of many": r"\odot ".join("A" * 15) + " = A",
    "a sum of two thousand": " + ".join(["A"] * 2000) + " = 2000 A",
    "a difference of two thousand": " - ".join(["c"] * 2000) + " = -1998 c",
    "a product of a thousand": " ".join(["A"] * 1000) + " = A^{1000}",
    "a chain of five hundred": " = ".join(["A + B"] * 500),
    "sums in sums": nested(r"\sum_{k=1}^{30} ", "c", "", 8) + " = c",
    "sums over sizes in sums": "".join(rf"\sum_{{{k}=1}}^{{n}} " for k in "ijklpqrs") + "c = c",
    "a sum to a billion": r"\sum_{k=1}^{1000000000} c = 1000000000 c",
    "determinants of determinants": nested(r"\det(", "A", ")", 80) + r" = \det(A)",
    "vec of vec": nested(r"\operatorname{vec}(", "A", ")", 80) + r" = \operatorname{vec}(A)",
    "diag of diag": nested(r"\operatorname{diag}(", "x", ")", 30) + " = x",
    "differentials of differentials": "d " * 60 + "A = 0",
    "inverses of inverses": nested("(", "A + B", ")^{-1}", 6) + " = A + B",
    "empty groups": "{}" * 20_000 + "A = A",
    "alignment marks": "&" * 20_000 + "A = A",
    "line ends": r"A \\ " * 5000 + "= A",
    "signs": "A = " + "-" * 5000 + "A",
    "equality signs": "A " + "= " * 3000 + "A",
    "matrices in matrices": nested(r"\begin{bmatrix}", "A", r"\end{bmatrix}", 200) + " = A",
    "a wide matrix": r"\begin{bmatrix}" + " & ".join("c" * 300) + r"\end{bmatrix} = x^\top",
    "environments in environments": nested(r"\begin{aligned}", "A", r"\end{aligned}", 500) + "= A",
    "a word of a hundred thousand letters": "A" * 100_000 + " = A",
    "a command of a hundred thousand letters": "\\" + "a" * 100_000 + " = A",
    "a formula of two megabytes": "A + " * 500_000 + "A = A",
    "letters of all the world": "Ω 名 = é ß ☃ 𝐀 \u202e \u0000 \ud7ff",
    "bare commands": r"\frac \sqrt \nabla \partial \sum \left \right \begin \end \operatorname = A",
    "division by nothing": r"\frac{c}{c - c} = \frac{c - c}{c - c}",
    "logarithm of zero": r"\log(c - c) = \sqrt{-1 - c^2}",
}

DOCUMENTS = {
    "nothing": "",
    "white space": " \n\t\n" * 1000,
    "no front matter": TRUE_STEP,
    "front matter without an end": "---\ngiven:\n  - 'A'\n" + TRUE_STEP,
    "control characters": "".join(map(chr, range(32))) * 100 + "\n\n" + TRUE_STEP,
    "dollars": "$" * 10_000,
    "odd dollars": "$$A = B$ $C$$ $ \\$$ $$$ D = E $$$$$ \n\n" * 200,
    "two thousand givens": givens(
        *(rf"C_{{{k}}} \in \mathbb{{R}}^{{n \times n}}" for k in range(2000))
    )
    + TRUE_STEP,
    "sixty definitions in a row": givens(
        "C_0 = A",
        *(f"C_{{{k}}} = C_{{{k - 1}}} + B" if k > 1 else "C_{1} = C_0" for k in range(1, 60)),
    )
    + TRUE_STEP,
    "sixty definitions in a circle": givens(
        *(f"C_{{{k}}} = A C_{{{(k + 1) % 60}}}" for k in range(60))
    )
    + TRUE_STEP,
    "a definition of everything by everything": givens(
        *(f"C_{{{k}}} = " + " + ".join(f"C_{{{j}}}" for j in range(20)) for k in range(20))
    )
    + TRUE_STEP,
    "functions that call each other": givens("p(c) = q(c)", "q(c) = p(c)")
    + "$$p(1) = q(1)$$\n\n"
    + TRUE_STEP,
    "a function that calls itself": givens("p(c) = p(p(c))") + "$$p(1) = 1$$\n\n" + TRUE_STEP,
    "functions that double": givens(
        "q_0(c) = c", *(f"q_{{{k}}}(c) = q_{{{k - 1}}}(q_{{{k - 1}}}(c))" for k in range(1, 30))
    )
    + "$$q_{29}(c) = c$$\n\n"
    + TRUE_STEP,
    "hypotheses by the hundred": givens(*(rf"A^{{{k}}} B = B A^{{{k}}}" for k in range(2, 60)))
    + TRUE_STEP,
    "forty matrices that commute": givens(
        *(rf"P_{{{k}}} \in \mathbb{{R}}^{{n \times n}}" for k in range(40)),
        *(f"P_{{{k}}} P_{{{k + 1}}} = P_{{{k + 1}}} P_{{{k}}}" for k in range(39)),
    )
    + "$$P_{0} P_{39} x = P_{39} P_{0} x$$\n\n"
    + TRUE_STEP,
    "headings": "# A = B\n" * 5000 + "\n" + TRUE_STEP,
    "quotes in quotes": ">" * 2000 + " $$A = A$$\n\n" + TRUE_STEP,
    "lists in lists": "".join("  " * k + "- a\n" for k in range(300)) + "\n" + TRUE_STEP,
    "fences": "```math\n" * 2001 + "\n",
    "comments": "<!--" * 5000 + "\n\n" + TRUE_STEP,
    "macros that call each other": HEAD
    + r"\newcommand{\p}{\q\q}\newcommand{\q}{\p\p}"
    + "\n\n$$\\p = A$$\n\n"
    + TRUE_STEP,
    "macros that double": HEAD
    + r"\newcommand{\pa}{A A}"
    + "".join(
        rf"\newcommand{{\p{chr(98 + k)}}}{{\p{chr(97 + k)}\p{chr(97 + k)}}}" for k in range(24)
    )
    + "\n\n$$\\py = A$$\n\n"
    + TRUE_STEP,
    "four hundred steps": HEAD + "$$A + B = B + A$$\n\n" * 400,
}
