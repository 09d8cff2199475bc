"""Make variables.json: rules that work on each variable by itself, as Keras, optax and torch do.

    refs/bin/python tests/references/make_variables.py            # the environment of make_references.py

Six recorded gradients are fed to four variables of two dense layers. Kernels stand (in, out); torch is given
them as its layers have them, (out, in).
"""

import json
import os
from pathlib import Path

import numpy as np

os.environ |= {"KERAS_BACKEND": "jax", "JAX_ENABLE_X64": "1"}
SHAPES = {"dense/kernel": (2, 3), "dense/bias": (3,), "dense_2/kernel": (3, 1), "dense_2/bias": (1,)}
RNG = np.random.default_rng(5)
START = np.round(RNG.normal(size=13), 3)
TAPE = np.round(RNG.normal(size=(6, 13)) * np.repeat([3.0, 0.5, 1.0, 0.1], [6, 3, 3, 1]), 3)


def cut(theta):
    """The variables in theta (P,)."""
    parts = np.split(theta, np.cumsum([np.prod(shape) for shape in SHAPES.values()])[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, SHAPES.values(), strict=True)]


def whole(parts):
    """What `cut` cuts, as a list."""
    return np.concatenate([np.ravel(np.asarray(part)) for part in parts]).round(12).tolist()


def keras_path(make):
    import keras

    keras.config.set_floatx("float64")
    optimizer = make(keras.optimizers)
    variables = [keras.Variable(part, dtype="float64") for part in cut(START)]
    optimizer.build(variables)
    path = []
    for gradient in TAPE:
        optimizer.apply([keras.ops.convert_to_tensor(part, "float64") for part in cut(gradient)], variables)
        path.append(whole([variable.value for variable in variables]))
    return path


def optax_path(make):
    import jax
    import optax

    rule = make(optax)
    tree = lambda theta: dict(zip(SHAPES, map(jax.numpy.asarray, cut(theta)), strict=True))
    theta, path = tree(START), []
    state = rule.init(theta)
    for gradient in TAPE:
        change, state = rule.update(tree(gradient), state, theta)
        theta = {name: theta[name] + change[name] for name in theta}
        path.append(whole([theta[name] for name in SHAPES]))
    return path


def torch_path(make):
    import torch

    parameters = [torch.tensor(part.T.copy(), requires_grad=True) for part in cut(START)]
    optimizer, path = make(torch.optim, parameters), []
    for gradient in TAPE:
        for parameter, part in zip(parameters, cut(gradient), strict=True):
            parameter.grad = torch.from_numpy(part.T.copy())
        optimizer.step()
        path.append(whole([parameter.detach().numpy().T for parameter in parameters]))
    return path


def main():
    paths = {
        "keras.RMSprop clipnorm": keras_path(lambda k: k.RMSprop(0.1, clipnorm=1.0)),
        "keras.SGD clipnorm": keras_path(lambda k: k.SGD(0.1, clipnorm=1.0)),
        "keras.SGD global_clipnorm": keras_path(lambda k: k.SGD(0.1, global_clipnorm=1.0)),
        "keras.Adam clipnorm weight_decay": keras_path(
            lambda k: k.Adam(0.1, clipnorm=1.0, weight_decay=0.01)
        ),
        "optax.lamb": optax_path(lambda o: o.lamb(0.01)),
        "optax.lars": optax_path(lambda o: o.lars(0.1, trust_coefficient=0.05)),
        "optax.adafactor": optax_path(lambda o: o.adafactor(0.01, min_dim_size_to_factor=2)),
        "optax.contrib.muon": optax_path(lambda o: o.contrib.muon(0.02)),
        "torch.Adafactor": torch_path(lambda t, ps: t.Adafactor(ps, lr=0.1)),
        "torch.Adam": torch_path(lambda t, ps: t.Adam(ps, lr=0.1)),
        "torch.Muon kernels": torch_path(lambda t, ps: t.Muon([p for p in ps if p.ndim == 2], lr=0.02)),
    }
    shapes = [[name, [*shape]] for name, shape in SHAPES.items()]
    told = {"shapes": shapes, "start": START.tolist(), "tape": TAPE.tolist(), "paths": paths}
    out = Path(__file__).with_name("variables.json")
    out.write_text(json.dumps(told, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
