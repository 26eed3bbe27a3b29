"""The methods section, in the past tense of a paper: each sentence stands on figures, or says that there are none."""

from collections.abc import Iterator

from pipeline.methods.figures import FEWEST_JUDGED, AgreementFigures, All, ModelFigures
from pipeline.methods.people import MODEL
from pipeline.methods.words import count, counted, first_upper, interval, listed, percent, share, small
from pipeline.stages.report.methods import NAME
from pipeline.stages.report.overview import kind_named
from pipeline.stages.report.words import readable, span_of_dates

WEAK = 0.65
"""F1 below which a theme is named among the limitations."""

_TYPES = {
    "text/plain": "plain text",
    "application/pdf": "PDF",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
    "text/html": "HTML",
    "text/markdown": "Markdown",
    "text/vtt": "captions (VTT)",
    "application/x-subrip": "captions (SRT)",
}
_REASONS = {
    "heading": "headings",
    "topic_shift": "shifts of topic",
    "speaker": "changes of speaker",
    "project_header": "headers of projects",
    "document": "beginnings of documents or their parts",
}
_TARGETS = {
    "passage": ("passage", ""),
    "quote": ("quotation", ""),
    "practices": ("quotation’s practices", "quotations’ practices"),
    "segment": ("segment", ""),
}


def paragraphs(all_: All) -> list[tuple[str, str]]:
    """Return the paragraphs of the section, each with its heading."""
    made = (
        ("Corpus", _corpus(all_)),
        ("Unit of analysis and segmentation", _units(all_)),
        ("Quotations", _quotes(all_)),
        ("Codebook and automated coding", _coding(all_)),
        ("Rubric", _rubric(all_)),
        ("Human review and agreement", _people(all_)),
        ("Prevalence", _prevalence(all_)),
        ("Reproducibility", _software(all_)),
        ("Limitations", _limits(all_)),
    )
    return [(heading, " ".join(sentences)) for heading, sentences in made]


def _corpus(all_: All) -> Iterator[str]:
    corpus = all_.corpus
    kinds = ", ".join(f"{n:,} {kind_named(readable(kind), n)}" for kind, n in corpus.by_kind.items())
    formats = counted(corpus.by_type, _TYPES)
    yield (
        f"The corpus consisted of {count(corpus.documents, 'document')} ({kinds}; files: {formats}) with "
        f"{corpus.words:,} words."
    )
    dates = span_of_dates(corpus.first, corpus.last)
    undated = f"; {count(corpus.undated, 'document')} named no date" if corpus.undated else ""
    yield f"The dates that the documents name spanned {dates}{undated}." if dates else "No document named a date."
    yield f"They named {count(corpus.sites, 'site')} (districts, schools, networks, or programs)."
    if corpus.refused:
        why = counted({code: sum(one[1] == code for one in corpus.refused) for _, code, _ in corpus.refused})
        yield f"{first_upper(count(len(corpus.refused), 'further file'))} could not be used ({why}; listed below)."
    else:
        yield "No file had to be left out."
    if corpus.doubted:
        yield f"The program noted {count(corpus.doubted, 'doubt')} about inputs that were used."
    yield "[How the documents were obtained and selected, and who gave consent: to be written.]"


def _units(all_: All) -> Iterator[str]:
    corpus, found = all_.corpus, all_.found
    yield "The unit of coding was the passage: a paragraph, list item, or turn of a speaker."
    yield (
        f"Of {corpus.passages:,} passages, {corpus.coded:,} held running text and were coded; headings, tables, and "
        "bare list entries were not."
    )
    if corpus.repeated:
        yield f"{first_upper(count(corpus.repeated, 'passage'))} that repeated an earlier one did not count again."
    starts = listed([f"{n:,} at {_REASONS.get(name, name)}" for name, n in found.reasons.items()])
    yield (
        f"Documents were divided into {count(found.segments, 'segment')} by rules that begin a segment where the text "
        f"gives a reason ({starts}); {found.problems:,} of these were identified as problems of practice."
    )
    yield "[How far this agrees with a segmentation made by hand: to be added, where pop evaluate measured it.]"


def _quotes(all_: All) -> Iterator[str]:
    found = all_.found
    forms = {"inline": "inside sentences", "block": "set apart", "testimonial": "testimonials", "turn": "turns"}
    yield (
        f"Rules on quotation marks, verbs of saying, and speaker labels found {count(found.quotes, 'quotation')} "
        f"({counted(found.forms, forms)}); for {found.speakers:,} of them the text named or described the speaker."
    )
    yield "Every quotation reproduces the words of its document exactly."


def _coding(all_: All) -> Iterator[str]:
    book, model = all_.codebook, all_.theme_model
    yield (
        f"Passages were coded with a codebook of {count(book['entries'], 'theme')} (version {book['name']}, SHA-256 "
        f"{book['sha256'][:12]}…; definitions in Table 1)."
    )
    if model is None or not model.same:
        yield "The model that coded the themes is not at hand, so that nothing can be said of how well it codes."
        return
    yield (
        "Codes were assigned by a classifier: for each theme two logistic regressions, one on sentence embeddings "
        "(Reimers & Gurevych, 2019) of the passage and its surroundings and one on words and pairs of words (TF-IDF), "
        "whose combined output was calibrated to a probability (Platt, 1999) on texts that it had not learned from."
    )
    yield from _learned(model)
    yield from _measured(all_, model)


def _learned(model: ModelFigures) -> Iterator[str]:
    yield (
        f"The model (version {model.version}) was trained on {model.n_labels:,} labeled texts of {model.n_groups:,} "
        f"groups (meetings, documents, or sites){_coders(model)}."
    )
    if model.shipped:
        yield (
            "These labels come with the program. They and their texts, on invented meetings, were written by language "
            "models, so that what is measured on them does not tell how well real documents are coded."
        )


def _coders(model: ModelFigures) -> str:
    named = [name for name in model.coders if name != "unnamed"]
    if named:
        return f", labeled by {count(len(named), 'named coder')}"
    return "" if model.shipped else "; who labeled them is not recorded"


def _measured(all_: All, model: ModelFigures) -> Iterator[str]:
    level = percent(all_.settings["confidence"])
    if "F1" in model.measured:
        f1, low, high = model.measured["F1"]
        recall, precision = model.measured["recall"][0], model.measured["precision"][0]
        yield (
            f"In {model.n_folds}-fold cross-validation that kept each group together ({model.n or 0:,} passages of "
            f"whole documents), precision was {share(precision)}, recall {share(recall)}, and F1 {share(f1)} "
            f"({level} CI {interval(low, high)}, drawn over groups) over all themes; Table 2 has each theme, and "
            "beside it the interval that ignoring the groups would give."
        )
    if model.calibration_error is not None:
        yield f"The mean calibration error of the probabilities was {small(model.calibration_error)}."
    if model.yes_precision is not None:
        yield (
            "A theme counted as present from the probability on at which, of such decisions on held-out passages, "
            f"{share(model.yes_precision)} were right (asked for: {share(all_.settings['precision'])}); this finds "
            f"{share(model.yes_share)} of what the labels mark. Less certain cases were set aside for human review."
        )
    yield (
        f"This made {all_.found.tags_yes:,} codes that counted and {all_.found.tags_review:,} that waited for review, "
        "human decisions included."
    )


def _rubric(all_: All) -> Iterator[str]:
    rubric, model, found = all_.rubric, all_.practice_model, all_.found
    if model is None or not model.same:
        yield "Quotations were not compared with a rubric by a model that is at hand."
        return
    yield (
        f"A ranking model compared quotations with the {rubric['entries']} indicators of the rubric "
        f"“{rubric['name']}” (SHA-256 {rubric['sha256'][:12]}…)."
    )
    yield (
        f"It (version {model.version}) was trained on {model.n_labels:,} labeled quotations of {model.n_groups:,} "
        f"groups{_coders(model)}" + ("; these labels, too, come with the program." if model.shipped else ".")
    )
    level = percent(all_.settings["confidence"])
    if "hit_at_1" in model.measured:
        first, third = model.measured["hit_at_1"], model.measured["hit_at_3"]
        yield (
            f"Of {model.n or 0:,} held-out quotations, a right indicator came first for {share(first[0])} ({level} CI "
            f"{interval(*first[1:])}) and among the first three for {share(third[0])} ({level} CI "
            f"{interval(*third[1:])})."
        )
    if model.yes_precision is not None:
        yield f"Of the pairs that counted as matches there, {share(model.yes_precision)} were right."
    evidenced, of = all_.practices_evidenced
    yield (
        f"Here {found.mappings_match:,} pairs of a quotation and an indicator counted as matches and "
        f"{found.mappings_review:,} waited for review; {evidenced} of {of} practices had at least one match."
    )


def _people(all_: All) -> Iterator[str]:
    people = all_.people
    if not people.decisions:
        yield "No person had reviewed the codes at the time of writing; every code reported here is the program’s."
        yield "No second coder was at hand: agreement was not measured."
        return
    kinds = [
        count(n, *_TARGETS.get(target, (target, "")))
        for target, n in sorted(people.by_target.items(), key=lambda entry: -entry[1])
    ]
    coders = ", ".join(f"{name}: {n:,}" for name, n in people.coders.items())
    yield (
        f"{first_upper(count(len(people.coders), 'person', 'people'))} ({coders}) made "
        f"{count(people.decisions, 'decision')} that stand (on {listed(kinds)}), {people.blind:,} of them "
        f"({percent(people.blind / people.decisions)}) without seeing what the program said; "
        f"{count(people.undone, 'decision')} had been taken back."
    )
    yield (
        f"Theme by theme, they confirmed {people.confirmed:,} codes of the program and struck out {people.struck:,}, "
        f"settled {people.settled_yes + people.settled_no:,} of those left for review ({people.settled_yes:,} as "
        f"present), and added {people.added:,}; {count(people.quotes, 'quotation')} and "
        f"{count(people.segments, 'segment')} in the outputs stand as a person corrected them."
    )
    yield from _agreement(all_)
    yield "Where people and program differ, the person’s decision counts; of several people, that of most of them."


def _agreement(all_: All) -> Iterator[str]:
    people = all_.people
    level = percent(all_.settings["confidence"])
    for one in people.agreement:
        if MODEL not in one.coders and len(one.coders) == 2:
            yield _of_two(one, level)
    enough = [one for one in people.agreement if one.n >= FEWEST_JUDGED]
    if enough:
        yield (
            "Table 4 has all coefficients, also of each person with the program (Krippendorff, 2019), and the rule for "
            "text without a theme."
        )
    if people.why_no_agreement:
        yield first_upper(people.why_no_agreement) + "."
    if enough and people.blind < people.decisions:
        yield "Who saw the program’s codes may agree with it more than somebody who had not."
    if any(one.few for one in enough):
        yield "Intervals that are drawn over few documents are too narrow."


def _of_two(one: AgreementFigures, level: str) -> str:
    who = listed(one.coders)
    if one.n < FEWEST_JUDGED:
        return f"{who} both judged {count(one.n, 'passage')}, too few to report agreement."
    (alpha, low, high), (kappa, *_) = one.coefficients["alpha"], one.coefficients["kappa"]
    return (
        f"{who} both judged {one.n:,} passages; over all themes Krippendorff’s α was {share(alpha)} ({level} CI "
        f"{interval(low, high)}, drawn over {one.drawn_over}) and Cohen’s κ {share(kappa)}."
    )


def _prevalence(all_: All) -> Iterator[str]:
    correction, given = all_.correction, all_.settings
    if not correction["made"]:
        yield "Shares of themes are those found; they could not be corrected for the errors of the classifier."
        return
    if correction["sampled"]:
        yield (
            f"Shares of themes were corrected for the errors of the classifier by {correction['sampled']:,} passages "
            "drawn at random and judged by a person (prediction-powered inference; Angelopoulos et al., 2023)."
        )
    else:
        yield (
            "Shares of themes were corrected for the errors of the classifier by its error rates on "
            f"{correction['passages']:,} passages of {correction['documents']:,} held-out documents (Rogan & Gladen, "
            "1978), which presumes that it errs here as it did there."
        )
    yield (
        f"{percent(given['confidence'])} intervals rest on {given['bootstrap']:,} resamples of documents (seed "
        f"{given['seed']}); both shares stand in Table 3."
    )


def _software(all_: All) -> Iterator[str]:
    yield (
        f"All steps were carried out with {NAME} {all_.version} (Problems of Practice, 2026), which works offline and "
        "uses no generative model; its regressions are those of scikit-learn (Pedregosa et al., 2011)."
    )
    yield (
        "The same inputs, settings, and versions give the same results, byte for byte. Settings, versions, and the "
        "SHA-256 of every input and result stand in the audit trail."
    )


def _limits(all_: All) -> Iterator[str]:
    people, model = all_.people, all_.theme_model
    yield "The classifier is one coder among others, and its codes are not the truth."
    if model is not None and model.shipped:
        yield (
            "It was trained and measured on invented texts; how well it codes the documents of this study is not known "
            "until some of them are annotated."
        )
    if not people.decisions:
        yield "None of its codes has been checked by a person."
    elif people.why_no_agreement:
        yield "Whether different people would code alike is not known."
    weak = [theme for theme in all_.themes if theme.f1 is not None and theme.f1 < WEAK]
    if weak:
        names = listed([f"{theme.name.lower()} (F1 {share(theme.f1)})" for theme in weak])
        yield f"Results on {names} call for the most caution: the classifier found them least well."
    bare = [theme.name.lower() for theme in all_.themes if theme.share is None]
    if bare:
        yield f"No corrected share can be given for {listed(bare)} (Table 3 says why)."
    yield from all_.doubts
    yield "[Limits of the selection of documents, and of the researchers’ standpoint: to be written.]"
