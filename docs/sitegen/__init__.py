"""Generates the pages of the documentation that stand in no file: those of everything that has an index."""
