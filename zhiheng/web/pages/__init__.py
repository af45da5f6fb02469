"""The pages: each view parses the address, asks one question, and renders one template."""
