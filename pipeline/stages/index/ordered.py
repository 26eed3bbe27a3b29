"""A document's records in the order of the index, and what follows from them alone.

Worked example. Of two passages the second is a list item of two words, which no coder reads; a person tagged it yes:

    passages: both, by their place in the text · accepted tags: that one · counted: both
"""

from dataclasses import dataclass
from functools import cached_property

from pipeline.files import sha256_text
from pipeline.records import Bundle, Mapping, Passage, Quote, Segment, Tag, is_coded, segment_of_passage
from pipeline.settling import settle_mappings, settle_tags


@dataclass(frozen=True)
class Ordered:
    """A document with its records; each list stands as it is numbered."""

    bundle: Bundle

    @cached_property
    def passages(self) -> list[Passage]:
        """The passages."""
        return sorted(self.bundle.passages, key=lambda passage: passage.start)

    @cached_property
    def quotes(self) -> list[Quote]:
        """The quotes."""
        return sorted(self.bundle.quotes, key=lambda quote: quote.start)

    @cached_property
    def segments(self) -> list[Segment]:
        """The segments, each before those in it."""
        return sorted(self.bundle.segments, key=lambda segment: segment.start)

    @cached_property
    def problems(self) -> list[Segment]:
        """The problems of practice."""
        return [segment for segment in self.segments if segment.kind == "problem_of_practice"]

    @cached_property
    def passage(self) -> dict[str, Passage]:
        """The passages by id."""
        return {passage.id: passage for passage in self.passages}

    @cached_property
    def paths(self) -> list[list[Segment]]:
        """Each segment, its parent, and so on up; a parent that is missing or comes round again ends it."""
        by_id = {segment.id: segment for segment in self.bundle.segments}
        paths = []
        for segment in self.segments:
            path = {segment.id: segment}
            parent = by_id.get(segment.parent_id or "")
            while parent is not None and parent.id not in path:
                path[parent.id] = parent
                parent = by_id.get(parent.parent_id or "")
            paths.append(list(path.values()))
        return paths

    @cached_property
    def members(self) -> dict[str, list[int]]:
        """The places of the passages of each segment, also those of its sub-segments."""
        place = {passage.id: i for i, passage in enumerate(self.passages)}
        held: dict[str, set[int]] = {segment.id: set() for segment in self.bundle.segments}
        for path in self.paths:
            own = [place[passage_id] for passage_id in path[0].passage_ids if passage_id in place]
            for segment in path:
                held[segment.id].update(own)
        return {segment_id: sorted(places) for segment_id, places in held.items()}

    @cached_property
    def scopes(self) -> list[tuple[Segment, list[Segment]]]:
        """Each segment with those whose sites are also its own: itself, and the problem or programme around it."""
        lend = {"problem_of_practice", "program"}
        return [(one, [one, *(above for above in path if above.kind in lend)]) for one, *path in self.paths]

    @cached_property
    def segment_sites(self) -> dict[tuple[str, str], int]:
        """The names of sites of each segment, with the first place where one stands."""
        found: dict[tuple[str, str], int] = {}
        for segment, around in self.scopes:
            for site in (site for one in around for site in one.sites):
                key = segment.id, site.name
                found[key] = min(site.start, found.get(key, site.start))
        return dict(sorted(found.items()))

    @cached_property
    def around(self) -> dict[str, str]:
        """The innermost segment of each passage, by ids."""
        return {passage_id: segment.id for passage_id, segment in segment_of_passage(self.bundle).items()}

    def segment_of(self, quote: Quote) -> str | None:
        """Return the segment of a quote: its own, or else that of its passage."""
        return quote.segment_id or self.around.get(quote.passage_id)

    @cached_property
    def _settled(self) -> list[Tag]:
        return [tag for tag in settle_tags(self.bundle.tags) if tag.passage_id in self.passage]

    @cached_property
    def accepted_tags(self) -> list[Tag]:
        """What counts of several coders, with one tag per passage and theme, so that nothing is counted twice."""
        return [tag for tag in self._settled if tag.decision != "no"]

    @cached_property
    def counted(self) -> frozenset[str]:
        """The passages among which themes are counted: coded ones, also against the rule, and no repetitions."""
        coded = {tag.passage_id for tag in self.accepted_tags}
        return frozenset(
            one.id for one in self.passages if one.duplicate_of is None and (one.id in coded or is_coded(one))
        )

    @cached_property
    def refused_tags(self) -> list[Tag]:
        """Where people say no, so that a count needs no correction for the errors of a model."""
        return [
            tag
            for tag in self._settled
            if tag.decision == "no" and tag.source == "human" and tag.passage_id in self.counted
        ]

    @cached_property
    def accepted_mappings(self) -> list[Mapping]:
        """The mappings that count: one per quote, rubric and indicator."""
        quotes = {quote.id for quote in self.quotes}
        settled = settle_mappings(self.bundle.mappings)
        return [one for one in settled if one.decision != "reject" and one.quote_id in quotes]

    @cached_property
    def likeliest(self) -> dict[tuple[str, str], float]:
        """The highest p of the themes and indicators that count, by passage and decision ("yes" or "review")."""
        passages = {quote.id: quote.passage_id for quote in self.quotes}
        found = [(tag.passage_id, tag.decision, tag.p) for tag in self.accepted_tags]
        found += [
            (passages[one.quote_id], "review" if one.decision == "review" else "yes", one.p)
            for one in self.accepted_mappings
        ]
        # Of equal keys the last one stays, which has the highest p.
        return {(passage_id, decision): p for passage_id, decision, p in sorted(found)}

    @cached_property
    def texts_sha256(self) -> str:
        """The hash of the words of all passages and quotes, on which their vectors depend."""
        texts = [record.text for records in (self.passages, self.quotes) for record in records]
        return sha256_text(str(len(self.passages)), *texts)
