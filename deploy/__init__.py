"""The files to run the exporter with: systemd, compose, Kubernetes."""
