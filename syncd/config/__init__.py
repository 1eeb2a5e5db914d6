"""What the user wants: TOML, environment and options become one frozen Config, or one error that names every fault."""
