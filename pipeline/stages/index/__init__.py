"""Stage 6, index: all records in one SQLite database, for `pop query`, for Datasette and for a researcher's own SQL.

Reads documents, passages, segments, quotes, tags and mappings, the codebook and the rubric; writes corpus.db, and
beside it the meaning of every passage and quote (vectors.safetensors). Each kind of record is a table; a list inside a
record is a table of its own:

    documents ─┬─ document_authors
               ├─ segments ─┬─ segment_passages  also those of its sub-segments
               │            ├─ segment_scope     itself, and the problem of practice that it belongs to
               │            ├─ sites             where the text names them
               │            ├─ segment_sites     their names, also those of that problem of practice
               │            ├─ segment_links     the same problem in other documents
               │            ├─ problems          problems of practice, with their sub-segments
               │            └─ anatomy
               ├─ passages ─── tags ─┬─ tag_evidence
               │                     └─ accepted_tags      what counts of several coders
               └─ quotes ──┬── quote_parts
                           ├── speakers                    also of turns
                           └── mappings ─── accepted_mappings
    themes     practices ─── indicators ─── indicator_levels
    facts ─── fact_names                       all that is counted, as columns of numbers
    document_records                           what was read of each document, to find what changed

Worked example: every sentence that a superintendent said about equity, with its source:

    SELECT quote, speaker, document, date, heading FROM quotes_in_context
    WHERE speaker_role LIKE '%superintendent%' AND ', ' || themes || ',' LIKE '%, equity,%';

Built anew, the same records give the same bytes: rows stand in the order of the records, and nothing in the file tells
the time. Where few documents of a large corpus differ, they are taken out and put in: the same rows, but other bytes.

    build      anew, or an update        filling    rows of a document, by `rows`      ordered  what follows from it
    updating   in place, in one          numbering  room between documents             facts    columns of numbers
               transaction               places     from numbers to places             vectors  the meaning of words
"""

from pipeline.stages.index.build import build_index
from pipeline.stages.index.schema import INDEX_VERSION, VECTORS

__all__ = ["INDEX_VERSION", "VECTORS", "build_index"]
