"""The version, in a module that imports nothing, so that packaging and `pop --version` are cheap."""

__version__ = "0.1.0"
