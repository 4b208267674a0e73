"""The open benchmark of match: does a sample come from this database? (docs/accuracy-match.md)"""
