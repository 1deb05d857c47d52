"""The Grafana dashboards, one question each: `python -m dashboards` writes their JSON into `dashboards/generated`.

A dashboard is a module with a `BOARD`, listed in `__main__`: sections of panels, the verdict first. `queries` asks
Prometheus (`over_time` for graphs, `now` for figures, `rows` for tables), `panels` has the kinds of panels, `fields`
says what a field looks like (thresholds, mappings, overrides, links), and `variables` has the choices at the head.

* Unknown looks unknown: no value is filled with 0, and a missing one stands there in grey.
* Red is what an alert calls critical, orange what it calls a warning, with its thresholds; blue is for information.
* Load and latency are gauges. `rate()` is for counters alone, over `$__rate_interval`.
* A pool is known by `system` and `pool_id`; `of_pools` narrows series to the chosen pools and names them.
* One exporter is taken to watch a system.
"""
