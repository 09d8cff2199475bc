"""What we say when something given to us cannot be."""


class BadInput(ValueError):
    """One clear sentence: where, what, and what would have been right.

    Everything that a user can mend is a `BadInput`; the command line prints its text and exits with 2.
    """
