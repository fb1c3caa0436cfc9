"""What tests, benchmarks and the screenshot script share: a real server and a real browser."""
