"""Every field of every policy, broken one at a time: the release is held for that reason."""
