"""The site: the only place that joins pages and API."""
