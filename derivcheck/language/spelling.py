r"""Tables of LaTeX spellings: what is dress, what is a variant of what, what kind of sign it is.

Plain data. A control word that stands in none of these tables is unknown to the reader.
"""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


SPACES = words(
    r"\, \; \: \! \> ~ \thinspace \medspace \thickspace \negthinspace \enspace \enskip"
) | {"\\ ", "\\\n", "\\\t"}

DROPPED = words(
    r"""\displaystyle \textstyle \scriptstyle \scriptscriptstyle \limits \nolimits \nonumber \notag
    \mathstrut \strut \allowbreak \nobreak \noindent \hfill \hfil \protect \relax \hline \middle
    \qed \qedhere \normalsize \small \large"""
)

# The argument goes too.
DROPPED_WITH_ARGUMENT = words(
    r"""\hspace \vspace \phantom \hphantom \vphantom \color \eqref \ref \cite \hskip \mkern
    \fontsize \setcounter"""
)

# How many arguments go; the one after them stays.
COLOURS = {r"\textcolor": 1, r"\colorbox": 1, r"\fcolorbox": 2, r"\mathcolor": 1}

# The control word goes, its argument stays.
UNWRAPPED = words(
    r"""\boxed \mathbin \mathrel \mathord \mathop \mathopen \mathclose \mathpunct \mathinner \smash
    \cancel \bcancel \xcancel \ensuremath \fbox \framebox \vcenter \mathit \mathnormal
    \operatornamewithlimits \hbox \rlap \llap \mathrlap \mathllap \bbox"""
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

# What may stand after \left: its canonical spelling, and its side when the spelling tells it.
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
BARE_FUNCTIONS = words(
    r"""\tr \Tr \trace \diag \Diag \rank \adj \cof \sgn \sign \Var \Cov \E \softmax \ReLU \relu
    \unvec \vech \mat \erf \sigmoid \argmin \argmax \Re \Im"""
)

# Environments that only arrange statements in rows.
ALIGNMENTS = words(
    """align aligned alignat alignedat split gather gathered equation eqnarray flalign multline
    multlined subequations math displaymath"""
)
MATRICES = words(
    "matrix bmatrix pmatrix Bmatrix vmatrix Vmatrix smallmatrix array cases dcases rcases"
)
ENVIRONMENTS_WITH_ARGUMENT = frozenset(("array", "alignat", "alignedat", "aligned", "gathered"))

SYMBOLS = words(
    r"""\alpha \beta \gamma \delta \epsilon \varepsilon \zeta \eta \theta \vartheta \iota \kappa
    \varkappa \lambda \mu \nu \xi \omicron \pi \varpi \rho \varrho \sigma \varsigma \tau
    \upsilon \phi \varphi \chi \psi \omega \Gamma \Delta \Theta \Lambda \Xi \Pi \Sigma \Upsilon
    \Phi \Psi \Omega \Alpha \Beta \Epsilon \Zeta \Eta \Iota \Kappa \Mu \Nu \Rho \Tau \Chi
    \digamma \ell \hbar \imath \jmath \wp \aleph \infty \emptyset \varnothing \star \dagger
    \ddagger \top \bot \prime \flat \sharp \natural \square \Box \bullet \triangle \dots \# \$
    \& \_ \%"""
)

ACCENTS = words(
    r"""\hat \tilde \bar \overline \vec \dot \ddot \dddot \check \breve \acute \grave \mathring
    \underline \overrightarrow"""
)
STYLES = words(r"\mathbf \boldsymbol \mathbb \mathcal \mathscr \mathfrak \mathbcal")

RELATIONS = words(
    r"""= := < > \neq \equiv \not\equiv \leq \geq \in \notin \ni \approx \propto \to \mapsto \sim
    \simeq \cong \succ \succeq \prec \preceq \ll \gg \subset \subseteq \supset \supseteq \perp
    \gets \leftarrow \doteq \asymp \lesssim \gtrsim \parallel \leftrightarrow \curlyeqsucc
    \succcurlyeq \preccurlyeq \hookrightarrow \xrightarrow \uparrow \downarrow \vdash \models"""
)

# Statements stand on both sides.
CONNECTIVES = words(r"\Rightarrow \Leftrightarrow \Leftarrow \therefore \because \land \lor \vee")

SUMS = frozenset("+-")
PRODUCTS = frozenset((r"\cdot", r"\times"))
TENSORS = {
    r"\odot": "hadamard",
    r"\circ": "hadamard",
    r"\otimes": "kronecker",
    r"\oslash": "hadamard-division",
}
OPERATORS = SUMS | PRODUCTS | frozenset(TENSORS) | {"/", "*", ":"}
OPERATORS_NOT_READ = words(
    r"""\pm \mp \oplus \ominus \div \cap \cup \setminus \boxtimes \uplus \bigcirc \sqcup \amalg
    \diamond \ltimes \rtimes ! \wr"""
)

BIG_OPERATORS = {r"\sum": "sum", r"\prod": "product"}
BIG_NOT_READ = words(
    r"""\int \iint \iiint \oint \lim \limsup \liminf \bigotimes \bigodot \bigoplus \bigcup \bigcap
    \bigwedge \bigvee \coprod \binom \choose \dbinom \tbinom \exists \neg \lnot \xleftarrow
    \genfrac \over \atop \mathop \sup \inf \arg \Pr \deg \dim \ker \hom \gcd \limits \injlim
    \varinjlim \cases \matrix \pmatrix \substack"""
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

# Letters that are functions where they are not declared and stand before brackets or a prime.
FUNCTION_LETTERS = {
    r"\sigma": "sigma",
    r"\Phi": "normal-cdf",
    r"\varphi": "normal-density",
}

# Words in \operatorname, \mathrm, \text that are functions, and the bare word of each.
# Words that join statements and say nothing of what stands before them.
JOINING = words(
    """and or so hence thus therefore then since because as by using from gives implies i.e. ie
    that which e.g. also but while yields equivalently consequently via see"""
)
# Words in a display that speak about formulas and are never names in them.
PROSE = JOINING | words(
    """let given suppose assume define denote where with for if when whenever unless provided such
    s.t. st else otherwise eq eqn lemma theorem claim step const constant"""
)

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
    "expit": "sigma",
    "erf": "erf",
    "step": "step",
    "Heaviside": "step",
    "heaviside": "step",
    "logsumexp": "logsumexp",
    "LogSumExp": "logsumexp",
    "LSE": "logsumexp",
    "lse": "logsumexp",
    "GELU": "gelu",
    "gelu": "gelu",
    "Gelu": "gelu",
    "SiLU": "silu",
    "silu": "silu",
    "swish": "silu",
    "Swish": "silu",
}

# Functions whose argument without brackets is the whole following product.
PRODUCT_FUNCTIONS = frozenset(("tr", "E", "Var", "rank"))

# Words that may be spelled in plain letters right before a bracket.
PLAIN_WORDS = (
    "softmax", "logdet", "diag", "Diag", "rank", "vec", "det", "exp", "log", "tr", "Tr", "Var", "Cov",
)  # fmt: skip

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
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
        "theta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "omicron",
        "pi",
        "rho",
        "varsigma",
        "sigma",
        "tau",
        "upsilon",
        "phi",
        "chi",
        "psi",
        "omega",
        "Gamma",
        "Delta",
        "Theta",
        "Lambda",
        "Xi",
        "Pi",
        "Sigma",
        "Upsilon",
        "Phi",
        "Psi",
        "Omega",
    ],
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
