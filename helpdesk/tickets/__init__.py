"""The ticket queue: what agents work in and customers write to."""
