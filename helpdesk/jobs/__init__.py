"""Work that is owed: kept as rows, done by whoever is free."""
