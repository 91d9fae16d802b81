"""The `slaclock` command: one module per command, conventions kept in one place.

A command's module offers `register(app)`, which adds it to the typer application, and a package
announces it by an entry point of the group `slaclock.commands`. A command raises what goes wrong;
`main` turns it into one line on stderr and an exit code (`exits`).
"""
