"""The classifiers that guardc brings along: where their texts come from, and how they are trained and measured."""
