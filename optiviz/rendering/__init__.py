"""Rendering: from a scene to animation, video and image files."""
