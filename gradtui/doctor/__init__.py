"""Rules over the run state: verdicts a layer, findings a run; no torch, no screen."""
