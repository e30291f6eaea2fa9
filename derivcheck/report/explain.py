"""The long-form explanations of the diagnostics: one Markdown page for each code."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import resources
from io import StringIO

from rich.cells import cell_len

from derivcheck.diagnostics import CODES
from derivcheck.report.script import Script


def find_code(text: str) -> str | None:
    """Return the code that ``text`` names (``dc201``, ``DC201``, ``shape-mismatch``), if any."""
    wanted = text.strip().upper()
    if wanted in CODES:
        return wanted
    return next((row.code for row in CODES.values() if row.slug.upper() == wanted), None)


def nearest(text: str) -> str | None:
    """Return the code or slug that looks most like ``text``, if one does."""
    names = [name for row in CODES.values() for name in (row.code, row.slug)]
    wanted = text.strip()
    digits = "".join(letter for letter in wanted if letter.isdigit())
    guesses = [wanted.lower(), wanted.upper(), f"DC{digits:0>3}" if digits else ""]
    for guess in guesses:
        close = get_close_matches(guess, names, n=1)
        if close:
            return close[0]
    return None


def explanation(code: str) -> str:
    """Return the Markdown page of a code; raises FileNotFoundError if there is none."""
    page = resources.files("derivcheck").joinpath("explanations", f"{code}.md")
    return page.read_text(encoding="utf-8")


def code_list(script: Script, width: int = 80) -> str:
    """Return all codes with their slugs and what they mean."""
    slugs = max(len(row.slug) for row in CODES.values())
    lines = []
    for row in CODES.values():
        lead = f"{row.code}  {row.slug:<{slugs}}  "
        first, *rest = script.wrap(row.meaning, max(width - cell_len(lead), 20))
        lines += [lead + first, *(" " * len(lead) + more for more in rest)]
    return "\n".join(lines) + "\n"


def render_page(page: str, script: Script, width: int = 80, *, color: bool = False) -> str:
    """Return a Markdown page laid out for the terminal."""
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console(
        file=StringIO(),
        force_terminal=color,
        color_system="standard" if color else None,
        width=max(width, 40),
        legacy_windows=False,
        emoji=False,
        _environ={},
    )
    with console.capture() as captured:
        console.print(Markdown(page, code_theme="ansi_light"))
    text = captured.get()
    if not color:
        text = "\n".join(line.rstrip() for line in text.split("\n"))
    return "\n".join(_shown(line, script) for line in text.split("\n"))


def _shown(line: str, script: Script) -> str:
    """Return a line without what the output lacks; ANSI sequences stay."""
    if script.encoding is None or script.unicode:
        return line
    return "".join(
        letter if letter.isascii() else _BOX.get(letter) or script.character(letter)
        for letter in line
    )


_BOX = dict.fromkeys("─━═", "-") | dict.fromkeys("│┃║", "|") | dict.fromkeys("┏┓┗┛┌┐└┘╭╮╰╯", "+")
