"""What the API and the dataset say of themselves."""
