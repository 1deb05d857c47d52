"""What is served over HTTP: the page, the status page and the health endpoints."""
