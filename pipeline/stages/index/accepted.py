"""What counts where models and people decided of the same words, as `pipeline.settling` says it, in SQL.

    ana: equity yes · ben: equity yes · cleo: equity no · the model: succession yes  ->  equity yes, succession yes
    ana: equity yes · ben: equity no                                                 ->  equity review

A tag of a person stands above the model's on the same passage and theme, also where the person says no. A quote that a
person judged counts as that person judged it as a whole: none of the model's mappings of that quote is left, and an
indicator that somebody who judged it did not name is a no of theirs. Of several people the most count; where no
decision has the most, the words wait for review. A test holds both to the same.
"""

from typing import Final

_VERDICTS: Final = """WITH votes AS (
    SELECT passage_id, theme, sum(decision = 'yes') AS yes, sum(decision = 'review') AS open, sum(decision = 'no') AS no
    FROM tags WHERE source = 'human' GROUP BY passage_id, theme
), verdicts AS (
    SELECT passage_id, theme,
        CASE WHEN yes > max(open, no) THEN 'yes' WHEN no > max(open, yes) THEN 'no' ELSE 'review' END AS decision
    FROM votes
)"""

# With one row per passage and theme, nothing is counted twice. `counted`: as of the passage.
TAGS: Final = f"""
INSERT INTO accepted_tags {_VERDICTS}, ranked AS (
    SELECT tag.*, coalesce(verdict.decision, tag.decision) AS accepted, row_number() OVER (
        PARTITION BY tag.passage_id, tag.theme
        ORDER BY tag.decision = coalesce(verdict.decision, 'yes') DESC, tag.p DESC, tag.n) AS place
    FROM tags AS tag LEFT JOIN verdicts AS verdict USING (passage_id, theme)
    WHERE verdict.theme IS NULL OR tag.source = 'human'
)
SELECT tag.id, passage.document_id, passage.segment_id, tag.passage_id, tag.theme, tag.p, tag.accepted, tag.source,
    tag.coder, passage.counted
FROM ranked AS tag JOIN passages AS passage ON passage.id = tag.passage_id
WHERE tag.place = 1 AND tag.accepted IN ('yes', 'review') ORDER BY tag.n;
"""

# Where people say no, a count needs no correction for the errors of a model.
REFUSED: Final = f"""
INSERT INTO refused_tags {_VERDICTS}
SELECT passage.document_id, passage.segment_id, verdict.passage_id, verdict.theme
FROM verdicts AS verdict JOIN passages AS passage ON passage.id = verdict.passage_id
WHERE verdict.decision = 'no' AND passage.counted ORDER BY passage.n, verdict.theme;
"""

# The passages among which themes are counted: those that a coder reads, or coded all the same, and no repetition.
COUNTED: Final = """
UPDATE passages SET counted = 1
WHERE counted = 0 AND duplicate_of IS NULL AND id IN (SELECT passage_id FROM accepted_tags);
UPDATE accepted_tags SET counted = 1
WHERE counted = 0 AND passage_id IN (SELECT id FROM passages WHERE counted);
"""

MAPPINGS: Final = """
INSERT INTO accepted_mappings
WITH judges AS (
    SELECT quote_id, rubric, count(DISTINCT coder) AS n FROM mappings WHERE source = 'human' GROUP BY quote_id, rubric
), votes AS (
    SELECT quote_id, rubric, indicator, sum(decision = 'match') AS yes, sum(decision = 'review') AS open
    FROM mappings WHERE source = 'human' GROUP BY quote_id, rubric, indicator
), verdicts AS (
    SELECT vote.quote_id, vote.rubric, vote.indicator, CASE
        WHEN yes > max(open, judge.n - yes - open) THEN 'match'
        WHEN judge.n - yes - open > max(open, yes) THEN 'reject' ELSE 'review' END AS decision
    FROM votes AS vote JOIN judges AS judge USING (quote_id, rubric)
), ranked AS (
    SELECT mapping.*, coalesce(verdict.decision, mapping.decision) AS accepted, row_number() OVER (
        PARTITION BY mapping.quote_id, mapping.rubric, mapping.indicator
        ORDER BY mapping.decision = coalesce(verdict.decision, 'match') DESC, mapping.p DESC, mapping.n) AS place
    FROM mappings AS mapping
    LEFT JOIN judges AS judge USING (quote_id, rubric)
    LEFT JOIN verdicts AS verdict USING (quote_id, rubric, indicator)
    WHERE judge.n IS NULL OR mapping.source = 'human'
)
SELECT mapping.id, quote.document_id, quote.passage_id, mapping.quote_id, mapping.rubric, mapping.area,
    mapping.practice, mapping.indicator, mapping.level, mapping.rank, mapping.p, mapping.accepted, mapping.source,
    mapping.coder
FROM ranked AS mapping JOIN quotes AS quote ON quote.id = mapping.quote_id
WHERE mapping.place = 1 AND mapping.accepted IN ('match', 'review') ORDER BY mapping.n;
"""
