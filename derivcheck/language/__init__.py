"""A formula becomes a syntax tree, and a syntax tree a goal."""
