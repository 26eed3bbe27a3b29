"""Tables for spreadsheets and statistics: codings in long form, units in wide form, out and back."""
