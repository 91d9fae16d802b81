"""Real servers from Python wheels: starting, waiting, stopping, and killing them whole.

Used by the tests (`slaclock.testing`) and by the embedded runtime. Needs the packages of the
extra `slaclock[embedded]`; nothing here is imported by a service.
"""
