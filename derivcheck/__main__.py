"""``python -m derivcheck`` is ``derivcheck``."""

from __future__ import annotations

from derivcheck.cli import main

if __name__ == "__main__":
    main(prog_name="derivcheck")
