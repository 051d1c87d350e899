"""The command as users run it, against captures and a loopback AWS."""
