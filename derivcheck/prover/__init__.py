"""A goal becomes a verdict: normal form, completion, exact evaluation, counterexamples."""
