"""Organisations, their sites, products, scopes and certificates to read: how they are called, what was known when, who is alike."""
