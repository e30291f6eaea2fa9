"""Verdicts to text: the model of a run, and its renderings for people and programs."""
