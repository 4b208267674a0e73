/* The formats: EXPORT(name, file ending, what it is); each is src/export/<name>.c with export_<name>(). */
EXPORT(json, ".json", "the case as it stands, in one canonical JSON document (RFC 8785)")
EXPORT(stix, ".json", "STIX 2.1 bundle: parties, statements, claims as notes, verdicts as opinions, findings, exhibits")
EXPORT(timesketch, ".jsonl", "Timesketch JSON Lines: what was said, done, found and due, and the holes of the logs")
EXPORT(claimreview, ".jsonld", "schema.org ClaimReview (JSON-LD), one per claim; --url and --author are worth giving")
EXPORT(veris, ".json", "VERIS 1.4 incident: what of it is confirmed, and what is only alleged")
EXPORT(ics, ".ics", "iCalendar (RFC 5545): every deadline as an event, with a reminder the day before")
EXPORT(misp, ".json", "MISP event: exhibits, findings, claims with their verdicts")
