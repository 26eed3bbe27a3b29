"""The works that the text names, in the form of the APA and as BibTeX."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from pipeline.stages.report.methods import citation
from pipeline.version import __version__


class Work(NamedTuple):
    """A work. `cited`: how the text names it; `listed`: in a list of references; `kind`, `fields`: as BibTeX."""

    cited: str
    listed: str
    kind: str
    fields: Mapping[str, str]


WORKS: Final[dict[str, Work]] = {
    "angelopoulos2023": Work(
        "Angelopoulos et al., 2023",
        "Angelopoulos, A. N., Bates, S., Fannjiang, C., Jordan, M. I., & Zrnic, T. (2023). Prediction-powered "
        "inference. *Science, 382*(6671), 669–674. https://doi.org/10.1126/science.adi6000",
        "article",
        {
            "author": "Angelopoulos, Anastasios N. and Bates, Stephen and Fannjiang, Clara and Jordan, Michael I. and "
            "Zrnic, Tijana",
            "title": "Prediction-powered inference",
            "journal": "Science",
            "year": "2023",
            "volume": "382",
            "number": "6671",
            "pages": "669--674",
            "doi": "10.1126/science.adi6000",
        },
    ),
    "halpern1983": Work(
        "Halpern, 1983",
        "Halpern, E. S. (1983). *Auditing naturalistic inquiries: The development and application of a model* "
        "[Unpublished doctoral dissertation]. Indiana University.",
        "phdthesis",
        {
            "author": "Halpern, Edward S.",
            "title": "Auditing naturalistic inquiries: The development and application of a model",
            "school": "Indiana University",
            "year": "1983",
            "note": "Unpublished doctoral dissertation",
        },
    ),
    "krippendorff2019": Work(
        "Krippendorff, 2019",
        "Krippendorff, K. (2019). *Content analysis: An introduction to its methodology* (4th ed.). Sage.",
        "book",
        {
            "author": "Krippendorff, Klaus",
            "title": "Content analysis: An introduction to its methodology",
            "edition": "4",
            "publisher": "Sage",
            "year": "2019",
        },
    ),
    "lincoln1985": Work(
        "Lincoln & Guba, 1985",
        "Lincoln, Y. S., & Guba, E. G. (1985). *Naturalistic inquiry*. Sage.",
        "book",
        {
            "author": "Lincoln, Yvonna S. and Guba, Egon G.",
            "title": "Naturalistic inquiry",
            "publisher": "Sage",
            "year": "1985",
        },
    ),
    "pedregosa2011": Work(
        "Pedregosa et al., 2011",
        "Pedregosa, F., Varoquaux, G., Gramfort, A., Michel, V., Thirion, B., Grisel, O., Blondel, M., "
        "Prettenhofer, P., Weiss, R., Dubourg, V., Vanderplas, J., Passos, A., Cournapeau, D., Brucher, M., Perrot, "
        "M., & Duchesnay, É. (2011). Scikit-learn: Machine learning in Python. *Journal of Machine Learning Research, "
        "12*, 2825–2830.",
        "article",
        {
            "author": 'Pedregosa, Fabian and Varoquaux, Ga{\\"e}l and Gramfort, Alexandre and others',
            "title": "Scikit-learn: Machine learning in {Python}",
            "journal": "Journal of Machine Learning Research",
            "year": "2011",
            "volume": "12",
            "pages": "2825--2830",
        },
    ),
    "platt1999": Work(
        "Platt, 1999",
        "Platt, J. C. (1999). Probabilistic outputs for support vector machines and comparisons to regularized "
        "likelihood methods. In A. J. Smola, P. Bartlett, B. Schölkopf, & D. Schuurmans (Eds.), *Advances in large "
        "margin classifiers* (pp. 61–74). MIT Press.",
        "incollection",
        {
            "author": "Platt, John C.",
            "title": "Probabilistic outputs for support vector machines and comparisons to regularized likelihood "
            "methods",
            "booktitle": "Advances in large margin classifiers",
            "publisher": "MIT Press",
            "year": "1999",
            "pages": "61--74",
        },
    ),
    "pop": Work(
        "Problems of Practice, 2026",
        citation(),
        "software",
        {"title": "Problems of Practice", "version": __version__, "year": "2026", "note": "Computer software"},
    ),
    "reimers2019": Work(
        "Reimers & Gurevych, 2019",
        "Reimers, N., & Gurevych, I. (2019). Sentence-BERT: Sentence embeddings using Siamese BERT-networks. In "
        "*Proceedings of the 2019 Conference on Empirical Methods in Natural Language Processing* (pp. 3982–3992). "
        "https://doi.org/10.18653/v1/D19-1410",
        "inproceedings",
        {
            "author": "Reimers, Nils and Gurevych, Iryna",
            "title": "Sentence-{BERT}: Sentence embeddings using {Siamese} {BERT}-networks",
            "booktitle": "Proceedings of the 2019 Conference on Empirical Methods in Natural Language Processing",
            "year": "2019",
            "pages": "3982--3992",
            "doi": "10.18653/v1/D19-1410",
        },
    ),
    "rogan1978": Work(
        "Rogan & Gladen, 1978",
        "Rogan, W. J., & Gladen, B. (1978). Estimating prevalence from the results of a screening test. *American "
        "Journal of Epidemiology, 107*(1), 71–76. https://doi.org/10.1093/oxfordjournals.aje.a112510",
        "article",
        {
            "author": "Rogan, Walter J. and Gladen, Beth",
            "title": "Estimating prevalence from the results of a screening test",
            "journal": "American Journal of Epidemiology",
            "year": "1978",
            "volume": "107",
            "number": "1",
            "pages": "71--76",
            "doi": "10.1093/oxfordjournals.aje.a112510",
        },
    ),
}


def used(text: str) -> list[str]:
    """Return the keys of the works that a text names, in the order of the list of references."""
    return [key for key, work in WORKS.items() if work.cited in text]


def listed(keys: list[str]) -> list[str]:
    """Return a list of references."""
    return sorted((WORKS[key].listed for key in keys), key=lambda entry: entry.replace("*", "").casefold())


def bibtex(keys: list[str]) -> str:
    """Return works as BibTeX."""
    entries = []
    for key in keys:
        work = WORKS[key]
        fields = "".join(f"  {name} = {{{_ascii(value)}}},\n" for name, value in work.fields.items())
        entries.append(f"@{work.kind}{{{key},\n{fields}}}\n")
    return "\n".join(entries)


def _ascii(value: str) -> str:
    return re.sub(r"&", r"\\&", value)
