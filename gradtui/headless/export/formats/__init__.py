"""The formats, one a file. A file's `entry` is a `Format`; nothing else has to be edited."""
