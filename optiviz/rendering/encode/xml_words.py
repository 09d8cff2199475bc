"""Words of people within XML: what would be markup is escaped, what XML cannot say is left out."""

import re
from html import escape

# What XML 1.0 cannot say; to compile it takes as long as two frames, and most clips have no XML.
UNSAFE = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


def xml_text(words: str) -> str:
    """Words between tags; what XML cannot say is left out."""
    return escape(re.sub(UNSAFE, "", words), quote=False)


def attribute(words: str) -> str:
    """Words within quotes, on one line.

    >>> attribute('a "b" < c')
    'a &quot;b&quot; &lt; c'
    """
    return escape(" ".join(re.sub(UNSAFE, "", words).split()))
