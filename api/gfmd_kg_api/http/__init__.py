"""HTTP as such: requests, responses, problems, negotiation, pages of an answer."""
