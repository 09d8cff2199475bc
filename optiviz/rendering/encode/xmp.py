"""XMP packets (ISO 16684): title, author, description and alt text, as PDF, PNG and WebP hold them."""

from optiviz.rendering.encode.xml_words import xml_text

PLACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
}


def xmp(title: str = "", author: str = "", subject: str = "", alt: str = "") -> str:
    """A packet of what is given; the alt text stands where IPTC has it, which screen readers ask."""
    told = alternatives("dc:title", title) + alternatives("dc:description", subject)
    told += alternatives("Iptc4xmpCore:AltTextAccessibility", alt)
    if author:
        told += f"<dc:creator><rdf:Seq><rdf:li>{xml_text(author)}</rdf:li></rdf:Seq></dc:creator>"
    names = " ".join(f'xmlns:{name}="{place}"' for name, place in PLACES.items())
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" {names}>{told}</rdf:Description></rdf:RDF></x:xmpmeta>'
        '<?xpacket end="r"?>'
    )


def alternatives(name: str, words: str) -> str:
    """A text in its only language; nothing for no text."""
    if not words:
        return ""
    return f'<{name}><rdf:Alt><rdf:li xml:lang="x-default">{xml_text(words)}</rdf:li></rdf:Alt></{name}>'


def packet_of(told: dict[str, str]) -> str:
    """The packet of what `text_metadata` gives."""
    names = {"Title": "title", "Author": "author", "Description": "subject", "Alt": "alt"}
    return xmp(**{names[name]: text for name, text in told.items()})
