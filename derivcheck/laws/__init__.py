"""Tables of laws: equations between nodes that the kernel takes as given, one row each."""
