"""optiviz: watch optimizers move."""
