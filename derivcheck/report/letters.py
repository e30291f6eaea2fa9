"""Tables of what LaTeX looks like in Unicode: scripts, accents, alphabets, signs. Plain data."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from derivcheck.language import spelling as sp

RAISED = dict(
    zip(
        "0123456789+-=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ",
        strict=True,
    )
) | {"⊤": "ᵀ", "'": "'"}
LOWERED = dict(
    zip("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True)
)
MARKS = {
    r"\hat": "\u0302", r"\tilde": "\u0303", r"\bar": "\u0304", r"\overline": "\u0304",
    r"\vec": "\u20d7", r"\dot": "\u0307", r"\ddot": "\u0308", r"\check": "\u030c",
    r"\breve": "\u0306", r"\acute": "\u0301", r"\grave": "\u0300", r"\mathring": "\u030a",
    r"\underline": "\u0332",
}  # fmt: skip
STYLES = {
    r"\mathbf": ("MATHEMATICAL BOLD", ""),
    r"\boldsymbol": ("MATHEMATICAL BOLD", ""),
    r"\mathbb": ("MATHEMATICAL DOUBLE-STRUCK", "DOUBLE-STRUCK"),
    r"\mathcal": ("MATHEMATICAL SCRIPT", "SCRIPT"),
    r"\mathscr": ("MATHEMATICAL SCRIPT", "SCRIPT"),
    r"\mathfrak": ("MATHEMATICAL FRAKTUR", "BLACK-LETTER"),
}
SIGNS = {
    tokens[0]: sign for sign, tokens in reversed(sp.UNICODE.items()) if len(tokens) == 1
} | {
    "-": "-", r"\cdot": "·", r"\sigma": "σ", r"\Omega": "Ω", r"\Delta": "Δ", r"\mu": "μ",
    r"\epsilon": "ε", r"\varepsilon": "ε", r"\varphi": "φ", r"\varrho": "ρ", r"\ell": "ℓ",
    r"\|": "‖", r"\{": "{", r"\}": "}", ":=": "≔", r"\to": "→", r"\prime": "'", r"\notin": "∉",
    r"\subset": "⊂", r"\subseteq": "⊆", r"\land": "∧", r"\vee": "∨", r"\cap": "∩", r"\cup": "∪",
    r"\prec": "≺", r"\preceq": "⪯", r"\ll": "≪", r"\gg": "≫", r"\sim": "∼", r"\perp": "⊥",
    r"\lfloor": "⌊", r"\rfloor": "⌋", r"\lceil": "⌈", r"\rceil": "⌉", r"\bullet": "•", "*": "*",
    r"\imath": "ı", r"\jmath": "ȷ", r"\hbar": "ℏ", r"\nonumber": "", "&": "", r"\\": "",
}  # fmt: skip
MATRICES = {
    "bmatrix": ("[", "]"),
    "pmatrix": ("(", ")"),
    "matrix": ("[", "]"),
    "vmatrix": ("|", "|"),
}
OPENING = frozenset(("(", "[", r"\{", r"\langle", r"\lfloor", r"\lceil"))
CLOSING = frozenset((")", "]", r"\}", r"\rangle", r"\rfloor", r"\rceil"))
SPACED = (sp.OPERATORS - {"/", ":", "*"}) | sp.RELATIONS | sp.CONNECTIVES


@lru_cache(maxsize=2048)
def styled(letter: str, style: str) -> str:
    """Return a letter in bold, double-struck, script or fraktur; empty when there is none."""
    words = unicodedata.name(letter, "").replace("GREEK ", "").replace("LATIN ", "")
    words = words.replace("LETTER ", "")
    for lead in STYLES[style]:
        try:
            return unicodedata.lookup(f"{lead} {words}")
        except KeyError:
            continue
    return ""
