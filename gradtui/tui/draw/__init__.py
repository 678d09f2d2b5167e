"""Pure functions from numbers to cells. No widget, no state."""
