"""What the sources said, frozen: readings, snapshots of them, and the instant they were taken."""
