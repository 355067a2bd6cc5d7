"""Events in a simulation: when they fire, what they do, and what that means for derivatives."""
