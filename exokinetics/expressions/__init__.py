"""Rate equations as data: a graph of expressions, its derivatives, its text and its compiled form."""
