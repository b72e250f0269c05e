"""What a promote survives: kills, full disks, Ctrl-C, rivals, lost views, steps that misbehave."""
