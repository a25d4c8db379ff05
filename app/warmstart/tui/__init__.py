"""The only Textual: screens call one use case and draw the answer."""
