"""Counts: themes, practices of the rubric, and any two things against each other; each with its forms."""
