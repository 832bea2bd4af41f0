"""The browser's side of the house: requests, forms, pages, what every template may use."""
