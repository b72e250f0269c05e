"""Cryptography over bytes, without I/O. The only maker of `VerifiedStatement`."""
