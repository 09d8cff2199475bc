"""Networks of a page: layers, recorded weights and rows, from which it draws decision regions itself."""

import base64
from typing import Any

import numpy as np

from optiviz.nn import losses
from optiviz.nn.activations import ACTIVATIONS, softmax
from optiviz.nn.activations import step as heaviside
from optiviz.objectives.training import Training
from optiviz.rendering.panels._shared.network_runs import (
    CLASS_COLORS,
    Learner,
    class_names,
    classes,
    classes_from_targets,
    learners_of,
    names_of,
)
from optiviz.rendering.panels.boundary import Regions
from optiviz.runs.trajectory import Comparison
from optiviz.web.networks import dense_layers

MOST_MOMENTS, MOST_BYTES = 121, 200_000  # of recorded weights, a run
SIGMOID = ACTIVATIONS["sigmoid"]


def region_network(learner: Learner) -> dict[str, Any] | None:
    """What the page needs to draw the regions of a run, or None where it cannot.

    Parameters
    ----------
    learner : Learner
        Of two inputs and up to seven classes, all layers dense, with an activation that the page has.
    """
    training = learner.training
    layers = dense_layers(training)
    if training.network.inputs != 2 or training.network.outputs > len(CLASS_COLORS) or layers is None:
        return None
    most = min(MOST_MOMENTS, MOST_BYTES // (4 * training.network.size))
    if most < 2:
        return None
    rows = learner.rows(most)
    weights = np.asarray(learner.run.path[rows], dtype="<f4")
    if not np.isfinite(weights).all():
        return None
    regions = Regions(training, (0.0, 1.0), (0.0, 1.0), (2, 2))
    last = training.network.plan[-1].run
    middle, span = regions.span
    return {
        "layers": layers,
        "kind": regions.kind,
        "sums": regions.kind not in ("clip", "shares") and last in (SIGMOID, softmax, heaviside),
        "shared": regions.kind == "shares"
        and bool(getattr(losses.loss(training.loss), "from_logits", False)),
        "middle": middle,
        "span": span,
        "times": [round(float(time), 4) for time in learner.times[rows]],
        "weights": base64.b64encode(weights.tobytes()).decode("ascii"),
    }


def rows_record(training: Training, names: tuple[str, ...] = ()) -> dict[str, Any]:
    """The rows over two inputs, those of the training first, with their classes from 0."""
    held_out = training.held_out
    places, kinds = training.X, classes(training)
    if held_out is not None:
        places = np.concatenate([places, held_out[0]])
        kinds = np.concatenate([kinds, classes_from_targets(training, held_out[1])])
    return {
        "places": np.round(places, 6).ravel().tolist(),
        "classes": kinds.tolist(),
        "held": len(training.X),
        "names": list(names_of(training)),
        "classNames": list(names or class_names(training)),
    }


def boundary_record(comparison: Comparison, settings: dict[str, Any]) -> dict[str, Any] | None:
    """What a page's boundary panel carries, or None where it can but show pictures.

    Parameters
    ----------
    comparison : Comparison
    settings : dict
        Of the panel: `run`, `classes`; with `batch` its rings stay a picture.
    """
    found = {one.run.label: one for one in learners_of(comparison)}
    if not found or settings.get("batch"):
        return None
    label = settings.get("run") or next(iter(found))
    network = region_network(found[label])
    if network is None:
        return None
    return {
        "run": label,
        "network": network,
        "rows": rows_record(found[label].training, tuple(settings.get("classes") or ())),
    }
