"""`slaclock demo`: the platform with a help desk's traffic, so that there is something to see."""
