"""Recorders as callbacks of Keras, Lightning and Hugging Face's Trainer."""

from pathlib import Path
from typing import Any

from optiviz._lib.calls import checked_call
from optiviz.interop.packages import import_package
from optiviz.interop.recorder import Recorder


class CallbackRecorder:
    """A recorder that is opened when a framework says that training begins, and closed when it ends."""

    def __init__(self, path: str | Path, settings: dict[str, Any]) -> None:
        self.path, self.settings = path, settings
        self.recorder: Recorder | None = None

    def begin(self, model: Any) -> None:
        """Record the start."""
        self.end()
        self.recorder = Recorder(model, self.path, **self.settings)
        self.recorder.record()

    def reach(self, step: int) -> None:
        """Record the weights after so many steps, if it is one of those to be recorded."""
        if self.recorder is not None:
            self.recorder.count = step
            if step % self.recorder.every == 0:
                self.recorder.record()

    def one_more(self) -> None:
        """Count a step."""
        if self.recorder is not None:
            self.recorder.step()

    def end(self) -> None:
        """Record the end."""
        if self.recorder is not None:
            self.recorder.close()
        self.recorder = None


@checked_call
def keras_recorder(path: str | Path, *, every: int = 10, dtype: str = "float32", append: bool = False) -> Any:
    """`ov.keras.Recorder`: a callback, `model.fit(x, y, callbacks=[ov.keras.Recorder("sgd.npz")])`.

    Parameters
    ----------
    path, every, dtype, append
        As of `Recorder`; a step is a batch.

    Raises
    ------
    BadInput
        When Keras is not installed.
    """
    keras = import_package("keras", "ov.keras.Recorder")
    run = CallbackRecorder(path, {"every": every, "dtype": dtype, "append": append})
    return type("Recorder", (keras.callbacks.Callback,), {
        "on_train_begin": lambda self, logs=None: run.begin(self.model),
        "on_train_batch_end": lambda self, batch, logs=None: run.one_more(),
        "on_train_end": lambda self, logs=None: run.end(),
    })()  # fmt: skip


@checked_call
def lightning_recorder(
    path: str | Path, *, every: int = 10, dtype: str = "float32", append: bool = False
) -> Any:
    """`ov.lightning.Recorder`: a callback, `Trainer(callbacks=[ov.lightning.Recorder("sgd.npz")])`.

    Parameters
    ----------
    path, every, dtype, append
        As of `Recorder`; steps are the trainer's `global_step`. Only the process of rank 0 records.

    Raises
    ------
    BadInput
        When Lightning is not installed.
    """
    lightning = import_package("lightning.pytorch", "ov.lightning.Recorder", also="lightning")
    run = CallbackRecorder(path, {"every": every, "dtype": dtype, "append": append})
    return type("Recorder", (lightning.Callback,), {
        "on_train_start": lambda self, trainer, module: run.begin(module) if trainer.is_global_zero else None,
        "on_train_batch_end": lambda self, trainer, *others: run.reach(trainer.global_step),
        "on_train_end": lambda self, trainer, module: run.end(),
    })()  # fmt: skip


@checked_call
def transformers_recorder(
    path: str | Path, *, every: int = 10, dtype: str = "float32", append: bool = False
) -> Any:
    """`ov.transformers.Recorder`: a callback of Hugging Face's `Trainer(callbacks=[...])`.

    Parameters
    ----------
    path, every, dtype, append
        As of `Recorder`; steps are the trainer's `global_step`. Only the process of rank 0 records.

    Raises
    ------
    BadInput
        When transformers is not installed.
    """
    transformers = import_package("transformers", "ov.transformers.Recorder")
    run = CallbackRecorder(path, {"every": every, "dtype": dtype, "append": append})

    def on_train_begin(
        self: Any, args: Any, state: Any, control: Any, model: Any = None, **others: Any
    ) -> None:
        if state.is_world_process_zero:
            run.begin(model)

    return type("Recorder", (transformers.TrainerCallback,), {
        "on_train_begin": on_train_begin,
        "on_step_end": lambda self, args, state, control, **others: run.reach(state.global_step),
        "on_train_end": lambda self, args, state, control, **others: run.end(),
    })()  # fmt: skip
