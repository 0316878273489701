"""The command line of dcpkit. It wires the rooms together and holds no logic of its own."""
