/* Names of columns. */
#include <string.h>

#include "match/names.h"

#include "base/banned.h"

#define COUNT(words) (sizeof(words) / sizeof(*(words)))

static bool is_letter(char byte)
{
    return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
}

static bool has_stem(struct str name, const char *const *stems, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_find_nocase(name, str_of(stems[i]), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

static bool has_word(struct str name, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(words[i]);
        for (size_t at = str_find_nocase(name, str_of(words[i]), 0); at != SIZE_MAX;
             at = str_find_nocase(name, str_of(words[i]), at + 1)) {
            bool begins = at == 0 || !is_letter(name.data[at - 1]);
            if (begins && (at + len == name.len || !is_letter(name.data[at + len]))) {
                return true;
            }
        }
    }
    return false;
}

static bool is_deletion(struct str name)
{
    static const char *const stems[] = {"delet",   "remov",      "erased", "geloesch", "gelösch", "borrad", "elimin",
                                        "supprim", "verwijderd", "usunie", "удал",     "削除",    "删除",   "삭제"};
    return has_stem(name, stems, COUNT(stems));
}

/* A changed password or address is no changed row, but a time of its own. */
static bool is_of_a_part(struct str name)
{
    static const char *const stems[] = {"pass", "pwd", "email", "mail", "status", "price"};
    return has_stem(name, stems, COUNT(stems));
}

static bool is_change(struct str name)
{
    static const char *const stems[] = {
        "updat",  "modif",  "chang",  "edited",   "lastmod",  "geaend",   "geänd",    "aender",  "änder",    "Änder",
        "ændr",   "ändrad", "endret", "aktualis", "aktualiz", "actualiz", "atualiz",  "alterad", "gewijzig", "bijgew",
        "modyf",  "zmien",  "změn",   "oppdat",   "uppdat",   "guncel",   "güncel",   "modosit", "módosí",   "измен",
        "обновл", "更新",   "修改",   "変更",     "변경",     "수정",     "mise_a_j", "päivit",  "date_upd"};
    static const char *const words[] = {"upd", "maj", "tstamp", "mtime", "muokattu"};
    return (has_stem(name, stems, COUNT(stems)) || has_word(name, words, COUNT(words))) && !is_of_a_part(name);
}

static bool is_creation(struct str name)
{
    static const char *const stems[] = {
        "creat",   "creac",   "cread",  "creaz",  "créé",    "join",    "regist",   "signup",    "sign_up",
        "added",   "insert",  "since",  "opened", "erstell", "angeleg", "anlage",   "anmelde",   "eingetrag",
        "erfasst", "inscri",  "ajout",  "cadast", "criad",   "criac",   "criaç",    "aangemaak", "ingeschrev",
        "utworz",  "dodani",  "vytvor", "vytvoř", "založ",   "oprett",  "skapad",   "skapat",    "luotu",
        "olustur", "oluştur", "kayit",  "kayıt",  "letreho", "létreho", "создан",   "регистр",   "добавл",
        "作成",    "登録",    "创建",   "注册",   "가입",    "생성",    "date_add", "dateadd",   "fecha_alt"};
    static const char *const words[] = {"alta", "crdate", "ctime", "regdate", "reg", "seit", "desde", "depuis"};
    return has_stem(name, stems, COUNT(stems)) || has_word(name, words, COUNT(words));
}

static bool is_other(struct str name)
{
    static const char *const stems[] = {
        "last",  "letzt", "ultim",   "últim",     "dernie", "laatst", "login",  "logon",  "expir",   "ablauf",
        "birth", "dob",   "geburt",  "fecha_nac", "nascim", "naiss",  "valid",  "gültig", "gueltig", "visit",
        "seen",  "verif", "confirm", "activ",     "reset",  "sent",   "access", "until",  "paid"};
    static const char *const words[] = {"due", "end", "ends", "ende", "bis", "fin", "geb", "start"};
    return has_stem(name, stems, COUNT(stems)) || has_word(name, words, COUNT(words));
}

enum name_time name_time(struct str name)
{
    static const char *const stems[] = {"time", "date", "datum", "fecha", "zeit", "stamp", "epoch"};
    static const char *const words[] = {"ts", "at", "on", "when", "dt", "data"};
    if (is_deletion(name)) {
        return NAME_DELETED;
    }
    if (is_change(name)) {
        return NAME_CHANGED;
    }
    if (is_other(name)) {
        return NAME_OTHER_TIME;
    }
    if (is_creation(name)) {
        return NAME_CREATED;
    }
    return has_stem(name, stems, COUNT(stems)) || has_word(name, words, COUNT(words)) ? NAME_SOME_TIME : NAME_NOTHING;
}

bool name_is_given(struct str name)
{
    struct str rest = str_starts(name, STR("column")) ? str_trim(str_slice(name, 6, name.len)) : name;
    for (size_t i = 0; i < rest.len; i++) {
        if (rest.data[i] < '0' || rest.data[i] > '9') {
            return true;
        }
    }
    return rest.data == name.data && rest.len > 0;
}

/* "CustomerId", "customer_id" and "customer-id" are one name. */
bool link_same_name(struct str here, struct str there)
{
    size_t i = 0;
    size_t j = 0;
    for (;;) {
        while (i < here.len && memchr("_- .", here.data[i], 4) != NULL) {
            i++;
        }
        while (j < there.len && memchr("_- .", there.data[j], 4) != NULL) {
            j++;
        }
        if (i == here.len || j == there.len) {
            return i == here.len && j == there.len;
        }
        if (!str_eq_nocase(str_slice(here, i, i + 1), str_slice(there, j, j + 1))) {
            return false;
        }
        i++;
        j++;
    }
}

/* Two columns that, by their names, should hold the same: then that they have no value in common speaks. */
bool link_same_meaning(struct str here, struct str there)
{
    static const char *const passwords[] = {"pass", "pwd", "pw", "hash"};
    static const char *const tokens[] = {"token", "secret", "session", "api_key", "apikey"};
    enum name_time time = name_time(here);
    bool is_id = str_ends_nocase(here, STR("id")) && str_ends_nocase(there, STR("id"));
    bool same_time = (time == NAME_CREATED || time == NAME_CHANGED) && name_time(there) == time;
    return link_same_name(here, there) || is_id || same_time ||
           (has_stem(here, passwords, 4) && has_stem(there, passwords, 4)) ||
           (has_stem(here, tokens, 5) && has_stem(there, tokens, 5));
}

bool link_contrary_meaning(struct str here, struct str there)
{
    enum name_time one = name_time(here);
    enum name_time other = name_time(there);
    return (one == NAME_CREATED && other == NAME_CHANGED) || (one == NAME_CHANGED && other == NAME_CREATED);
}
