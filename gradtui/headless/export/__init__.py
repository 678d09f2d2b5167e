"""A recorded run in the files that others read: one format a file, found by its name."""
