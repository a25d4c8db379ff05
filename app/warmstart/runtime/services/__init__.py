"""The services that functions talk to and are called by, each a state machine over the loop."""
