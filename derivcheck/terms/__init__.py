"""The term language: index terms, substitution, renaming and contraction."""
