"""Foreign formats, in and out: one module for each kind of document, and what several of them share."""
