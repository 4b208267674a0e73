"""The measurements behind data/error-rates.json, one file each."""
