"""Exact arithmetic for evaluation: dual numbers, random functions, assignments, random matrices.

Nothing here is trusted for a proof; what it promises is that a difference it reports is certain.
"""
