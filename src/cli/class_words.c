/* The table, from the strongest class to the weakest. "Not shown" names what a reader would wrongly conclude first. */
#include <string.h>

#include "cli/class_words.h"

#include "base/banned.h"

const struct class_words class_words[] = {
    {"shell", "error", "Runs what a visitor sends",
     "What a visitor sends is run: as code, as a command, as the name of what is run; or a command interpreter is tied to a "
     "connection, or the file browses and changes files as it is told.",
     "That anybody used it, who put it there, or when: times of files can be set. Nor that the server would run it where it lies.",
     "Consoles and file managers that an administrator put there; test suites and samples of security products."},
    {"admin-tool", "warning", "A tool for databases or files, known by name",
     "It is a known tool by its parts (Adminer, phpMyAdmin and others). Whoever has a password gets at the whole database.",
     "That anybody but its owner used it, or that it was left by an intruder.",
     "The one that the administrator put there and forgot. Forgotten ones are found by others too."},
    {"uploader", "error", "Writes what a visitor sends to a file of their choice",
     "A file is written whose content and name, or whose content and script ending, come from the visitor.",
     "That anything was uploaded through it. What it may have written lies elsewhere, or is gone.",
     "Upload forms of an application that check the name in a file that was not seen together with this one."},
    {"tool", "warning", "A tool that intruders use",
     "It sends letters, relays connections, reads databases or networks as the visitor says.",
     "That it was used, or that it is not the work of the site's own developers.",
     "Contact forms with an open recipient, diagnostic pages, health checks."},
    {"config-shell", "error", "A setting makes other files run",
     "A configuration file makes files run that do not look like code, or puts a file before every page.",
     "That the server obeys such files (AllowOverride, user_ini), or that the file that is meant was there.",
     "Settings of hosters and of old applications that name .html or .inc as PHP."},
    {"packed", "warning", "Code that is hidden",
     "What is run is decoded first, or is called by a name that is put together from pieces.",
     "What it does: sweep did not get to the bottom of it.",
     "Licence checks, protected themes and plugins, minified loaders."},
    {"vendor-encoded", "note", "Encoded as a vendor does",
     "The code is encoded the way that encoders which are sold do it. Nobody can read it without their loader.",
     "That it is harmless. An encoder can be bought by anybody.", "Most of them are: shops and forums are sold so."},
    {"changed-file", "warning", "Differs from the release",
     "The release has this file with other content. White space has been taken out of the comparison.",
     "What was changed, or that an intruder did it. It was analysed as any other file; its own class would be named if it had one.",
     "Local patches, translations, minor updates that were put in by hand, files that an installer rewrites."},
    {"odd-place", "warning", "Code where none belongs",
     "A script lies where the tree around it has none: among uploads and pictures, or in a directory of a release that does not have it.",
     "What it does: nothing in its content led to a stronger class.",
     "Caches and compiled templates, generated pages, plugins that put a file into directories of others."},
    {"rule", "warning", "A given rule matched",
     "A YARA rule that was given with --rules matched. What that means is its author's to say.",
     "Anything beyond what the rule describes.", "Whatever the rule's author did not think of."},
    {"hint", "note", "Something to know",
     "Something that means little by itself: the visitor's text comes near a dangerous call, an odd time, a name.",
     "That anything is wrong. On stock applications there are many.", "Nearly all of them."},
};

const size_t class_words_count = sizeof class_words / sizeof *class_words;

const struct class_words *class_words_of(const char *class)
{
    for (size_t i = 0; i < class_words_count; i++) {
        if (strcmp(class_words[i].class, class) == 0) {
            return &class_words[i];
        }
    }
    return &class_words[class_words_count - 1];
}
