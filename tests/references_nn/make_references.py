"""Make networks.json and networks.npz: what Keras and torch really do with small networks, in true float64.

    python -m venv refs
    refs/bin/pip install torch==2.13.0 keras==3.15.1 numpy==2.4.6
    refs/bin/python tests/references_nn/make_references.py         # from the root of the repository, a minute

Nothing of `optiviz` runs here. A case is written in our spelling; `torch_model` and `keras_model` say what
that is in theirs. Two runs of this script write the same bytes.

    training   24 steps of 8 rows from given weights, data and order of rows: the losses, the first
               gradient, the weights at a few steps, and at the end the predictions and running statistics
    losses     a loss on predictions that touch 0 and 1: its value and its slope

theta lies as ours does: layer after layer, a kernel as (in, out). Keras runs on torch, whose autograd then
gives both slopes; it is held to float64 by its floatx and by emptying the table that halves 64-bit types.
"""

import json
import os
import sys
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
N, D, BATCH, STEPS, KEPT = 24, 3, 8, 24, (1, 2, 3, 8, 24)

Table = dict[str, Any]


def dense(units: int, activation: Any = "linear", **settings: Any) -> Table:
    return {"kind": "dense", "units": units, "activation": activation, **settings}


def cases() -> list[Table]:
    """Every case, in our spelling."""
    sgd = {"torch": ["torch.SGD", {"lr": 0.05}], "keras": ["keras.SGD", {"learning_rate": 0.05}]}
    found: list[Table] = []

    def add(name: str, framework: str, layers: list[Table], loss: Any = "mse", optimizer: Any = None) -> None:
        optimizer = optimizer or sgd[framework]
        found.append(
            {"name": name, "framework": framework, "layers": layers, "loss": loss, "optimizer": optimizer}
        )

    def slope(value: float) -> Table:
        return {"kind": "leaky_relu", "negative_slope": value}

    activations = ["linear", "step", "sigmoid", "tanh", "relu", "leaky_relu", slope(0.01), slope(0.3)]
    activations += ["elu", {"kind": "elu", "alpha": 0.7}, "selu", "softplus", "silu", "gelu"]
    activations += [{"kind": "gelu", "approximate": True}, "softmax", "gcu"]
    for framework, activation in product(("torch", "keras"), activations):
        label = activation if isinstance(activation, str) else "-".join(map(str, activation.values()))
        add(f"{framework} {label}", framework, [dense(5, activation), dense(4, activation), dense(2)])

    for framework in ("torch", "keras"):
        for shared in (False, True):
            alpha = {"kind": "constant", "value": 0.25}
            rule = {"kind": "prelu", "shared": shared, "alpha_initializer": alpha}
            layers = [dense(5), rule, dense(4), rule, dense(2)]
            add(f"{framework} prelu {'shared' if shared else 'each'}", framework, layers)
        add(f"{framework} no bias", framework, [dense(5, "tanh", use_bias=False), dense(2, use_bias=False)])
        for loss in ("mse", "mae", "huber", {"kind": "huber", "delta": 0.5}):
            label = loss if isinstance(loss, str) else f"huber {loss['delta']}"
            add(f"{framework} {label}", framework, [dense(5, "tanh"), dense(4, "tanh"), dense(2)], loss)
        entropies = [("binary_crossentropy", 1, "sigmoid"), ("binary_crossentropy", 3, "sigmoid")]
        entropies += [
            ("categorical_crossentropy", 3, "softmax"),
            ("sparse_categorical_crossentropy", 3, "softmax"),
        ]
        for loss, units, last in entropies:
            hidden = [dense(5, "relu"), dense(4, "tanh")]
            scores = {"kind": loss, "from_logits": True}
            add(f"{framework} {loss} {units} scores", framework, [*hidden, dense(units)], scores)
            through = {"kind": loss, "joined": False}
            if framework == "torch" and last == "sigmoid":
                through = {"kind": loss, "clamp_log": True}
            if framework == "keras" or last == "sigmoid":
                add(f"{framework} {loss} {units} through", framework, [*hidden, dense(units, last)], through)
            add(f"{framework} {loss} {units} joined", framework, [*hidden, dense(units, last)], loss)

    torch_norm = {"momentum": 0.1, "epsilon": 1e-5, "momentum_on_new": True, "unbiased": True}
    norms = [("torch", torch_norm), ("torch", torch_norm | {"momentum": 0.3})]
    norms += [("torch", torch_norm | {"center": False, "scale": False})]
    norms += [("keras", {}), ("keras", {"momentum": 0.7, "epsilon": 1e-2})]
    norms += [("keras", {"center": False}), ("keras", {"scale": False})]
    for framework, settings in norms:
        norm = {"kind": "batch_normalization", **settings}
        changed = (
            settings
            if framework == "keras"
            else {k: v for k, v in settings.items() if v != torch_norm.get(k)}
        )
        label = " ".join(f"{key}={value}" for key, value in changed.items())
        hidden = [dense(5, "relu"), norm, dense(4, "tanh"), norm]
        add(f"{framework} batch normalization {label}".strip(), framework, [*hidden, dense(2)])
    norm = {"kind": "batch_normalization"}
    before = [norm, dense(5), norm, {"kind": "activation", "activation": "relu"}, dense(1, "sigmoid")]
    add("keras batch normalization before", "keras", before, "binary_crossentropy")

    for name, settings in optimizers().items():
        framework = name.split(".")[0]
        label = " ".join([name.split()[0], *(f"{key}={value}" for key, value in settings.items())])
        layers = [dense(5, "tanh"), dense(4, "silu"), dense(3)]
        scores = {"kind": "sparse_categorical_crossentropy", "from_logits": True}
        add(label, framework, layers, scores, [name.split()[0], settings])
    for framework in ("torch", "keras"):
        for activation in ("mish", "softsign", "hard_sigmoid", "exponential", "log_softmax"):
            last = dense(4, activation) if activation != "exponential" else dense(4, "tanh")
            add(f"{framework} {activation}", framework, [dense(5, activation), last, dense(2)])
        add(f"{framework} poisson", framework, [dense(5, "tanh"), dense(2, "exponential")], "poisson")
        add(f"{framework} sum", framework, [dense(5, "tanh"), dense(2)], {"kind": "mse", "reduction": "sum"})
        for kind, last in (("binary_crossentropy", "linear"), ("categorical_crossentropy", "linear")):
            smooth = {"kind": kind, "from_logits": True, "label_smoothing": 0.2}
            add(f"{framework} smooth {kind}", framework, [dense(5, "tanh"), dense(3, last)], smooth)
        norm = {"kind": "layer_normalization", **({"epsilon": 1e-5} if framework == "torch" else {})}
        add(f"{framework} layer norm", framework, [dense(5, "tanh"), norm, dense(2)])
        block = {"kind": "residual", "units": 4, "activation": "tanh"}
        add(f"{framework} residual", framework, [block, block, dense(2)])
    for kind in ("log_cosh", "hinge", "mape", "msle", "kl_divergence"):
        last = {"msle": "softplus", "kl_divergence": "softmax"}.get(kind, "linear")
        rate = 1e-4 if kind == "mape" else 0.05
        rule = ["keras.SGD", {"learning_rate": rate}]
        add(f"keras {kind}", "keras", [dense(5, "tanh"), dense(3, last)], kind, rule)
    for kind, s in (("l1", {}), ("l2", {}), ("l1_l2", {"l1": 0.003, "l2": 0.02})):
        paid = dense(5, "tanh", kernel_regularizer={"kind": kind, **s})
        add(f"keras {kind}", "keras", [paid, dense(4, "tanh"), dense(2, kernel_regularizer="l2")])
    return found


def optimizers() -> dict[str, Table]:
    """Every optimizer of both that we have, at rates that go somewhere; a second word tells twins apart."""
    return {
        "keras.SGD": {"learning_rate": 0.1},
        "keras.SGD momentum": {"learning_rate": 0.1, "momentum": 0.9},
        "keras.SGD nesterov": {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
        "keras.Adagrad": {"learning_rate": 0.1},
        "keras.Adadelta": {"learning_rate": 1.0},
        "keras.RMSprop": {"learning_rate": 0.01},
        "keras.RMSprop centered": {"learning_rate": 0.01, "momentum": 0.5, "centered": True},
        "keras.Adam": {"learning_rate": 0.02},
        "keras.Adam amsgrad": {"learning_rate": 0.02, "amsgrad": True},
        "keras.AdamW": {"learning_rate": 0.02},
        "keras.Nadam": {"learning_rate": 0.02},
        "keras.Adamax": {"learning_rate": 0.02},
        "keras.Lion": {"learning_rate": 0.01},
        "torch.SGD": {"lr": 0.1},
        "torch.SGD momentum": {"lr": 0.1, "momentum": 0.9},
        "torch.SGD nesterov": {"lr": 0.1, "momentum": 0.9, "nesterov": True},
        "torch.Adagrad": {"lr": 0.1},
        "torch.Adadelta": {"lr": 1.0},
        "torch.RMSprop": {"lr": 0.01},
        "torch.RMSprop centered": {"lr": 0.01, "momentum": 0.5, "centered": True},
        "torch.Adam": {"lr": 0.02},
        "torch.Adam amsgrad": {"lr": 0.02, "amsgrad": True},
        "torch.AdamW": {"lr": 0.02},
        "torch.NAdam": {"lr": 0.02},
        "torch.RAdam": {"lr": 0.02},
        "torch.Adamax": {"lr": 0.02},
    }


# --- the same in their spelling ------------------------------------------------------------------------


def settings_of(given: Any) -> tuple[str, Table]:
    return (
        (given, {})
        if isinstance(given, str)
        else (given["kind"], {k: v for k, v in given.items() if k != "kind"})
    )


def function(given: Any) -> Any:
    """An activation as a function of a torch tensor."""
    import torch

    name, settings = settings_of(given)
    if name == "leaky_relu":
        return lambda z: torch.nn.functional.leaky_relu(z, settings.get("negative_slope", 0.2))
    if name == "elu":
        return lambda z: torch.nn.functional.elu(z, settings.get("alpha", 1.0))
    if name == "gelu":
        form = "tanh" if settings.get("approximate") else "none"
        return lambda z: torch.nn.functional.gelu(z, approximate=form)
    own = {
        "linear": lambda z: z,
        "step": lambda z: (z >= 0).to(z.dtype) + z - z.detach(),  # forward the step, backward the line
        "gcu": lambda z: z * torch.cos(z),
        "softmax": lambda z: torch.softmax(z, dim=-1),
        "log_softmax": lambda z: torch.log_softmax(z, dim=-1),
        "hard_sigmoid": lambda z: torch.clamp(z + 3, 0, 6) / 6,  # theirs has its sixth in float32
        "exponential": torch.exp,
    }
    return own.get(name) or getattr(torch.nn.functional, name)


def torch_model(case: Table) -> tuple[Any, list[Any], list[Any], Any]:
    """The model, its weights in our order, its normalisations, and its loss of (outputs, y)."""
    import torch

    parts, weights, norms, width = [], [], [], D
    for given in case["layers"]:
        kind, s = settings_of(given)
        if kind == "dense":
            part = torch.nn.Linear(width, s["units"], bias=s.get("use_bias", True))
            weights += [part.weight] + ([part.bias] if part.bias is not None else [])
            parts += [part, function(s["activation"])]
            width = s["units"]
        elif kind == "prelu":
            part = torch.nn.PReLU(1 if s["shared"] else width)
            weights.append(part.weight)
            parts.append(part)
        elif kind == "layer_normalization":
            part = torch.nn.LayerNorm(width, eps=s["epsilon"])
            weights += [part.weight, part.bias]
            parts.append(part)
        elif kind == "residual":
            one, two = torch.nn.Linear(width, s["units"]), torch.nn.Linear(s["units"], width)
            weights += [one.weight, one.bias, two.weight, two.bias]
            inside = function(s["activation"])
            parts.append(lambda x, one=one, two=two, inside=inside: x + two(inside(one(x))))
        else:
            affine = s.get("center", True)
            part = torch.nn.BatchNorm1d(width, eps=s["epsilon"], momentum=s["momentum"], affine=affine)
            weights += [part.weight, part.bias] if affine else []
            norms.append(part)
            parts.append(part)

    def model(x: Any) -> Any:
        for part in parts:
            x = part(x)
        return x

    def loss(p: Any, y: Any) -> Any:
        kind, s = settings_of(case["loss"])
        if kind == "huber":
            return torch.nn.HuberLoss(delta=s.get("delta", 1.0))(p, y)
        if kind in ("mse", "mae"):
            if s.get("reduction") == "sum":  # torch sums outputs, too
                return torch.nn.MSELoss(reduction="sum")(p, y) / y.shape[1]
            return (torch.nn.MSELoss() if kind == "mse" else torch.nn.L1Loss())(p, y)
        if kind == "poisson":  # with Keras' 1e-7
            return torch.nn.PoissonNLLLoss(log_input=False, eps=1e-7)(p, y)
        if kind == "binary_crossentropy":
            smooth = s.get("label_smoothing", 0.0)  # which torch has for classes alone
            scores = torch.nn.BCEWithLogitsLoss() if s.get("from_logits") else torch.nn.BCELoss()
            return scores(p, y * (1 - smooth) + smooth / 2 if smooth else y)
        y = y if kind == "categorical_crossentropy" else y.long()
        if s.get("from_logits"):
            return torch.nn.CrossEntropyLoss(label_smoothing=s.get("label_smoothing", 0.0))(p, y)
        return torch.nn.CrossEntropyLoss()(torch.log(p), y)  # log softmax of ln p is ln p

    return model, weights, norms, loss


def keras_model(case: Table) -> tuple[Any, list[Any], list[Any], Any]:
    keras = keras_double()
    if any(given["kind"] == "residual" for given in case["layers"]):
        return keras_residual(keras, case)
    model = keras.Sequential([keras.Input((D,))])
    for given in case["layers"]:
        kind, s = settings_of(given)
        if kind == "dense":
            name, settings = settings_of(s["activation"])
            own = name in ("step", "gcu", "hard_sigmoid") or settings
            activation = keras_function(name, settings) if own else name
            paid = {}
            if "kernel_regularizer" in s:
                rule, price = settings_of(s["kernel_regularizer"])
                maker = {"l1": "L1", "l2": "L2", "l1_l2": "L1L2"}[rule]
                paid = {"kernel_regularizer": getattr(keras.regularizers, maker)(**price)}
            bias = s.get("use_bias", True)
            model.add(keras.layers.Dense(s["units"], activation=activation, use_bias=bias, **paid))
        elif kind == "layer_normalization":
            model.add(keras.layers.LayerNormalization())
        elif kind == "activation":
            model.add(keras.layers.Activation(s["activation"]))
        elif kind == "prelu":
            model.add(keras.layers.PReLU(shared_axes=[1] if s["shared"] else None))
        else:
            model.add(keras.layers.BatchNormalization(**s))
    norms = [part for part in model.layers if isinstance(part, keras.layers.BatchNormalization)]
    kind, s = settings_of(case["loss"])
    rule = keras_loss(keras, kind, s)
    # what kernels pay Keras adds to the loss in `fit`
    paid = lambda p, y: rule(y, p) + sum(model.losses) if model.losses else rule(y, p)
    return model, list(model.trainable_variables), norms, paid


def keras_loss(keras: Any, kind: str, s: Table) -> Any:
    known = {"mse": "MeanSquaredError", "mae": "MeanAbsoluteError", "kl_divergence": "KLDivergence",
             "mape": "MeanAbsolutePercentageError", "msle": "MeanSquaredLogarithmicError"}  # fmt: skip
    name = known.get(kind) or "".join(word.capitalize() for word in kind.split("_"))
    own = {k: v for k, v in s.items() if k in ("from_logits", "delta", "label_smoothing")}
    if "reduction" in s:
        own["reduction"] = s["reduction"]
    return getattr(keras.losses, name)(**own)


def keras_residual(keras: Any, case: Table) -> tuple[Any, list[Any], list[Any], Any]:
    x = given = keras.Input((D,))
    for part in case["layers"]:
        kind, s = settings_of(part)
        if kind == "residual":
            inside = keras.layers.Dense(s["units"], activation=s["activation"])(x)
            x = keras.layers.Add()([x, keras.layers.Dense(x.shape[-1])(inside)])
        else:
            x = keras.layers.Dense(s["units"], activation=s["activation"])(x)
    model = keras.Model(given, x)
    rule = keras_loss(keras, *settings_of(case["loss"]))
    return model, list(model.trainable_variables), [], lambda p, y: rule(y, p)


def keras_function(name: str, settings: Table) -> Any:
    import keras

    if name in ("step", "gcu", "hard_sigmoid"):
        return function(name)
    return lambda z: getattr(keras.activations, name)(z, **settings)


def keras_double() -> Any:
    """Keras on torch, held to float64."""
    import keras
    from keras.src.backend.common import dtypes

    keras.config.set_floatx("float64")
    dtypes.BIT64_TO_BIT32_DTYPE.clear()
    return keras


# --- what is written down --------------------------------------------------------------------------------


def targets(loss: Any, units: int, rng: np.random.Generator) -> np.ndarray:
    kind, _ = settings_of(loss)
    if kind == "binary_crossentropy":
        return rng.integers(0, 2, (N, units)).astype(float)
    if kind in ("hinge", "poisson"):
        return rng.integers(0, 2 if kind == "hinge" else 5, (N, units)).astype(float)
    if kind == "kl_divergence":
        drawn = rng.uniform(0.1, 1.0, (N, units))
        return drawn / drawn.sum(axis=1, keepdims=True)
    if kind == "msle":
        return rng.uniform(0.0, 3.0, (N, units))
    if kind == "categorical_crossentropy":
        return np.eye(units)[rng.integers(0, units, N)]
    if kind == "sparse_categorical_crossentropy":
        return rng.integers(0, units, N).astype(float)
    return rng.normal(size=(N, units))


def flat(arrays: list[np.ndarray], theirs: str) -> np.ndarray:
    """Our theta: torch has a kernel as (out, in)."""
    return np.concatenate([(a.T if theirs == "torch" and a.ndim == 2 else a).ravel() for a in arrays])


def train(case: Table, seed: int) -> dict[str, np.ndarray]:
    import torch

    theirs = case["framework"]
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, D))
    units = [given for given in case["layers"] if given["kind"] == "dense"][-1]["units"]
    y = targets(case["loss"], units, rng)
    order = np.random.default_rng(seed)
    rows = np.concatenate([order.permutation(N) for _ in range(STEPS * BATCH // N)]).reshape(STEPS, BATCH)
    model, weights, norms, loss = (torch_model if theirs == "torch" else keras_model)(case)
    tensors = [w if theirs == "torch" else w.value for w in weights]
    shapes = [tuple(t.shape[::-1] if theirs == "torch" and t.ndim == 2 else t.shape) for t in tensors]
    start = np.concatenate([0.5 * rng.normal(size=shape).ravel() for shape in shapes])
    first = 0
    with torch.no_grad():
        for tensor, shape in zip(tensors, shapes, strict=True):
            part = start[first : first + np.prod(shape, dtype=int)].reshape(shape)
            tensor.copy_(torch.tensor(part.T if theirs == "torch" and part.ndim == 2 else part))
            first += part.size
    assert all(t.dtype == torch.float64 for t in tensors)

    name, settings = case["optimizer"]
    if theirs == "torch":
        rule = getattr(torch.optim, name.split(".")[1])(weights, **settings)
    else:
        rule = getattr(keras_double().optimizers, name.split(".")[1])(**settings)
        rule.build(weights)

    found: dict[str, Any] = {"X": X, "y": y, "rows": rows, "start": start, "losses": [], "theta": []}
    for step in range(STEPS):
        X_now, y_now = torch.tensor(X[rows[step]]), torch.tensor(y[rows[step]])
        for tensor in tensors:
            tensor.grad = None
        p = model(X_now) if theirs == "torch" else model(X_now, training=True)
        value = loss(p, y_now)
        value.backward()
        found["losses"].append(value.item())
        gradients = [tensor.grad for tensor in tensors]
        if step == 0:
            found["gradient"] = flat([g.numpy().copy() for g in gradients], theirs)
        if theirs == "torch":
            rule.step()
        else:
            with torch.no_grad():
                rule.apply(gradients, weights)
        if step + 1 in KEPT:
            found["theta"].append(flat([t.detach().numpy().copy() for t in tensors], theirs))
    for norm in norms:
        if theirs == "torch":
            norm.eval()
    with torch.no_grad():
        p = model(torch.tensor(X)) if theirs == "torch" else model(torch.tensor(X), training=False)
    found["predictions"] = p.numpy()
    for k, norm in enumerate(norms):
        pair = ("running_mean", "running_var") if theirs == "torch" else ("moving_mean", "moving_variance")
        for ours, name in zip(("mean", "variance"), pair, strict=True):
            held = getattr(norm, name)
            found[f"{ours}{k}"] = (held if theirs == "torch" else held.value).detach().numpy()
    assert np.isfinite(found["losses"]).all(), case["name"]
    return {key: np.array(value) for key, value in found.items()}


EDGES = np.array([0.0, 1e-300, 1e-9, 1e-7, 0.3, 0.5, 1 - 1e-7, 1 - 1e-9, 1.0])


def on_predictions() -> dict[str, np.ndarray]:
    """Losses on predictions that touch 0 and 1, and scores that are very sure; the value and its slope."""
    import torch

    found = {}
    p, y = (a.ravel()[:, np.newaxis] for a in np.meshgrid(EDGES, [0.0, 1.0, 0.25]))
    sure = np.array([-1000.0, -40.0, -1.0, 0.0, 2.0, 36.0, 800.0])
    z, labels = (a.ravel()[:, np.newaxis] for a in np.meshgrid(sure, [0.0, 1.0, 0.25]))
    shares = np.array([[0.0, 0.0, 1.0], [1e-9, 0.4, 0.6], [0.2, 0.3, 0.5], [0.1, 0.2, 0.3], [2.0, 1.0, 1.0]])
    shares, classes = np.repeat(shares, 3, axis=0), np.tile(np.arange(3.0), 5)
    scores = np.array([[0.0, 1000.0, -1000.0], [1.0, 2.0, 3.0], [-50.0, 0.0, 0.0], [700.0, 700.0, 0.0]])
    scores, marks = np.repeat(scores, 3, axis=0), np.tile(np.arange(3.0), 4)
    plain = np.array([[0.0, 1.0], [-0.5, 0.5], [3.0, -4.0], [1.0, -1.0]])
    zeros = np.zeros((4, 2))
    several: list[tuple[str, Any, np.ndarray, np.ndarray]] = [
        ("torch", {"kind": "binary_crossentropy", "clamp_log": True}, p, y),
        ("keras", {"kind": "binary_crossentropy"}, p, y),
        ("keras", {"kind": "sparse_categorical_crossentropy"}, shares, classes),
        ("keras", {"kind": "categorical_crossentropy"}, shares, np.eye(3)[classes.astype(int)]),
    ]
    for framework in ("torch", "keras"):
        several += [
            (framework, {"kind": "binary_crossentropy", "from_logits": True}, z, labels),
            (
                framework,
                {"kind": "categorical_crossentropy", "from_logits": True},
                scores,
                np.eye(3)[marks.astype(int)],
            ),
            (framework, {"kind": "sparse_categorical_crossentropy", "from_logits": True}, scores, marks),
            (framework, {"kind": "mse"}, plain, zeros),
            (framework, {"kind": "mae"}, plain, zeros),
            (framework, {"kind": "huber", "delta": 0.5}, plain, zeros),
        ]
    listed = []
    for k, (framework, loss, given, y) in enumerate(several):
        case = {"layers": [], "loss": loss}
        tensor = torch.tensor(given, requires_grad=True)
        value = (torch_model(case) if framework == "torch" else keras_model(case))[3](tensor, torch.tensor(y))
        value.backward()
        listed.append({"framework": framework, "loss": loss})
        parts = {"p": given, "y": y, "value": np.array(value.item()), "slope": tensor.grad.numpy()}
        found |= {f"loss{k}/{name}": part for name, part in parts.items()}
    return {"listed": listed, **found}  # type: ignore[dict-item]


def main() -> None:
    os.environ["KERAS_BACKEND"] = "torch"
    import torch

    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    trainings, arrays = cases(), {}
    assert len({case["name"] for case in trainings}) == len(trainings)
    for k, case in enumerate(trainings):
        case["seed"] = 1000 + k
        arrays |= {f"training{k}/{name}": array for name, array in train(case, case["seed"]).items()}
        print(case["name"], arrays[f"training{k}/losses"][[0, -1]], file=sys.stderr)
    losses = on_predictions()
    listed = losses.pop("listed")
    arrays |= losses
    made_with = {name: version(name) for name in ("torch", "keras", "numpy")}
    shape = {"batch": BATCH, "kept": KEPT, "inputs": D}
    text = json.dumps({"made_with": made_with, **shape, "trainings": trainings, "losses": listed}, indent=1)
    (HERE / "networks.json").write_text(text + "\n", encoding="utf-8")
    np.savez_compressed(HERE / "networks.npz", allow_pickle=False, **arrays)


if __name__ == "__main__":
    main()
