"""A week of a municipality: registers deliver, people apply and decide, things break; each night all must agree."""
