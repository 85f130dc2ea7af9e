"""What surrounds the application: kept answers, headers, figures, a log, limits."""
