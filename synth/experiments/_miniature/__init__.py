"""A size and a seed go in, a generated world, its sealed training and its measured rows come out."""
