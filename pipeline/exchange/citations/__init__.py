"""Citations of documents and quotes for reference managers: BibTeX and CSL-JSON."""
