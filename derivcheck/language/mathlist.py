r"""Tokens -> math list: TeX's own view of a formula, as a list of atoms with their scripts.

An atom is a nucleus (a letter, a number, a bracketed list, a fraction, …) with at most one
subscript,
one superscript and some primes. Brackets, braces, arguments and environments are matched here, so
all
messages about what is unbalanced come from here; later passes only ever see complete parts.

Built with an explicit stack, no recursion; nesting is bounded by ``MAX_DEPTH``.
"""

from __future__ import annotations

from msgspec import Struct, field

from derivcheck.language import spelling as sp
from derivcheck.language.atoms import Atom, styled
from derivcheck.language.scanning import LatexError, Token
from derivcheck.limits import FORMULA_DEPTH as MAX_DEPTH
from derivcheck.limits import NUMBER_DIGITS as MAX_DIGITS

# Kinds that can stand for a value, so that `-`, `|` or a script may follow them.
OPERANDS = sp.words(
    """symbol accent word text number group fence fraction root environment function big nabla
    partial unread"""
)

_KINDS: dict[str, str] = {
    **dict.fromkeys(sp.SYMBOLS, "symbol"),
    **dict.fromkeys(sp.RELATIONS, "relation"),
    **dict.fromkeys(sp.CONNECTIVES, "connective"),
    **dict.fromkeys(sp.OPERATORS - {":"}, "operator"),
    **dict.fromkeys(sp.BIG_OPERATORS, "big"),
    **dict.fromkeys(sp.FUNCTION_COMMANDS, "function"),
    **dict.fromkeys((r"\mathrm", r"\mathsf"), "word"),
    r"\text": "text",
    r"\nabla": "nabla",
    r"\partial": "partial",
    r"\forall": "forall",
    r"\quad": "quad",
    r"\mid": "bar",
    ",": "comma",
    ";": "comma",
    ":": "colon",
    ".": "stop",
    r"\colon": "colon",
}
_ARGUMENTS = {
    r"\frac": ("fraction", 2),
    r"\sqrt": ("root", 1),
    **dict.fromkeys(sp.ACCENTS | sp.STYLES, ("accent", 1)),
}


class _Frame(Struct):
    kind: str
    token: Token
    base: int
    items: list[Atom] = field(default_factory=list)
    wants: list[tuple[Atom, str, Token]] = field(default_factory=list)
    rows: list[list[list[Atom]]] = field(default_factory=list)
    suspended: bool = False
    owner: Atom | None = None


def build(tokens: list[Token]) -> list[Atom]:
    r"""Return the math list of a formula.

    Raises:
        LatexError: DC101 for brackets, arguments or scripts that do not match up and for unknown
            commands; DC102 for nesting deeper than the limit; DC110 for commands that are not read.

    Example:
        >>> from derivcheck.language.tokens import tokenize
        >>> [(atom.kind, atom.text) for atom in build(tokenize(r"A_i^2 + \hat{y}"))]
        [('symbol', 'A'), ('operator', '+'), ('accent', '\\hat')]
    """
    return _Builder(tokens).run()


class _Builder:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.stack = [_Frame("root", Token("", 0, 0), 0)]
        self.option_at = -1

    def run(self) -> list[Atom]:
        for place, token in enumerate(self.tokens):
            self._feed(token, place)
        self._close_bars()
        frame = self.stack[-1]
        if frame.kind != "root":
            raise _unclosed(frame.token)
        self._check_wants(frame)
        return frame.items

    def _next(self, place: int) -> Token | None:
        return self.tokens[place + 1] if place + 1 < len(self.tokens) else None

    def _feed(self, token: Token, place: int) -> None:
        text = token.text
        frame = self.stack[-1]
        if place == self.option_at:
            pass
        elif text == "{":
            self._push("group", token)
        elif text == "}":
            self._close_group(token, place)
        elif text in ("^", "_"):
            self._script(token)
        elif text == "'":
            self._prime(token)
        elif text in ("|", r"\|"):
            self._bar(token, place)
        elif text == "." and token.value in ("left", "right"):
            self._invisible(token)
        elif text in sp.CLOSERS:
            self._push("fence", token)
        elif text == "]" and frame.kind == "option":
            self._close_option(token)
        elif text in (")", "]", r"\}", r"\rangle", r"\rfloor", r"\rceil"):
            self._close_fence(token)
        elif text == r"\begin":
            self._push("environment", token)
        elif text == r"\end":
            self._close_environment(token)
        elif text in (r"\\", "&"):
            self._arrange(token)
        elif text in _ARGUMENTS:
            kind, count = _ARGUMENTS[text]
            atom = Atom(kind, text, token.start, token.end, token.gap)
            frame.wants.extend([(atom, "argument", token)] * count)
            self._check_depth(token)
            following = self._next(place)
            if kind == "root" and following is not None and following.text == "[":
                self.option_at = place + 1
                frame.wants.pop()
                self._push("option", token)
                self.stack[-1].owner = atom
        elif text == "." and self._decimal(token, place):
            pass
        else:
            self._complete(self._atom(token, place))

    def _atom(self, token: Token, place: int) -> Atom:
        text = token.text
        kind = _KINDS.get(text)
        if kind == "text" and (token.value in sp.FUNCTION_WORDS or self._is_name(token, place)):
            text, kind = r"\mathrm", "word"
        if kind is None:
            if text.isdigit():
                kind = "number"
            elif text.isalpha() and len(text) == 1:
                kind = "symbol"
            else:
                # Reported where it stands, so that the other statements can still be read.
                kind = "unread"
        return Atom(kind, text, token.start, token.end, token.gap, value=token.value)

    def _is_name(self, token: Token, place: int) -> bool:
        r"""Whether a text is a name in a formula, as in `\text{loss}(w) = …`, and no prose."""
        if not token.value.isalnum() or token.value.lower() in sp.PROSE:
            return False
        before = self.tokens[place - 1].text if place else "&"
        after = self._next(place)
        sign = "" if after is None else after.text
        if sign in ("_", "^", "'") or (after is not None and sign == "(" and after.gap == 0):
            return True
        joins = sign in sp.RELATIONS or sign in (":", r"\colon")
        if joins and before in ("&", r"\\", r"\quad", ",", r"\partial"):
            return True
        operand = before in sp.RELATIONS or before in sp.OPERATORS or before == r"\partial"
        ends = sign in sp.OPERATORS or sign in ("", ",", ".", "}", ")", "&", r"\\")
        return operand and (joins or ends)

    # Frames ------------------------------------------------------------------------------------

    def _push(self, kind: str, token: Token) -> None:
        frame = self.stack[-1]
        self.stack.append(_Frame(kind, token, frame.base + len(frame.wants) + 1))
        if kind == "environment":
            self.stack[-1].rows = [[]]
        self._check_depth(token)

    def _check_depth(self, token: Token) -> None:
        frame = self.stack[-1]
        if frame.base + len(frame.wants) > MAX_DEPTH:
            raise LatexError(
                "DC102",
                f"the formula is nested more than {MAX_DEPTH} deep",
                token.start,
                token.end,
            )

    def _check_wants(self, frame: _Frame) -> None:
        if not frame.wants:
            return
        owner, slot, token = frame.wants[-1]
        if slot == "argument":
            headline = f"`{owner.text}` lacks an argument"
        else:
            headline = f"nothing stands after `{token.text}`"
        raise LatexError("DC101", headline, token.start, token.end)

    def _close_bars(self) -> None:
        """A `|` that was opened but never closed is a lone bar."""
        while self.stack[-1].kind == "bar":
            frame = self.stack.pop()
            token = frame.token
            if token.text != "|" or token.value in ("left", "open"):
                raise _unclosed(token)
            self._check_wants(frame)
            outer = self.stack[-1]
            outer.items.append(Atom("bar", "|", token.start, token.end, token.gap))
            outer.items.extend(frame.items)

    def _close_group(self, token: Token, place: int) -> None:
        self._close_bars()
        frame = self.stack[-1]
        if frame.kind != "group":
            raise _unclosed(frame.token)
        self._check_wants(frame)
        self.stack.pop()
        items = frame.items
        start = frame.token.start
        outer = self.stack[-1]
        following = self._next(place)
        scripted = following is not None and following.text in ("^", "_", "'")
        if outer.wants or scripted:
            group = Atom("group", "{", start, token.end, frame.token.gap, [items])
            if outer.wants:
                self._complete(group)
            elif len(items) == 1 and items[0].bare:
                self._append(items[0])
            elif not items and outer.items and outer.items[-1].kind in OPERANDS:
                # A^{-1}{}^\top: the script belongs to what stands before the empty braces.
                last = outer.items.pop()
                outer.items.append(Atom("group", "{", last.start, token.end, last.gap, [[last]]))
            else:
                outer.items.append(group)
            return
        # Braces without scripts print nothing: what they hold stands in the list around them.
        if items:
            items[0].gap = max(items[0].gap, frame.token.gap)
        for item in items:
            self._append(item)

    def _close_fence(self, token: Token) -> None:
        while self.stack[-1].kind == "bar":
            self._close_bars()
        frame = self.stack[-1]
        opener = frame.token.text
        outer = self.stack[-2] if len(self.stack) > 1 else None
        if frame.kind != "fence" or outer is None:
            raise LatexError(
                "DC101",
                f"`{token.text}` closes nothing: there is no opening bracket before it",
                token.start,
                token.end,
            )
        interval = (
            opener in ("(", "[")
            and token.text in (")", "]")
            and bool(outer.items)
            and outer.items[-1].text == r"\in"
        )
        if opener == "." and not interval and token.text != ")":
            interval = True
        if sp.CLOSERS.get(opener) != token.text and not interval:
            raise LatexError(
                "DC101",
                f"`{opener}` is closed by `{token.text}`",
                frame.token.start,
                token.end,
            )
        self._finish_fence(frame, token)

    def _finish_fence(self, frame: _Frame, token: Token) -> None:
        self._check_wants(frame)
        self.stack.pop()
        atom = Atom(
            "fence", frame.token.text, frame.token.start, token.end, frame.token.gap, [frame.items]
        )
        atom.value = token.text
        self._complete(atom)

    def _invisible(self, token: Token) -> None:
        r"""``\left.`` or ``\right.``: no bracket, or a pair that is broken over two rows."""
        frame = self.stack[-1]
        if token.value == "left":
            if frame.suspended:
                frame.suspended = False
            else:
                self._push("fence", token)
            return
        if (frame.kind == "fence" and frame.token.text == ".") or (
            frame.kind == "fence" and frame.token.text == r"\{" and _is_system(frame.items)
        ):
            self._check_wants(frame)
            self.stack.pop()
            for item in frame.items:
                self._append(item)
        elif frame.kind == "fence":
            frame.suspended = True
        else:
            raise LatexError(
                "DC101", r"`\right.` without a `\left` before it", token.start, token.end
            )

    def _bar(self, token: Token, place: int) -> None:
        frame = self.stack[-1]
        opened = frame.kind == "bar" and frame.token.text == token.text
        if token.value == "right" and frame.kind == "fence" and frame.token.text == ".":
            self._finish_fence(frame, token)
            return
        closes = token.value in ("right", "close") or (
            token.value in ("", "big")
            and opened
            and not frame.wants
            and bool(frame.items)
            and frame.items[-1].kind in OPERANDS
        )
        if closes and opened:
            self._finish_fence(frame, token)
            return
        following = self._next(place)
        if following is not None and following.text == "_" and token.value not in ("left", "open"):
            self._complete(Atom("bar", token.text, token.start, token.end, token.gap))
            return
        if closes:
            raise LatexError(
                "DC101",
                f"`{token.text}` closes nothing: there is no opening one before it",
                token.start,
                token.end,
            )
        self._push("bar", token)

    def _close_option(self, token: Token) -> None:
        frame = self.stack.pop()
        self._check_wants(frame)
        assert frame.owner is not None
        frame.owner.option = frame.items
        self.stack[-1].wants.append((frame.owner, "argument", token))

    def _close_environment(self, token: Token) -> None:
        self._close_bars()
        frame = self.stack[-1]
        if frame.kind != "environment":
            raise _unclosed(frame.token)
        self._check_wants(frame)
        self.stack.pop()
        frame.rows[-1].append(frame.items)
        if frame.rows[-1] == [[]]:
            frame.rows.pop()
        atom = Atom("environment", token.value, frame.token.start, token.end, frame.token.gap)
        atom.rows = frame.rows
        self._complete(atom)

    def _arrange(self, token: Token) -> None:
        self._close_bars()
        frame = self.stack[-1]
        self._check_wants(frame)
        if frame.kind == "environment":
            frame.rows[-1].append(frame.items)
            frame.items = []
            if token.text == r"\\":
                frame.rows.append([])
        elif frame.kind in ("root", "group") or (
            frame.kind == "fence" and frame.token.text == r"\{" and frame.token.value == "left"
        ):
            kind = "row" if token.text == r"\\" else "align"
            frame.items.append(Atom(kind, token.text, token.start, token.end, token.gap))

    # Atoms -------------------------------------------------------------------------------------

    def _script(self, token: Token) -> None:
        frame = self.stack[-1]
        self._check_wants(frame)
        target = frame.items[-1] if frame.items else None
        if target is None or (target.kind not in OPERANDS and target.kind != "bar"):
            raise LatexError(
                "DC101",
                f"nothing stands before `{token.text}` to carry it",
                token.start,
                token.end,
            )
        slot = "sup" if token.text == "^" else "sub"
        if getattr(target, slot) is not None:
            name = "superscript" if slot == "sup" else "subscript"
            raise LatexError(
                "DC101",
                f"double {name}: a second `{token.text}` on the same symbol",
                target.start,
                token.end,
                help=("put braces around the symbol with its first script",),
            )
        frame.wants.append((target, slot, token))

    def _prime(self, token: Token) -> None:
        frame = self.stack[-1]
        self._check_wants(frame)
        target = frame.items[-1] if frame.items else None
        if target is None or target.kind not in OPERANDS:
            raise LatexError(
                "DC101", "nothing stands before `'` to carry it", token.start, token.end
            )
        target.primes += 1
        target.end = token.end

    def _decimal(self, token: Token, place: int) -> bool:
        """A `.` between two digits belongs to the number."""
        frame = self.stack[-1]
        following = self._next(place)
        last = frame.items[-1] if frame.items and not frame.wants else None
        if (
            last is not None
            and last.kind == "number"
            and last.bare
            and "." not in last.text
            and token.gap == 0
            and following is not None
            and following.text.isdigit()
            and following.gap == 0
        ):
            last.text += "."
            return True
        return False

    def _complete(self, atom: Atom) -> None:
        """A nucleus is complete: it is the argument or script that is wanted, or a new atom."""
        frame = self.stack[-1]
        while frame.wants:
            owner, slot, _ = frame.wants.pop()
            content = atom.parts[0] if atom.kind == "group" and atom.bare else [atom]
            owner.end = max(owner.end, atom.end)
            if slot != "argument":
                if slot == "sub":
                    owner.sub = content
                elif content and all(part.text == r"\prime" and part.bare for part in content):
                    owner.primes += len(content)
                else:
                    owner.sup = content
                    owner.sup_first = owner.sub is None
                return
            if atom.kind in ("relation", "operator", "comma", "quad") and slot == "argument":
                raise LatexError(
                    "DC101", f"`{owner.text}` lacks an argument", owner.start, atom.end
                )
            owner.parts.append(content)
            if frame.wants and frame.wants[-1][0] is owner:
                return
            atom = styled(owner) if owner.kind == "accent" else owner
        if atom.kind == "group" and atom.bare:
            for item in atom.parts[0]:
                self._append(item)
        else:
            self._append(atom)

    def _append(self, atom: Atom) -> None:
        items = self.stack[-1].items
        if atom.kind == "number" and items and atom.gap == 0 and atom.bare:
            last = items[-1]
            if last.kind == "number" and last.bare:
                last.text += atom.text
                last.end = atom.end
                if len(last.text) > MAX_DIGITS:
                    raise LatexError(
                        "DC102",
                        f"a number has more than {MAX_DIGITS} digits",
                        last.start,
                        last.end,
                    )
                return
        items.append(atom)


def _unclosed(token: Token) -> LatexError:
    text = rf"\begin{{{token.value}}}" if token.text == r"\begin" else token.text
    headline = f"`{text}` is never closed"
    if token.value == "left":
        headline = rf"`\left{text}` has no `\right`"
    help_ = ("close it where it ends, or take it out if nothing is meant by it",)
    return LatexError("DC101", headline, token.start, token.end, help=help_)


def _is_system(items: list[Atom]) -> bool:
    return any(item.kind == "row" for item in items)
