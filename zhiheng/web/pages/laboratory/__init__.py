"""The laboratory's own pages: its samples, the entry of results by form and by file, reports and their release."""
