"""The Grafana dashboards, one question each: `python -m dashboards` writes their JSON into `dashboards/generated`."""
