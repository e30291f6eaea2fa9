r"""Tables of LaTeX spellings: what is dress, what is a variant of what, what kind of sign it is.

Plain data, no code. A control word that stands in none of these tables is unknown to the reader.
"""

from __future__ import annotations

SPACES = frozenset(
    [r"\,", r"\;", r"\:", r"\!", r"\>", r"~", r"\thinspace", r"\medspace", r"\thickspace", r"\negthinspace", r"\enspace", r"\enskip"]
) | {"\\ ", "\\\n", "\\\t"}

DROPPED = frozenset(
    [r"\displaystyle", r"\textstyle", r"\scriptstyle", r"\scriptscriptstyle", r"\limits", r"\nolimits", r"\nonumber", r"\notag", r"\mathstrut", r"\strut", r"\allowbreak", r"\nobreak", r"\noindent", r"\hfill", r"\hfil", r"\protect", r"\relax", r"\hline", r"\middle", r"\qed", r"\qedhere", r"\normalsize", r"\small", r"\large"]
)

# The argument goes too.
DROPPED_WITH_ARGUMENT = frozenset(
    [r"\hspace", r"\vspace", r"\phantom", r"\hphantom", r"\vphantom", r"\color", r"\eqref", r"\ref", r"\cite", r"\hskip", r"\mkern", r"\fontsize", r"\setcounter"]
)

# How many arguments go; the one after them stays.
COLOURS = {r"\textcolor": 1, r"\colorbox": 1, r"\fcolorbox": 2, r"\mathcolor": 1}

# The control word goes, its argument stays.
UNWRAPPED = frozenset(
    [r"\boxed", r"\mathbin", r"\mathrel", r"\mathord", r"\mathop", r"\mathopen", r"\mathclose", r"\mathpunct", r"\mathinner", r"\smash", r"\cancel", r"\bcancel", r"\xcancel", r"\ensuremath", r"\fbox", r"\framebox", r"\vcenter", r"\mathit", r"\mathnormal", r"\operatornamewithlimits", r"\hbox", r"\rlap", r"\llap", r"\mathrlap", r"\mathllap", r"\bbox"]
)

# Old switches: what follows them in their group is the argument of the command.
SWITCHES = {
    r"\rm": r"\mathrm",
    r"\bf": r"\mathbf",
    r"\cal": r"\mathcal",
    r"\it": r"\mathit",
    r"\sf": r"\mathsf",
    r"\bfseries": r"\mathbf",
    r"\boldmath": r"\mathbf",
}

SIZES = frozenset(
    f"\\{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")
)

# A sign that may stand after \left: its canonical spelling, and its side when the spelling tells it.
DELIMITERS = {
    "(": ("(", ""),
    ")": (")", ""),
    "[": ("[", ""),
    "]": ("]", ""),
    r"\{": (r"\{", ""),
    r"\}": (r"\}", ""),
    r"\lbrace": (r"\{", ""),
    r"\rbrace": (r"\}", ""),
    r"\lbrack": ("[", ""),
    r"\rbrack": ("]", ""),
    r"\lparen": ("(", ""),
    r"\rparen": (")", ""),
    r"\langle": (r"\langle", ""),
    r"\rangle": (r"\rangle", ""),
    r"\lfloor": (r"\lfloor", ""),
    r"\rfloor": (r"\rfloor", ""),
    r"\lceil": (r"\lceil", ""),
    r"\rceil": (r"\rceil", ""),
    "|": ("|", ""),
    r"\vert": ("|", ""),
    r"\lvert": ("|", "open"),
    r"\rvert": ("|", "close"),
    r"\|": (r"\|", ""),
    r"\Vert": (r"\|", ""),
    r"\lVert": (r"\|", "open"),
    r"\rVert": (r"\|", "close"),
    "<": ("<", ""),
    ">": (">", ""),
    ".": (".", ""),
}

CLOSERS = {
    "(": ")",
    "[": "]",
    r"\{": r"\}",
    r"\langle": r"\rangle",
    r"\lfloor": r"\rfloor",
    r"\lceil": r"\rceil",
}

ALIASES = {
    r"\dfrac": r"\frac",
    r"\tfrac": r"\frac",
    r"\cfrac": r"\frac",
    r"\bm": r"\boldsymbol",
    r"\pmb": r"\boldsymbol",
    r"\mathbfit": r"\boldsymbol",
    r"\symbf": r"\mathbf",
    r"\widehat": r"\hat",
    r"\widetilde": r"\tilde",
    r"\mathds": r"\mathbb",
    r"\Bbb": r"\mathbb",
    r"\mathbbm": r"\mathbb",
    r"\bold": r"\mathbf",
    r"\intercal": r"\top",
    r"\transpose": r"\top",
    r"\dag": r"\dagger",
    r"\le": r"\leq",
    r"\ge": r"\geq",
    r"\leqslant": r"\leq",
    r"\geqslant": r"\geq",
    r"\ne": r"\neq",
    r"\lt": "<",
    r"\gt": ">",
    r"\coloneqq": ":=",
    r"\coloneq": ":=",
    r"\colonequals": ":=",
    r"\triangleq": ":=",
    r"\eqdef": ":=",
    r"\defeq": ":=",
    r"\colon": ":",
    r"\vcentcolon": ":",
    r"\rightarrow": r"\to",
    r"\longrightarrow": r"\to",
    r"\longmapsto": r"\mapsto",
    r"\dotsc": r"\dots",
    r"\dotsb": r"\dots",
    r"\dotsm": r"\dots",
    r"\ldots": r"\dots",
    r"\cdots": r"\dots",
    r"\vdots": r"\dots",
    r"\ddots": r"\dots",
    r"\hdots": r"\dots",
    r"\Longrightarrow": r"\Rightarrow",
    r"\implies": r"\Rightarrow",
    r"\Longleftrightarrow": r"\Leftrightarrow",
    r"\iff": r"\Leftrightarrow",
    r"\Longleftarrow": r"\Leftarrow",
    r"\impliedby": r"\Leftarrow",
    r"\qquad": r"\quad",
    r"\wedge": r"\land",
    r"\and": r"\land",
    r"\ast": "*",
    r"\hadamard": r"\odot",
}

NEGATED = {"=": r"\neq", r"\in": r"\notin", r"\equiv": r"\not\equiv"}

ROW_COMMANDS = frozenset((r"\newline", r"\cr", r"\tabularnewline", r"\crcr"))

# Control words whose argument is prose; what the token is called then.
RAW_ARGUMENT = {
    r"\text": r"\text",
    r"\textrm": r"\text",
    r"\textnormal": r"\text",
    r"\textit": r"\text",
    r"\textbf": r"\text",
    r"\textsf": r"\text",
    r"\mbox": r"\text",
    r"\intertext": r"\text",
    r"\shortintertext": r"\text",
    r"\tag": r"\nonumber",
    r"\label": r"\nonumber",
}

WORD_COMMANDS = frozenset((r"\operatorname", r"\mathrm", r"\mathsf", r"\mathtt", r"\mathup"))

# Control words that LaTeX does not define but that authors use as if it did.
BARE_FUNCTIONS = frozenset(
    [r"\tr", r"\Tr", r"\trace", r"\diag", r"\Diag", r"\rank", r"\adj", r"\cof", r"\sgn", r"\sign", r"\Var", r"\Cov", r"\E", r"\softmax", r"\ReLU", r"\relu", r"\unvec", r"\vech", r"\mat", r"\erf", r"\sigmoid", r"\argmin", r"\argmax", r"\Re", r"\Im"]
)

# Environments that only arrange statements in rows.
ALIGNMENTS = frozenset(
    ["align", "aligned", "alignat", "alignedat", "split", "gather", "gathered", "equation", "eqnarray", "flalign", "multline", "multlined", "subequations", "math", "displaymath"]
)
MATRICES = frozenset(
    ["matrix", "bmatrix", "pmatrix", "Bmatrix", "vmatrix", "Vmatrix", "smallmatrix", "array", "cases", "dcases", "rcases"]
)
ENVIRONMENTS_WITH_ARGUMENT = frozenset(("array", "alignat", "alignedat", "aligned", "gathered"))

SYMBOLS = frozenset(
    [r"\alpha", r"\beta", r"\gamma", r"\delta", r"\epsilon", r"\varepsilon", r"\zeta", r"\eta", r"\theta", r"\vartheta", r"\iota", r"\kappa", r"\varkappa", r"\lambda", r"\mu", r"\nu", r"\xi", r"\omicron", r"\pi", r"\varpi", r"\rho", r"\varrho", r"\sigma", r"\varsigma", r"\tau", r"\upsilon", r"\phi", r"\varphi", r"\chi", r"\psi", r"\omega", r"\Gamma", r"\Delta", r"\Theta", r"\Lambda", r"\Xi", r"\Pi", r"\Sigma", r"\Upsilon", r"\Phi", r"\Psi", r"\Omega", r"\Alpha", r"\Beta", r"\Epsilon", r"\Zeta", r"\Eta", r"\Iota", r"\Kappa", r"\Mu", r"\Nu", r"\Rho", r"\Tau", r"\Chi", r"\digamma", r"\ell", r"\hbar", r"\imath", r"\jmath", r"\wp", r"\aleph", r"\infty", r"\emptyset", r"\varnothing", r"\star", r"\dagger", r"\ddagger", r"\top", r"\bot", r"\prime", r"\flat", r"\sharp", r"\natural", r"\square", r"\Box", r"\bullet", r"\triangle", r"\dots", r"\#", r"\$", r"\&", r"\_", r"\%"]
)

ACCENTS = frozenset(
    [r"\hat", r"\tilde", r"\bar", r"\overline", r"\vec", r"\dot", r"\ddot", r"\dddot", r"\check", r"\breve", r"\acute", r"\grave", r"\mathring", r"\underline", r"\overrightarrow"]
)
STYLES = frozenset([r"\mathbf", r"\boldsymbol", r"\mathbb", r"\mathcal", r"\mathscr", r"\mathfrak", r"\mathbcal"])

RELATIONS = frozenset(
    [r"=", r":=", r"<", r">", r"\neq", r"\equiv", r"\not\equiv", r"\leq", r"\geq", r"\in", r"\notin", r"\ni", r"\approx", r"\propto", r"\to", r"\mapsto", r"\sim", r"\simeq", r"\cong", r"\succ", r"\succeq", r"\prec", r"\preceq", r"\ll", r"\gg", r"\subset", r"\subseteq", r"\supset", r"\supseteq", r"\perp", r"\gets", r"\leftarrow", r"\doteq", r"\asymp", r"\lesssim", r"\gtrsim", r"\parallel", r"\leftrightarrow", r"\curlyeqsucc", r"\succcurlyeq", r"\preccurlyeq", r"\hookrightarrow", r"\xrightarrow", r"\uparrow", r"\downarrow", r"\vdash", r"\models"]
)

# Statements stand on both sides.
CONNECTIVES = frozenset(
    [r"\Rightarrow", r"\Leftrightarrow", r"\Leftarrow", r"\therefore", r"\because", r"\land", r"\lor", r"\vee"]
)

SUMS = frozenset("+-")
PRODUCTS = frozenset((r"\cdot", r"\times"))
TENSORS = {
    r"\odot": "hadamard",
    r"\circ": "hadamard",
    r"\otimes": "kronecker",
    r"\oslash": "hadamard-division",
}
OPERATORS = SUMS | PRODUCTS | frozenset(TENSORS) | {"/", "*", ":"}
OPERATORS_NOT_READ = frozenset(
    [r"\pm", r"\mp", r"\oplus", r"\ominus", r"\div", r"\cap", r"\cup", r"\setminus", r"\boxtimes", r"\uplus", r"\bigcirc", r"\sqcup", r"\amalg", r"\diamond", r"\ltimes", r"\rtimes", r"!", r"\wr"]
)

BIG_OPERATORS = {r"\sum": "sum", r"\prod": "product"}
BIG_NOT_READ = frozenset(
    [r"\int", r"\iint", r"\iiint", r"\oint", r"\lim", r"\limsup", r"\liminf", r"\bigotimes", r"\bigodot", r"\bigoplus", r"\bigcup", r"\bigcap", r"\bigwedge", r"\bigvee", r"\coprod", r"\binom", r"\choose", r"\dbinom", r"\tbinom", r"\exists", r"\neg", r"\lnot", r"\xleftarrow", r"\genfrac", r"\over", r"\atop", r"\mathop", r"\sup", r"\inf", r"\arg", r"\Pr", r"\deg", r"\dim", r"\ker", r"\hom", r"\gcd", r"\limits", r"\injlim", r"\varinjlim", r"\cases", r"\matrix", r"\pmatrix", r"\substack"]
)

# Control words of LaTeX that are functions, and the bare word of each.
FUNCTION_COMMANDS = {
    r"\exp": "exp",
    r"\log": "log",
    r"\ln": "log",
    r"\sin": "sin",
    r"\cos": "cos",
    r"\tan": "tan",
    r"\sinh": "sinh",
    r"\cosh": "cosh",
    r"\tanh": "tanh",
    r"\coth": "coth",
    r"\cot": "cot",
    r"\sec": "sec",
    r"\csc": "csc",
    r"\arcsin": "arcsin",
    r"\arccos": "arccos",
    r"\arctan": "arctan",
    r"\lg": "lg",
    r"\det": "det",
    r"\max": "max",
    r"\min": "min",
}

# Words in \operatorname, \mathrm, \text that are functions, and the bare word of each.
FUNCTION_WORDS = {
    "tr": "tr",
    "Tr": "tr",
    "trace": "tr",
    "Trace": "tr",
    "det": "det",
    "Det": "det",
    "logdet": "logdet",
    "vec": "vec",
    "Vec": "vec",
    "unvec": "unvec",
    "mat": "unvec",
    "vech": "vech",
    "diag": "diag",
    "Diag": "diag",
    "rank": "rank",
    "rk": "rank",
    "adj": "adj",
    "cof": "cof",
    "E": "E",
    "Cov": "Cov",
    "cov": "Cov",
    "Var": "Var",
    "var": "Var",
    "Re": "Re",
    "Im": "Im",
    "exp": "exp",
    "log": "log",
    "ln": "log",
    "sin": "sin",
    "cos": "cos",
    "tan": "tan",
    "sinh": "sinh",
    "cosh": "cosh",
    "tanh": "tanh",
    "arctan": "arctan",
    "sqrt": "sqrt",
    "abs": "abs",
    "sign": "sign",
    "sgn": "sign",
    "max": "max",
    "min": "min",
    "softmax": "softmax",
    "Softmax": "softmax",
    "SoftMax": "softmax",
    "softplus": "softplus",
    "sigmoid": "sigma",
    "Sigmoid": "sigma",
    "relu": "relu",
    "ReLU": "relu",
    "Relu": "relu",
    "erf": "erf",
}

# Functions whose argument without brackets is the whole following product.
PRODUCT_FUNCTIONS = frozenset(("tr", "E", "Var", "rank"))

# Words that may be spelled in plain letters right before a bracket.
PLAIN_WORDS = ("softmax", "logdet", "diag", "Diag", "rank", "vec", "det", "exp", "log", "tr", "Tr")

# Letters that name a space and never a thing of their own; the kind of each.
SPACE_NAMES = {
    **{f"\\mathbb{{{letter}}}": "other" for letter in "CQZSHPKE"},
    r"\mathbb{R}": "real",
    r"\mathbb{N}": "natural",
}

UNICODE: dict[str, tuple[str, ...]] = {
    "∇": (r"\nabla",),
    "∂": (r"\partial",),
    "⊗": (r"\otimes",),
    "⊙": (r"\odot",),
    "∘": (r"\circ",),
    "⊘": (r"\oslash",),
    "·": (r"\cdot",),
    "⋅": (r"\cdot",),
    "∙": (r"\cdot",),
    "×": (r"\times",),
    "−": ("-",),
    "–": ("-",),
    "±": (r"\pm",),
    "∓": (r"\mp",),
    "∗": ("*",),
    "÷": (r"\div",),
    "⊕": (r"\oplus",),
    "∑": (r"\sum",),
    "∏": (r"\prod",),
    "∫": (r"\int",),
    "√": (r"\sqrt",),
    "∈": (r"\in",),
    "∉": (r"\notin",),
    "≠": (r"\neq",),
    "≤": (r"\leq",),
    "≥": (r"\geq",),
    "⩽": (r"\leq",),
    "⩾": (r"\geq",),
    "≈": (r"\approx",),
    "≡": (r"\equiv",),
    "≔": (":=",),
    "≜": (":=",),
    "∝": (r"\propto",),
    "∼": (r"\sim",),
    "≻": (r"\succ",),
    "⪰": (r"\succeq",),
    "≽": (r"\succeq",),
    "→": (r"\to",),
    "↦": (r"\mapsto",),
    "⇒": (r"\Rightarrow",),
    "⟹": (r"\Rightarrow",),
    "⇔": (r"\Leftrightarrow",),
    "⟺": (r"\Leftrightarrow",),
    "⇐": (r"\Leftarrow",),
    "∀": (r"\forall",),
    "∃": (r"\exists",),
    "∞": (r"\infty",),
    "…": (r"\dots",),
    "⋯": (r"\dots",),
    "′": ("'",),
    "’": ("'",),
    "‖": (r"\|",),
    "∥": (r"\|",),
    "⟨": (r"\langle",),
    "⟩": (r"\rangle",),
    "⊤": (r"\top",),
    "⊥": (r"\bot",),
    "†": (r"\dagger",),
    "⋆": (r"\star",),
    "ℝ": (r"\mathbb", "{", "R", "}"),
    "ℕ": (r"\mathbb", "{", "N", "}"),
    "ℤ": (r"\mathbb", "{", "Z", "}"),
    "ℂ": (r"\mathbb", "{", "C", "}"),
    "𝔼": (r"\mathbb", "{", "E", "}"),
    "ℒ": (r"\mathcal", "{", "L", "}"),
    "ℓ": (r"\ell",),
    "µ": (r"\mu",),
    "∆": (r"\Delta",),
    "Ω": (r"\Omega",),
    "½": (r"\frac", "{", "1", "}", "{", "2", "}"),
    "¼": (r"\frac", "{", "1", "}", "{", "4", "}"),
    "\u2009": (r"\,",),
    "\u202f": (r"\,",),
    "ϕ": (r"\phi",),
    "ϵ": (r"\epsilon",),
    "ϑ": (r"\vartheta",),
}
for _letter, _name in zip(
    "αβγδεζηθικλμνξοπρςστυφχψωΓΔΘΛΞΠΣΥΦΨΩ",
    ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi", "omicron", "pi", "rho", "varsigma", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega"],
    strict=True,
):
    UNICODE[_letter] = ("\\" + _name,)

SCRIPT_CHARACTERS = {
    **{letter: ("^", digit) for letter, digit in zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True)},
    **{letter: ("_", digit) for letter, digit in zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)},
    **{letter: ("_", plain) for letter, plain in zip("ᵢⱼₖₗₘₙₚₜᵣₛₓₐ", "ijklmnptrsxa", strict=True)},
    "⁺": ("^", "+"),
    "⁻": ("^", "-"),
    "ᵀ": ("^", r"\top"),
    "ᵗ": ("^", r"\top"),
    "ⁿ": ("^", "n"),
    "ⁱ": ("^", "i"),
    "ᵏ": ("^", "k"),
    "ᵐ": ("^", "m"),
    "⁽": ("^", "("),
    "⁾": ("^", ")"),
    "₊": ("_", "+"),
    "₋": ("_", "-"),
}

COMBINING = {
    "\u0302": r"\hat",
    "\u0303": r"\tilde",
    "\u0304": r"\bar",
    "\u0305": r"\bar",
    "\u0307": r"\dot",
    "\u20d7": r"\vec",
}

MATHEMATICAL_STYLES = (
    ("BOLD ITALIC", r"\boldsymbol"),
    ("BOLD", r"\mathbf"),
    ("DOUBLE-STRUCK", r"\mathbb"),
    ("SCRIPT", r"\mathcal"),
)
