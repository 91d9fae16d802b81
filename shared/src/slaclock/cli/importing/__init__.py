"""Importers: files of other systems become ticket facts, published like any other.

`servicenow` and `cloudevents` turn rows and lines into `Message`s without touching anything
outside; `publishing` sends them, never far ahead of the platform; `summary` counts what came out.
"""
