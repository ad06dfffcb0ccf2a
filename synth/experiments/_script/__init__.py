"""A user's folder with repro.toml in; its checked plan, metrics and sealed driver out."""
