"""LaTeX as MathML, which browsers show as mathematics.

latex2mathml builds the tree. A document is untrusted and the library escapes nothing, so the tree
is written here: text is escaped, and only elements and attributes that carry mathematics are kept.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from xml.etree import ElementTree

from derivcheck.language.macros import written_out

LONGEST = 4_000
_ELEMENTS = frozenset(
    {"math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "msub", "msup", "msubsup", "munder"}
    | {"mover", "munderover", "mfrac", "msqrt", "mroot", "mtable", "mtr", "mtd", "mstyle"}
    | {"mpadded", "mphantom", "menclose"}
)
_ATTRIBUTES = frozenset(
    {"display", "mathvariant", "stretchy", "fence", "form", "accent", "accentunder", "separator"}
    | {"lspace", "rspace", "minsize", "maxsize", "linethickness", "columnalign", "rowspacing"}
    | {"columnspacing", "displaystyle", "scriptlevel", "width", "notation", "movablelimits"}
)
_DRESS = re.compile(r"\\(?:label|tag\*?)\s*\{[^{}]*\}|\\(?:nonumber|notag)(?![A-Za-z])")

# The library attaches an exponent to the last bracket of a matrix, unless the whole is one group.
_MATRIX = re.compile(r"\\(begin|end)\s*\{([bpvBV]?(?:small)?matrix|array)\}")
_ROWS = re.compile(
    r"\\(?P<end>begin|end)\s*\{(?!align|split|gather)[a-z]+\*?\}|(?P<mark>&|\\\\(?:\s*\[[^\]]{0,20}\])?)|\\."
)
_CHILDREN = {"msub": 2, "msup": 2, "mfrac": 2, "munder": 2, "mover": 2, "mroot": 2}
_CHILDREN |= {"msubsup": 3, "munderover": 3}

# A single letter in braces is not made upright by the library.
_UPRIGHT = re.compile(r"\\mathrm\s*\{\s*([A-Za-z])\s*\}")


def mathml(
    latex: str, macros: Mapping[str, tuple[int, str]], *, display: bool = True
) -> str | None:
    r"""Return LaTeX as a MathML element, None if it cannot be shown so.

    Args:
        latex: as the author wrote it.
        macros: the author's.
        display: large, on a line of its own.

    Example:
        >>> mathml(r"\text{<b>} x", {}, display=False)
        '<math display="inline"><mrow><mtext>&lt;b&gt;</mtext><mi>x</mi></mrow></math>'
    """
    from latex2mathml.converter import convert_to_element

    if len(latex) > LONGEST:
        return None
    text = _on_one_row(_DRESS.sub("", written_out(latex, macros))).strip()
    text = _MATRIX.sub(lambda m: f"{{{m[0]}" if m[1] == "begin" else f"{m[0]}}}", text)
    text = _UPRIGHT.sub(r"{\\mathrm \1}", text)
    try:
        root = convert_to_element(text, display="block" if display else "inline")
        shown = _cleaned(root)
        if shown is None or "\\" in "".join(shown.itertext()):
            return None
        return ElementTree.tostring(shown, encoding="unicode")
    except (RecursionError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return None
    except Exception as error:
        # The library has errors of its own, which share no base class.
        if type(error).__module__.startswith("latex2mathml"):
            return None
        raise


def _on_one_row(latex: str) -> str:
    r"""Return a side without the marks of an alignment that it stood in.

    Example:
        >>> _on_one_row(r"a \\[2pt] & + \begin{matrix} b & c \end{matrix} \& d")
        'a     + \\begin{matrix} b & c \\end{matrix} \\& d'
    """
    depth = 0

    def kept(match: re.Match[str]) -> str:
        nonlocal depth
        depth += {"begin": 1, "end": -1}.get(match["end"] or "", 0)
        return " " if match["mark"] and depth == 0 else match[0]

    return _ROWS.sub(kept, latex)


def _cleaned(element: ElementTree.Element) -> ElementTree.Element | None:
    if element.tag not in _ELEMENTS:
        return None
    kept = {key: value for key, value in element.attrib.items() if key in _ATTRIBUTES}
    new = ElementTree.Element(element.tag, kept)
    new.text = html.unescape(element.text) if element.text else None
    for child in element:
        inner = _cleaned(child)
        if inner is None:
            return None
        new.append(inner)
    # Browsers show an element with another number of parts as an error.
    return new if _CHILDREN.get(element.tag, len(new)) == len(new) else None
