"""The command line without a screen: runs, summaries, lists. Nothing here imports torch
or Textual before it is asked to train again, or to export.
"""
