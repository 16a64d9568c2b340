"""What is done with the installation as a whole, and what people are told of it."""
