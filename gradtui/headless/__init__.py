"""The command line without a screen: runs, summaries, lists. No torch here, and no Textual."""
