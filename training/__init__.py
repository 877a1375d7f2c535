"""Training: from labelled texts to the weights of a classifier."""
