"""The main job, whole: this checkout's own wheel climbs the real staging ladder."""
