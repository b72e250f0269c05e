"""The local target: versions side by side on this machine, one of them live, one switch."""
