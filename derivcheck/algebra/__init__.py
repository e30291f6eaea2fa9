"""What an identity is made of: nodes, operators, functions, sizes and goals."""
