"""Fuzzing: thousands of damaged and malicious files for every reader, none of which may do more than be refused."""
