"""The page of calendars: static files, served by `slaclock.http.static`."""
