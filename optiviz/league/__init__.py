"""Fair races: sweeps of many runs in blocks, the store they go to, and the league scored from it."""
