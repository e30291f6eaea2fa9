"""Certificates as files: a goal and its evidence, written out and read back without trust."""
