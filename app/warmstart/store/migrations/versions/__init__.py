"""One file a step; a step is never edited once it has shipped."""
