"""How a run does only what is new: what documents depend on, where their records lie, and who works on them.

inputs ───── what lies in the corpus, by hash; shard: a part of it
keys ─────── under which hash the result of a stage for a document is kept
places ───── where in a stage file the records of each document stand; stage files are put together from kept pieces
ingesting ── reads the files that are new, and links passages that stand in several documents
chain ────── the stages that see one document at a time, one after another, in one process or several
whole ────── the index and the report, which see all documents at once
"""
