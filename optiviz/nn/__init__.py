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
from optiviz.nn.more_layers import LayerNormalization, Residual
from optiviz.nn.network import Network
from optiviz.nn.plan import Aim, Place, Signals
from optiviz.nn.regularizers import REGULARIZERS, regularizer

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
    "LayerNormalization",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Network",
    "PReLU",
    "REGULARIZERS",
    "Residual",
    "Place",
    "Signals",
    "SparseCategoricalCrossentropy",
    "activation",
    "initializer",
    "layer",
    "loss",
    "regularizer",
]
