"""REFI-QDA, the exchange standard of QDA programs: projects (QDPX) and codebooks (QDC), out and back in.

A QDPX is a ZIP container: `project.qde` (XML) tells users, codes, cases, sources, selections and notes; the folder
`sources` holds the texts. Which program reads and writes what, and how each counts positions: docs/exchange.md.
"""
