"""What customers are asked and offered, as files declare it: surveys and price books."""
