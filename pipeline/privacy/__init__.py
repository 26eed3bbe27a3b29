"""Names and contact details: what should not leave this computer, found and replaced."""
