"""The canary's judge: samples of two arms and a rule come in, a verdict comes out. Pure."""
