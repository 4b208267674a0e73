/* How anybody checks the case without this program and without a network: with it, with OpenSSL and coreutils, with Go. */
#include "assay/case.h"
#include "base/hash.h"
#include "base/str.h"
#include "report/inside.h"

#include "base/banned.h"

static void comment(struct page *page, enum word key)
{
    put_lit(&page->out, "<i># ");
    word(page, key);
    put_lit(&page->out, "</i>\n");
}

static void put_assay(struct page *page)
{
    comment(page, W_CHECK_ALL);
    put_lit(&page->out, "$ assay verify .\n\n");
}

/* The key that signed the newest checkpoint: the first, which lies in the file vkey, unless it was handed over since. */
static struct str signer_of(const struct page *page)
{
    struct str signer = model_text(page->model->ledger, "signer");
    return signer.len != 0 ? signer : model_text(page->model->ledger, "vkey");
}

static void put_openssl(struct page *page)
{
    struct str signer = signer_of(page);
    OWN(own_buf) struct buf token = {0};
    bool is_first = !put_token(&token, signer) || str_eq(signer, model_text(page->model->ledger, "vkey"));
    comment(page, W_CHECK_OPENSSL);
    put_lit(
        &page->out,
        "$ sed &#39;/^$/,$d&#39; checkpoint &gt; signed\n"
        "$ grep &#39;^— &#39; checkpoint | head -n 1 | cut -d&#39; &#39; -f3 | base64 -d | tail -c 64 &gt; signature\n"
        "$ { printf &#39;\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000&#39;\n"
        "    ");
    if (is_first) {
        put_lit(&page->out, "cut -d+ -f3- vkey");
    } else {
        put_lit(&page->out, "printf %s ");
        buf_put(&page->out, buf_str(&token));
        put_lit(&page->out, " | cut -d+ -f3-");
    }
    put_lit(&page->out, " | base64 -d | tail -c 32; } &gt; key.der\n"
                        "$ openssl pkeyutl -verify -pubin -keyform DER -inkey key.der \\\n"
                        "    -rawin -in signed -sigfile signature\n"
                        "Signature Verified Successfully\n\n");
}

static void put_go(struct page *page, struct str vkey)
{
    comment(page, W_CHECK_GO);
    put_lit(&page->out, "$ cat check.go\n"
                        "package main\n"
                        "import (&quot;fmt&quot;; &quot;os&quot;; &quot;golang.org/x/mod/sumdb/note&quot;)\n"
                        "func main() {\n"
                        "    text, _ := os.ReadFile(&quot;checkpoint&quot;)\n"
                        "    key, err := note.NewVerifier(");
    OWN(own_buf) struct buf token = {0};
    if (put_token(&token, vkey)) {
        put_lit(&page->out, "\"");
        buf_put(&page->out, buf_str(&token));
        put_lit(&page->out, "\"");
    } else {
        put_json(&page->out, vkey);
    }
    put_lit(&page->out, ")\n"
                        "    if err != nil { panic(err) }\n"
                        "    signed, err := note.Open(text, note.VerifierList(key))\n"
                        "    if err != nil { panic(err) }\n"
                        "    fmt.Print(signed.Text)\n"
                        "}\n\n");
}

/* As of when it was signed; a root certificate comes from the authority, never from us. */
static void put_stamps(struct page *page)
{
    if (json_array_size(model_array(model_checkpoint(page->model), "stamps")) == 0) {
        return;
    }
    comment(page, W_CHECK_STAMPS);
    put_html(&page->out, str_of(assay_case_stamp_commands()));
    put_lit(&page->out, "\n");
}

/* The first exhibit that is one file: its ledger line hashed as a leaf, and its own bytes. */
static void put_exhibit(struct page *page)
{
    const json_t *evidence = page->model->evidence;
    for (size_t i = 0; i < json_array_size(evidence); i++) {
        const json_t *exhibit = json_array_get(evidence, i);
        struct str digest = model_text(exhibit, "sha256");
        uint8_t bytes[SHA256_BYTES];
        struct str what = model_text(exhibit, "what");
        bool is_file = !str_eq(what, STR("tree")) && !str_eq(what, STR("database"));
        if (!is_file || digest.len != SHA256_HEX || !hex_decode(bytes, SHA256_BYTES, digest)) {
            continue;
        }
        put_lit(&page->out, "<i># ");
        PUT(page, W_CHECK_EXHIBIT, FILL_TEXT("id", model_text(exhibit, "id")),
            FILL_COUNT("n", model_count(exhibit, "n")));
        put_lit(&page->out, "</i>\n$ sha256sum FILE\n");
        (void)put_token(&page->out, digest);
        put_lit(&page->out, "  FILE\n");
        buf_printf(&page->out,
                   "$ { printf &#39;\\0&#39;; sed -n %llup ledger.jsonl | tr -d &#39;\\n&#39;; } | sha256sum\n\n",
                   (unsigned long long)model_count(exhibit, "n") + 1);
        return;
    }
}

static void put_page_digest(struct page *page)
{
    comment(page, W_CHECK_PAGE);
    put_lit(&page->out, "$ grep -c &quot;$(sha256sum &lt; PAGE.html | cut -c1-64)&quot; ledger.jsonl\n1");
}

static void put_pair(struct page *page, enum word key, struct str value, bool is_mono)
{
    if (value.len == 0) {
        return;
    }
    put_lit(&page->out, "<dt>");
    word(page, key);
    put_either(&page->out, is_mono, "</dt><dd class=\"m\">", "</dt><dd>");
    if (is_mono) {
        (void)put_token(&page->out, value);
    } else {
        put_html(&page->out, value);
    }
    put_lit(&page->out, "</dd>");
}

/* Of a list of texts, one pair with commas between. */
static void put_list(struct page *page, enum word key, const json_t *list)
{
    OWN(own_buf) struct buf all = {0};
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct str one = model_text_at(list, i);
        buf_puts(&all, i != 0 ? ", " : "");
        buf_put(&all, one);
    }
    put_pair(page, key, buf_str(&all), false);
}

static void put_facts(struct page *page)
{
    const json_t *ledger = page->model->ledger, *checkpoint = model_checkpoint(page->model);
    OWN(own_buf) struct buf size = {0}, sealed = {0};
    number_count(&size, model_count(ledger, "size"));
    number_count(&sealed, model_count(checkpoint, "size"));
    put_lit(&page->out, "<dl class=\"ui dl\">");
    put_pair(page, W_LEDGER_ENTRIES, buf_str(&size), false);
    put_pair(page, W_LEDGER_ROOT, model_text(ledger, "root"), true);
    if (checkpoint != NULL) {
        put_pair(page, W_CHECKPOINT_SIZE, buf_str(&sealed), false);
        put_pair(page, W_CHECKPOINT_ROOT, model_text(checkpoint, "root"), true);
        put_list(page, W_COSIGNERS, model_array(checkpoint, "cosigners"));
        put_list(page, W_STAMPS, model_array(checkpoint, "stamps"));
    }
    put_pair(page, W_ORIGIN, model_text(ledger, "origin"), true);
    put_pair(page, W_VKEY, model_text(ledger, "vkey"), true);
    put_lit(&page->out, "</dl>");
}

void section_check(struct page *page)
{
    bool is_sealed = model_checkpoint(page->model) != NULL;
    section_open(page, "check", W_H_CHECK);
    put_lit(&page->out, "<div class=\"col\"><p>");
    word(page, W_CHECK_INTRO);
    put_lit(&page->out, "</p>");
    if (!is_sealed) {
        put_lit(&page->out, "<p><b>");
        word(page, W_NOT_SEALED);
        put_lit(&page->out, "</b></p>");
    }
    put_lit(&page->out, "</div><pre tabindex=\"0\" role=\"region\" aria-label=\"");
    put_attr(&page->out, str_of(say_template(W_CHECK_COMMANDS)));
    put_lit(&page->out, "\">");
    put_assay(page);
    if (is_sealed) {
        put_openssl(page);
        put_go(page, signer_of(page));
        put_stamps(page);
    }
    put_exhibit(page);
    put_page_digest(page);
    put_lit(&page->out, "</pre><div class=\"two\">");
    put_facts(page);
    put_lit(&page->out, "<div class=\"side\"><p>");
    word(page, W_SIGNATURE_MEANS);
    put_lit(&page->out, "</p></div></div>");
    section_close(page);
}
