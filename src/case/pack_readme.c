/* The README of a bundle: what it is, and how a stranger checks it with sha256sum, openssl and Python, without Assay. */
#include <inttypes.h>

#include "base/str.h"
#include "base/time.h"
#include "case/pack.h"

#include "base/banned.h"

static const char intro[] =
    "What this is\n"
    "------------\n"
    "A case of Assay (a forensic ledger) as it was handed over. ledger.jsonl holds every entry,\n"
    "one a line; checkpoint is a signed head of the hash tree over all of them; documents/ holds\n"
    "originals under their SHA-256; proofs/ one proof per exhibit (C2SP tlog-proof); leaves the\n"
    "hash of every entry. Nothing here says that what was written down is true. It shows that\n"
    "nothing was altered, added or taken away since the key in vkey signed it. Compare that key,\n"
    "and a checkpoint if you have an older one, with what its owner gave you by another way.\n\n";

static const char files_text[] =
    "1. The files (coreutils). The fourth line of bundle is the digest of the list itself:\n\n"
    "    sha256sum -c --quiet SHA256SUMS && echo files agree\n"
    "    test \"$(sed -n 4p bundle)\" = \"$(sha256sum < SHA256SUMS | cut -c 1-64)\" && echo list agrees\n\n"
    "2. The signatures (OpenSSL 3): of the tree head, and of the list where it is signed.\n"
    "   The text of a note is what stands before its empty line.\n\n"
    "    check() {\n"
    "      { printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'\n"
    "        echo \"$2\" | sed 's/^[^+]*+[^+]*+//' | base64 -d | tail -c 32; } > /tmp/key.der\n"
    "      sed '/^$/,$d' $1 > /tmp/text\n"
    "      awk -v name=\"$(sed 1q checkpoint)\" '/^\xe2\x80\x94 / && $2 == name { print $3; exit }' $1 |\n"
    "        base64 -d | tail -c 64 > /tmp/signature\n"
    "      openssl pkeyutl -verify -pubin -keyform DER -inkey /tmp/key.der -rawin -in /tmp/text -sigfile /tmp/signature\n"
    "    }\n";

static const char stamps_text[] =
    "3. The timestamps (RFC 3161). -attime asks as of the time that the authority signed, so that an\n"
    "   answer holds after its certificate has expired. Get the authority's root certificate from\n"
    "   itself, not from here, and put it into /tmp/roots.pem. Who cosigned after the stamp adds a line\n"
    "   to the checkpoint, so the stamp is over the first of them:\n\n";

/* At most 40 lines, of the standard library. The test of the bundle runs what it finds between these marks. */
static const char program[] =
    "import base64, hashlib, json, os\n"
    "\n"
    "def sha(data):\n"
    "    return hashlib.sha256(data).digest()\n"
    "\n"
    "def tree(leaves):\n"
    "    if len(leaves) == 1:\n"
    "        return leaves[0]\n"
    "    split = 1 << ((len(leaves) - 1).bit_length() - 1)\n"
    "    return sha(b\"\\1\" + tree(leaves[:split]) + tree(leaves[split:]))\n"
    "\n"
    "def read(name):\n"
    "    with open(name, \"rb\") as file:\n"
    "        return file.read()\n"
    "\n"
    "listed = dict(reversed(line.split(\"  \")) for line in read(\"SHA256SUMS\").decode().splitlines())\n"
    "there = {os.path.join(folder, name)[2:] for folder, _, names in os.walk(\".\") for name in names}\n"
    "head = read(\"bundle\").decode().splitlines()\n"
    "assert head[3] == sha(read(\"SHA256SUMS\")).hex(), \"SHA256SUMS is not the list of this bundle\"\n"
    "assert there == set(listed) | {\"bundle\", \"SHA256SUMS\"}, there ^ set(listed)\n"
    "for name, digest in listed.items():\n"
    "    assert sha(read(name)).hex() == digest, name + \" is not what is listed\"\n"
    "\n"
    "origin, size, root = read(\"checkpoint\").decode().splitlines()[:3]\n"
    "*lines, rest = read(\"ledger.jsonl\").split(b\"\\n\")\n"
    "assert head[1:3] == [origin, size] and len(lines) == int(size) and rest == b\"\", \"the number of entries\"\n"
    "left_out = [line.startswith(b\"sha256:\") for line in lines]\n"
    "leaves = [bytes.fromhex(line[7:].decode()) if out else sha(b\"\\0\" + line) for line, out in zip(lines, left_out)]\n"
    "assert base64.b64encode(tree(leaves)).decode() == root, \"the tree is not the one that was signed\"\n"
    "withheld = {line[:64] for line in read(\"WITHHELD\").decode().splitlines()} if \"WITHHELD\" in listed else set()\n"
    "for number, (line, out) in enumerate(zip(lines, left_out)):\n"
    "    entry = {} if out else json.loads(line)\n"
    "    assert out or entry[\"n\"] == number, f\"entry {number} is out of place\"\n"
    "    for digest in [entry[key] for key in (\"sha256\", \"rates\") if key in entry and entry.get(\"archived\")]:\n"
    "        assert \"documents/\" + digest in listed or digest in withheld, digest + \" is missing\"\n"
    "assert all(name[10:] == digest for name, digest in listed.items() if name.startswith(\"documents/\"))\n"
    "print(f\"{size} entries agree; {sum(left_out)} of them and {len(withheld)} documents were left out\")\n";

/* A note, and where the key that signed it is written down: the file vkey, or the entry that named it later. */
static void put_check(const struct pack *pack, const char *note, uint64_t size, struct buf *out)
{
    const struct case_key *key = case_key_for(&pack->kase->keys, size);
    if (key->after == 0) {
        buf_printf(out, "    check %s \"$(cat vkey)\"\n", note);
        return;
    }
    buf_printf(out,
               "    check %s \"$(sed -n %" PRIu64 "p ledger.jsonl | sed 's/.*\"vkey\":\"\\([^\"]*\\)\".*/\\1/')\"\n",
               note, key->after);
}

static void put_signatures(const struct pack *pack, struct buf *out)
{
    size_t own = case_keys_own(&pack->kase->keys);
    put_check(pack, "checkpoint", pack->size, out);
    put_check(pack, "bundle", pack->size + 1, out);
    if (own > 1) {
        buf_printf(
            out,
            "\n   The case has had %zu keys. vkey is the first; entries of type key with act rotate name the next,\n"
            "   each signed by the one before, which assay verify checks and these commands do not.\n",
            own);
    }
    buf_putc(out, '\n');
}

static void put_left_out(const struct pack *pack, struct buf *out)
{
    uint64_t withheld = json_object_size(pack->withheld);
    if (withheld == 0 && pack->redacted == 0) {
        buf_puts(out, "Nothing of the ledger and no archived document was left out.\n\n");
        return;
    }
    buf_printf(out,
               "LEFT OUT: %" PRIu64 " documents (WITHHELD names them by digest) and %" PRIu64
               " entries (a line sha256:...\n"
               "in ledger.jsonl is the leaf hash of one). What is here is proved; what is left out is not seen,\n"
               "only fixed: shown later, it can be checked against these hashes, and against nothing else.\n\n",
               withheld, pack->redacted);
}

static void put_stamps(const struct pack *pack, struct buf *out)
{
    if (pack->stamps == 0) {
        buf_puts(out, "3. Timestamps: none are here. When it was signed is known from the signer only.\n\n");
        return;
    }
    buf_puts(out, stamps_text);
    struct str_cut lines = {.tail = str_of(assay_case_stamp_commands())};
    while (lines.tail.len != 0) {
        lines = str_cut(lines.tail, '\n');
        buf_printf(out, "    %.*s\n", STR_FMT(lines.head));
    }
    buf_putc(out, '\n');
}

int pack_readme(struct pack *pack, struct buf *out, struct err *err)
{
    char when[TIME_TEXT];
    time_human(when, (int64_t)pack->time_s * NS_PER_S);
    buf_printf(out, "Bundle of %s: %" PRIu64 " entries, %" PRIu64 " documents, newest entry shown %s UTC.\n\n",
               pack->kase->vkey.name, pack->size, pack->documents, when);
    buf_puts(out, intro);
    put_left_out(pack, out);
    buf_puts(out, "How to check it without Assay\n-----------------------------\n"
                  "Unpack it into an empty folder and go there: mkdir check && tar -xf FILE -C check && cd check\n\n");
    buf_puts(out, files_text);
    put_signatures(pack, out);
    put_stamps(pack, out);
    buf_puts(out, "4. The tree, the number of entries and the documents (Python 3; save it outside this folder as\n"
                  "   /tmp/check.py and run it in here: python3 /tmp/check.py):\n\n```python\n");
    buf_puts(out, program);
    buf_puts(out, "```\n\nOr, with Assay: assay verify FILE does all of it and names the entry and the damage.\n");
    return buf_check(out, err);
}
