"""`ov.transformers`: its `Recorder` is a callback of Hugging Face's Trainer."""

from optiviz.interop.callbacks import transformers_recorder as Recorder

__all__ = ["Recorder"]
