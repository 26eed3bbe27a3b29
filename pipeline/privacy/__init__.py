"""Names and contact details: what must not leave with a file, and the pseudonyms that stand for them.

`roster` and `key` hold the names, `forms` the ways in which a name is written, `words` compares them whatever their
spelling, `contacts` finds contact details and identifiers, `opened` reads the text of any file that we write, and
`leaks` looks for all of these in it.
"""
