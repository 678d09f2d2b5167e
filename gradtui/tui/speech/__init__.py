"""What nets of symbols say: translations beside the right ones, or a text that goes on."""
