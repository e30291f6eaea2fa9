"""The helper that compares with golden files can fail."""

import pytest
from golden_files import compare_with_golden, scrubbed


def test_a_difference_fails(tmp_path):
    compare_with_golden("a.txt", "one\n", rewrite=True, folder=tmp_path)
    compare_with_golden("a.txt", "one\n", rewrite=False, folder=tmp_path)
    with pytest.raises(AssertionError):
        compare_with_golden("a.txt", "two\n", rewrite=False, folder=tmp_path)


def test_a_missing_file_fails(tmp_path):
    with pytest.raises(AssertionError, match="make golden"):
        compare_with_golden("a.txt", "one\n", rewrite=False, folder=tmp_path)


def test_times_and_paths_are_scrubbed():
    assert scrubbed("12 proved · 0.4 s\n") == "12 proved · T s\n"
    assert scrubbed("decided in 2.0 ms") == "decided in T s"
    assert scrubbed('{"seconds": 0.002, "version": "0.1.0"}') == '{"seconds": 0, "version": "V"}'
    assert scrubbed("see /home/me/proofs/a.md:3:4") == "see /…/a.md:3:4"
    assert scrubbed("proofs/a.md \\cdot / 2") == "proofs/a.md \\cdot / 2"
