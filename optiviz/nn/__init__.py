"""Networks: layers, activations, losses and initializers by Keras' names, on one flat vector of weights."""

from optiviz.nn.activations import ACTIVATIONS, activation
from optiviz.nn.initializers import INITIALIZERS, initializer
from optiviz.nn.layers import LAYERS, Activation, BatchNormalization, Dense, Layer, PReLU, layer
from optiviz.nn.losses import (
    LOSSES,
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Huber,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
    loss,
)
from optiviz.nn.network import Network
from optiviz.nn.plan import Aim, Place, Signals

__all__ = [
    "ACTIVATIONS",
    "INITIALIZERS",
    "LAYERS",
    "LOSSES",
    "Activation",
    "Aim",
    "BatchNormalization",
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Dense",
    "Huber",
    "Layer",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Network",
    "PReLU",
    "Place",
    "Signals",
    "SparseCategoricalCrossentropy",
    "activation",
    "initializer",
    "layer",
    "loss",
]
