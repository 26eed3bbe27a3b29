"""What differs between two runs, two coders, or a coder and a run: what changed, and where to look.

Runs are compared document by document. Documents are found again by path (or, renamed, by content), passages by their
words, quotes by overlap, segments by extent; ids and offsets may all be other ones. Coders are compared on the words
that both judged.

    A: p1 {succession: yes .71}            B: p1 {succession: review .55}
    → Change(kind="tags", change="decision", name="succession", a="yes", b="review", p_a=.71, p_b=.55, text="…")

pairing     finds documents and passages again      decisions  themes and indicators
quotes      extents and speakers                    segments   extents, kinds, anatomy
setup       settings, models, instruments           runs       two output folders in, a comparison out
coders      decisions of people in, the same out    judged     a decision, question by question
asked       what a run says of words that were judged
printing    the comparison and its list as text
"""

from pipeline.diff.changes import KINDS, Change, Comparison, Kind
from pipeline.diff.coders import compare_coders
from pipeline.diff.printing import to_list, to_text
from pipeline.diff.runs import compare_runs

__all__ = ["KINDS", "Change", "Comparison", "Kind", "compare_coders", "compare_runs", "to_list", "to_text"]
