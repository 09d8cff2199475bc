"""`ov.lightning`: its `Recorder` is a callback."""

from optiviz.interop.callbacks import lightning_recorder as Recorder

__all__ = ["Recorder"]
