"""Typer commands: parse, call, print, exit code. What is heavy is imported inside the commands."""
