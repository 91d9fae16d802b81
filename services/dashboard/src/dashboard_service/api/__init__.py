"""HTTP in: figures for people, and the page that shows them."""
