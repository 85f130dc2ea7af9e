"""Run the application, and change from one release to the next."""
