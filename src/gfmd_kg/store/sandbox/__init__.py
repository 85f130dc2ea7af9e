"""Where strangers' queries run: looked at, in workers that can be killed, without a network."""
