"""What is connected to what, which way evidence flows, and how far each connection is believed."""
