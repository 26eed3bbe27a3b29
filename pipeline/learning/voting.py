"""One label of what several coders say of a text.

ana: p1 {equity: 2}               ben: p1 {equity: 1, succession: 2}
→ p1 {equity: 1}, open: succession
"""

from collections.abc import Sequence

import msgspec

from pipeline.learning.labels import Grade, ThemeLabel


def merge(labels: Sequence[ThemeLabel]) -> ThemeLabel:
    """Make one label of what several coders say of a text.

    A theme that most of them gave has the lower middle one of their grades; one that most left out is absent; where
    they are tied, it is open. Who was not asked about a theme, or left it open, has no vote on it.
    """
    if len(labels) == 1:
        return labels[0]
    themes: dict[str, Grade] = {}
    undecided = set()
    for theme in sorted({theme for label in labels for theme in (*label.themes, *label.open)}):
        grades = sorted(label.themes[theme] for label in labels if theme in label.themes)
        voters = sum(theme in label.themes or _is_asked(theme, label) for label in labels)
        if 2 * len(grades) > voters:
            themes[theme] = grades[(len(grades) - 1) // 2]
        elif 2 * len(grades) == voters:
            undecided.add(theme)
    asked = sorted({theme for label in labels for theme in label.asked}) if all(one.asked for one in labels) else []
    return msgspec.structs.replace(labels[0], themes=themes, open=sorted(undecided), asked=asked, coder=None)


def _is_asked(theme: str, label: ThemeLabel) -> bool:
    """Tell whether a coder who does not give a theme says that it is not there."""
    return theme not in label.open and (not label.asked or theme in label.asked)
