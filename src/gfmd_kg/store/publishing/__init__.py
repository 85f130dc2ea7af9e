"""Put releases into an endpoint, several beside each other, and read one of them."""
