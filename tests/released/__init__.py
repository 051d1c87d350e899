"""What earlier releases promised stays true."""
