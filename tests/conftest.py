"""Settings of the whole set: hypothesis draws the same examples in every run, and no example is timed."""

from hypothesis import settings

settings.register_profile("exokinetics", deadline=None, derandomize=True, max_examples=100)
settings.load_profile("exokinetics")
