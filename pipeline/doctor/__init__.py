"""Looks at the installation, the models, the folders and the computer; says what is wrong and what to do."""

from pathlib import Path

from pipeline.doctor import computer, folders, installation
from pipeline.doctor.finding import Finding
from pipeline.tools import Tools

__all__ = ["Finding", "examine"]


def examine(tools: Tools, corpus: Path, outputs: Path) -> list[Finding]:
    """Look at everything that a run needs; nothing is changed.

    Args:
        tools: instruments and models.
        corpus: the folder of the documents.
        outputs: the folder of the results, which need not be there yet.
    """
    return [
        *installation.findings(tools),
        *folders.findings(tools, corpus, outputs),
        *computer.findings(corpus, outputs),
    ]
