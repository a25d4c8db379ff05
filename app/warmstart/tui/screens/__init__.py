"""The screens, a module each; only Today is imported before the first frame."""
