"""The re-enactment: a real shop, real servers, invented people. See ../README.md."""
