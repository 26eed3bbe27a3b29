"""Other programs on the outputs: the index in Datasette."""
