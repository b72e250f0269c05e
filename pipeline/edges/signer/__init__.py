"""The signer: a process of its own that holds the key and signs only what it has hashed itself."""

from pipeline.edges.signer.client import SignerProcess

__all__ = ["SignerProcess"]
