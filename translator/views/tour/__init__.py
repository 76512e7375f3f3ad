"""The guided tour: pages of numbers (``pages``), said in a language (``voice``), drawn as text (``draw``)."""
