"""Machine code for models: values of LLVM IR that hold one number, or one number per lane of a vector."""
