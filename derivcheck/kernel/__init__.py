"""Lowering by definition, and the check of certificates: no search, no text."""
