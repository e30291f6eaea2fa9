"""What is added to the core: known functions, cut axes, symbolic powers, laws of matrices."""
