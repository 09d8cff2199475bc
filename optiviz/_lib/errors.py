"""The exception raised for invalid user input."""


class BadInput(ValueError):
    """One clear sentence: where, what, and what would have been right.

    Everything that a user can mend is a `BadInput`; the command line prints its text and exits with 2.

    Parameters
    ----------
    message : str
        What is wrong. One that begins with "must" goes on from the name of `field`.
    field : str, optional
        The setting that it is about, by its name; a scene file shows the line of it.
    part : str, optional
        What has that setting, where the sentence must say it: a rule, a panel.

    Examples
    --------
    >>> str(BadInput("must be at least 0, got -1", field="momentum", part="NAG"))
    'NAG: momentum must be at least 0, got -1'
    >>> str(BadInput("unknown column 'spd'", field="x"))
    "unknown column 'spd'"
    """

    def __init__(self, *message: object, field: str = "", part: str = "") -> None:
        super().__init__(*message)
        self.field, self.part = field, part

    @property
    def message(self) -> str:
        """What is wrong, where the field and the part are said already."""
        return super().__str__()

    @property
    def sentence(self) -> str:
        """What is wrong, where the part is said already and the field is not."""
        named = self.field and self.message.startswith("must ")
        return f"{self.field} {self.message}" if named else self.message

    def __str__(self) -> str:
        return f"{self.part}: {self.sentence}" if self.part else self.sentence


BadInput.__module__ = "optiviz"  # tracebacks and pickles name the public door
