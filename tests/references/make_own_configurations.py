"""Make own_configurations.json: what Keras, torch and optax write themselves of each of their rules.

refs/bin/pip install torch keras optax
KERAS_BACKEND=torch refs/bin/python tests/references/make_own_configurations.py
"""

import inspect
import json
from pathlib import Path
from typing import Any

RATE = 0.125
TORCH = "SGD Adagrad Adadelta RMSprop Adam AdamW NAdam RAdam Adamax"
KERAS = "SGD Adagrad Adadelta RMSprop Adam AdamW Nadam Adamax Lion"
OPTAX = "sgd adagrad adadelta rmsprop adam adamw amsgrad nadam nadamw adamax adamaxw lion radam"


def main() -> None:
    """Ask all three, and write down what they say."""
    import keras
    import optax
    import torch

    weights = [torch.zeros(2, requires_grad=True)]
    found: dict[str, dict[str, Any]] = {}
    for name in TORCH.split():
        found[f"torch.{name}"] = getattr(torch.optim, name)(weights, lr=RATE).defaults
    for name in KERAS.split():
        found[f"keras.{name}"] = getattr(keras.optimizers, name)(learning_rate=RATE).get_config()
    for name in OPTAX.split():
        parameters = inspect.signature(getattr(optax, name)).parameters.values()
        defaults = {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}
        found[f"optax.{name}"] = {**defaults, "learning_rate": RATE}
    versions = {"torch": torch.__version__, "keras": keras.__version__, "optax": optax.__version__}
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(settings)}" for name, settings in found.items())
    text = f'{{\n "versions": {json.dumps(versions)},\n "configurations": {{\n{lines}\n }}\n}}\n'
    Path(__file__).with_name("own_configurations.json").write_text(text)


if __name__ == "__main__":
    main()
