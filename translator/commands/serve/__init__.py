"""``translator serve``: LibreTranslate's HTTP interface, and one page to translate on."""
