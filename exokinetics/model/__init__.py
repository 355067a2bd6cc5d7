"""What a model is made of: values with their provenance, parts that merge, and the whole."""
