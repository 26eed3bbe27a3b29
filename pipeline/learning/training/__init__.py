"""Training as a command does it: labels in, a model with its metrics and card out."""

from pipeline.learning.training.anatomy import train_anatomy
from pipeline.learning.training.common import Result
from pipeline.learning.training.practices import train_practices
from pipeline.learning.training.themes import train_themes

__all__ = ["Result", "train_anatomy", "train_practices", "train_themes"]
