"""Names, roles and organisations of speakers.

`phrases` reads what a speaker phrase itself tells, `roster` finds the people of a whole text, `resolve` finds out whom
a pronoun, a surname or "the superintendent" means, `lexicon` and `names` hold the words and shapes.
"""

from pipeline.stages.quote.people.lexicon import PRONOUNS, is_role
from pipeline.stages.quote.people.names import NAME, Person
from pipeline.stages.quote.people.phrases import is_attribution, read_phrase
from pipeline.stages.quote.people.resolve import describe, resolve
from pipeline.stages.quote.people.roster import Roster

__all__ = ["NAME", "PRONOUNS", "Person", "Roster", "describe", "is_attribution", "is_role", "read_phrase", "resolve"]
