"""Lectures: a deck file names scenes in teaching order; written as PowerPoint, one offline page, or a PDF.

declaration  from TOML to a `Deck`, every fault with its line
clips        its scenes drawn, those that changed
slides       their slides
page         the same as one offline page
"""

from optiviz.deck.declaration import Deck, DeckScene, Section, decks, read_deck
from optiviz.deck.slides import FORMATS, write_deck

__all__ = ["FORMATS", "Deck", "DeckScene", "Section", "decks", "read_deck", "write_deck"]
