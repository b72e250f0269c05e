"""Nine classes of what may never pass, each tried at every place that lets something go on."""
