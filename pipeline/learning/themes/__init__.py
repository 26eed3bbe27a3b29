"""The theme model: its parts, how it is trained, how it is asked."""

from pipeline.learning.themes.model import FOLDER, Config, Prediction, ThemeModel

__all__ = ["FOLDER", "Config", "Prediction", "ThemeModel"]
