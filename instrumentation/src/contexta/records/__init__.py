"""What happens: one function per event of the wire contract, and what is gathered for it."""
