"""The promise of time: calendars, policies, deadlines."""
