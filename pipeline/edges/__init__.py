"""One file per outside thing: store, git, processes, keys, HTTP, YAML, clock."""
