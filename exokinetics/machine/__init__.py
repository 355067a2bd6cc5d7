"""Machine code: the processor it is made for, how it is compiled and loaded, and where it is kept."""
