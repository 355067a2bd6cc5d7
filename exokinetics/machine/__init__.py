"""Machine code: emitted through LLVM, kept on disk, loaded into the process; it knows nothing of models."""
