"""The price book: list prices and model aliases taken from the genai-prices library."""
