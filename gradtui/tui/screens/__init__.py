"""Screens: the lab, and what opens on top of it."""
