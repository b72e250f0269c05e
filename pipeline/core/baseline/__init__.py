"""The provenance baseline: which checked-in files decide what is built, and by what they pull."""
