"""A small real project that climbs a ladder of foreign stages, for tests of promote and its kin."""
