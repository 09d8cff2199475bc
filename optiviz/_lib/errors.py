"""Raised for invalid user input."""


class BadInput(ValueError):
    """One clear sentence: where, what, and what would have been right.

    Everything that a user can mend is a `BadInput`; the command line prints its text and exits with 2.
    """


BadInput.__module__ = "optiviz"  # tracebacks and pickles name the public door
