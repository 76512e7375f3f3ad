"""``translator bulk``: very much text, by shards."""
