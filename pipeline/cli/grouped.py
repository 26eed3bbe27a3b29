"""A command whose many options are listed in groups."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

OTHERS = "Other options"


class GroupedCommand(click.Command):
    """Lists options under the headings of `groups`, by their names; those that stand in none come last."""

    def __init__(self, *args: Any, groups: Mapping[str, Sequence[str]], **kwargs: Any) -> None:
        """Take the groups; all else as any command."""
        super().__init__(*args, **kwargs)
        self.groups = groups

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a section for each group."""
        options = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]
        known = {str(one.name): record for one in options if (record := one.get_help_record(ctx))}
        named = {name for names in self.groups.values() for name in names}
        sections = {**self.groups, OTHERS: [name for name in known if name not in named]}
        for title, names in sections.items():
            with formatter.section(title):
                formatter.write_dl([known[name] for name in names if name in known], col_max=22)
