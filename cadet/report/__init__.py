"""The same story for the terminal, the browser, a pipeline and a text file."""
