"""What measures speed. Ratios are taken interleaved in one run: these machines are noisy."""
