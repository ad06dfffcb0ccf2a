"""A claim goes in, the arithmetic that it states comes out, with inputs, tolerance and the program to run."""
