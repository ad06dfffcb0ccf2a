"""Predictions and gold in, the field's own figures out: each metric is one file, and all are points."""
