"""The business-time kernel beside two other libraries, on the same work in the same run."""
