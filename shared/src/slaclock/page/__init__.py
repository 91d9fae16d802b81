"""What every page of the platform is made of: colours, the way in, and asking its own service.

Static files without a build step; `slaclock.http.static` serves them beside a service's own.
"""
