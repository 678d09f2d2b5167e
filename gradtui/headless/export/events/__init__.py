"""Event files of TensorBoard, written by hand: no dependency, and nothing but numpy."""
