"""Values and decisions: bytes, values and the time come in, values come out. No I/O, no clock."""
