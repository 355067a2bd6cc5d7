"""What the drivers of all methods share, as machine code: sets in lanes, doses, stops, output, and what is asked."""
