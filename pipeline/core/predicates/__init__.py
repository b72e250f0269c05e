"""Our own predicates, one file each; `table` has all of them."""
