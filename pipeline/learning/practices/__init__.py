"""The practice model: which indicators of a rubric a quote is evidence of, or none."""

from pipeline.learning.practices.model import FOLDER, PracticeModel, Ranking

__all__ = ["FOLDER", "PracticeModel", "Ranking"]
