"""Release Ladder: climbs a declared ladder one rung at a time and proves every rung."""
