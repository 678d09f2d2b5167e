"""The run file: what a run showed, kept. SQLite from the standard library; no torch, no screen."""
