"""From a scene to a file that moves."""
