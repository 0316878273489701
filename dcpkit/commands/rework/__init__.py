"""The verbs that make packages from packages, a module each; `shared` has what they have in common."""
