"""Views for a researcher's own SQL."""

from typing import Final

VIEWS: Final = """
CREATE VIEW quotes_in_context AS
SELECT quote.id AS quote_id, quote.text AS quote,
    coalesce(quote.speaker_name, quote.speaker) AS speaker, quote.speaker_role, quote.speaker_organization,
    (SELECT group_concat(name, ', ') FROM (
        SELECT name FROM segment_sites WHERE segment_id = quote.segment_id ORDER BY start)) AS sites,
    coalesce(document.title, document.path) AS document, document.date_start AS date, document.kind AS document_kind,
    segment.nearest_heading AS heading, segment.kind AS segment_kind,
    (SELECT group_concat(theme, ', ') FROM (
        SELECT DISTINCT theme FROM accepted_tags
        WHERE passage_id = quote.passage_id AND decision = 'yes' ORDER BY theme)) AS themes,
    (SELECT group_concat(theme, ', ') FROM (
        SELECT DISTINCT theme FROM accepted_tags
        WHERE passage_id = quote.passage_id AND decision = 'review' ORDER BY theme)) AS themes_to_review,
    best.indicator AS best_indicator, best.practice AS best_practice, best.area AS best_area, best.p AS best_p,
    best.decision AS best_decision,
    passage.text AS context, passage.page, quote.start, quote."end", quote.confidence, quote.document_id,
    quote.passage_id, quote.segment_id
FROM quotes AS quote
JOIN documents AS document ON document.id = quote.document_id
JOIN passages AS passage ON passage.id = quote.passage_id
LEFT JOIN segments AS segment ON segment.id = quote.segment_id
LEFT JOIN accepted_mappings AS best ON best.quote_id = quote.id AND best.id = (
    SELECT id FROM accepted_mappings WHERE quote_id = quote.id ORDER BY rank, indicator LIMIT 1)
ORDER BY quote.n;

CREATE VIEW problems_of_practice AS
SELECT segment.id AS segment_id, segment.nearest_heading AS heading,
    (SELECT group_concat(name, ', ') FROM (
        SELECT name FROM segment_sites WHERE segment_id = segment.id ORDER BY start)) AS sites,
    coalesce(document.title, document.path) AS document, document.date_start AS date, segment.score,
    (SELECT group_concat(text, ' ') FROM (SELECT text FROM anatomy
        WHERE segment_id = segment.id AND role = 'problem' ORDER BY position)) AS problem,
    (SELECT group_concat(text, ' ') FROM (SELECT text FROM anatomy
        WHERE segment_id = segment.id AND role = 'approach' ORDER BY position)) AS approach,
    (SELECT group_concat(text, ' ') FROM (SELECT text FROM anatomy
        WHERE segment_id = segment.id AND role = 'challenge' ORDER BY position)) AS challenge,
    (SELECT group_concat(text, ' ') FROM (SELECT text FROM anatomy
        WHERE segment_id = segment.id AND role = 'result' ORDER BY position)) AS result,
    (SELECT count(DISTINCT quote.id) FROM segment_passages AS member
        JOIN quotes AS quote ON quote.passage_id = member.passage_id
        WHERE member.segment_id = segment.id) AS n_quotes,
    segment.start, segment."end", segment.document_id
FROM segments AS segment JOIN documents AS document ON document.id = segment.document_id
WHERE segment.kind = 'problem_of_practice'
ORDER BY segment.n;

CREATE VIEW themes_by_site AS
SELECT site.name AS site, tag.theme, count(DISTINCT CASE WHEN tag.decision = 'yes' THEN tag.passage_id END) AS passages,
    count(DISTINCT CASE WHEN tag.decision = 'review' THEN tag.passage_id END) AS passages_to_review,
    count(DISTINCT tag.document_id) AS documents
FROM accepted_tags AS tag
JOIN passages AS passage ON passage.id = tag.passage_id AND passage.duplicate_of IS NULL
JOIN segment_sites AS site ON site.segment_id = passage.segment_id
GROUP BY site.name, tag.theme ORDER BY site.name, tag.theme;

CREATE VIEW rubric_coverage AS
SELECT indicator.rubric, practice.area, indicator.practice, indicator.id AS indicator, practice.text AS practice_text,
    count(DISTINCT CASE WHEN mapping.decision = 'match' THEN mapping.quote_id END) AS quotes,
    count(DISTINCT CASE WHEN mapping.decision = 'review' THEN mapping.quote_id END) AS quotes_to_review,
    count(DISTINCT mapping.document_id) AS documents
FROM indicators AS indicator
JOIN practices AS practice ON practice.rubric = indicator.rubric AND practice.id = indicator.practice
LEFT JOIN accepted_mappings AS mapping ON mapping.rubric = indicator.rubric AND mapping.indicator = indicator.id
GROUP BY indicator.n ORDER BY indicator.n;
"""
