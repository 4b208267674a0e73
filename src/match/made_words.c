/* Words. The Latin is the printers' placeholder made of Cicero's De finibus, whose words are nobody's. */
#include <string.h>

#include "base/str.h"
#include "match/made_words.h"

#include "base/banned.h"

static bool is_in(struct str word, const char *list)
{
    size_t at = 0;
    while ((at = str_find(str_of(list), word, at)) != SIZE_MAX) {
        if (word.len > 0 && list[at - 1] == ' ' && list[at + word.len] == ' ') {
            return true;
        }
        at++;
    }
    return false;
}

/* A name is a role's if it is one of the whole words, or holds one of the parts. The first row that fits wins. */
enum made_role made_role_of(struct str name)
{
    static const struct {
        enum made_role role;
        const char *whole; /* " a b " */
        const char *parts[12];
    } roles[] = {
        {MADE_ROLE_CARD, " pan cc ", {"card", "ccnum", "cc_num", "cc_no", "kreditkarte"}},
        {MADE_ROLE_DIGEST, " md5 sha1 sha256 ", {"md5", "sha1", "sha256", "sha_1", "sha_256"}},
        {MADE_ROLE_UUID, " uid ", {"uuid", "guid"}},
        {MADE_ROLE_CREATED,
         " joined since ",
         {"created", "creation", "registered", "registration", "signup", "sign_up", "date_add", "joined_at",
          "inserted"}},
        {MADE_ROLE_COMPANY, " firma ", {"company", "organisation", "organization", "employer", "companyname"}},
        {MADE_ROLE_JOB, " job title ", {"job", "profession", "occupation", "beruf"}},
        {MADE_ROLE_GENDER, " sex ", {"gender", "geschlecht", "salutation", "anrede"}},
        {MADE_ROLE_POSTCODE, " zip plz cap cp ", {"postcode", "post_code", "postal", "zip", "codigo_postal"}},
        {MADE_ROLE_REGION, " state ", {"state", "province", "region", "bundesland", "county"}},
        {MADE_ROLE_COUNTRY, " land pays ", {"country"}},
        {MADE_ROLE_CITY, " ort ville ", {"city", "town", "stadt", "ciudad", "suburb", "locality"}},
        {MADE_ROLE_STREET,
         " addr hausnummer hausnr ",
         {"street", "address", "strasse", "house_n", "direccion", "adresse"}},
        {MADE_ROLE_FIRST,
         " fname first given nombre ",
         {"first_name", "firstname", "given", "forename", "vorname", "prenom", "first name", "first-name"}},
        {MADE_ROLE_LAST,
         " lname last family nom ",
         {"last_name", "lastname", "surname", "family", "nachname", "apellido", "last name", "last-name",
          "nom_famille"}},
        {MADE_ROLE_FULL,
         " name kunde ",
         {"full_name", "fullname", "full name", "customer_name", "display_name", "realname"}},
        {MADE_ROLE_PHONE, " tel fax ", {"phone", "mobile", "telefon", "handy", "cell"}},
    };
    char lower[64];
    size_t len = name.len < sizeof(lower) ? name.len : sizeof(lower);
    for (size_t i = 0; i < len; i++) {
        lower[i] = name.data[i] >= 'A' && name.data[i] <= 'Z' ? (char)(name.data[i] | 0x20) : name.data[i];
    }
    struct str text = {lower, len};
    for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++) {
        bool fits = is_in(text, roles[i].whole);
        for (size_t p = 0; !fits && p < 12 && roles[i].parts[p] != NULL; p++) {
            fits = str_find(text, str_of(roles[i].parts[p]), 0) != SIZE_MAX;
        }
        if (fits) {
            return roles[i].role;
        }
    }
    return MADE_ROLE_NONE;
}

bool made_is_direction(struct str word)
{
    return is_in(word, " north south east west new lake port ");
}

bool made_is_title(struct str word)
{
    return is_in(word, " mr mrs ms miss dr prof herr frau jr sr ii iii iv md dds dvm phd ");
}

bool made_is_placeholder_name(struct str name)
{
    static const char *const names[] = {
        "john doe",   "jane doe",      "max mustermann", "erika mustermann", "test user",  "test test",    "foo bar",
        "jean untel", "fulano de tal", "ola nordmann",   "kari nordmann",    "joe bloggs", "john q public"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (str_eq(name, str_of(names[i]))) {
            return true;
        }
    }
    return false;
}

bool made_is_lorem(struct str word)
{
    return is_in(
        word, " lorem ipsum dolor sit amet consectetur adipiscing adipisicing elit sed do eiusmod tempor incididunt ut "
              "labore et dolore magna aliqua enim ad minim veniam quis nostrud exercitation ullamco laboris nisi "
              "aliquip ex ea commodo consequat duis aute irure in reprehenderit voluptate velit esse cillum eu "
              "fugiat nulla pariatur excepteur sint occaecat cupidatat non proident sunt culpa qui officia "
              "deserunt mollit anim id est laborum voluptatem accusantium doloremque laudantium totam rem aperiam "
              "eaque ipsa quae ab illo inventore veritatis quasi architecto beatae vitae dicta explicabo nemo ipsam "
              "quia voluptas aspernatur aut odit fugit consequuntur magni dolores eos ratione sequi nesciunt neque "
              "porro quisquam dolorem numquam eius modi tempora incidunt quaerat minima nostrum exercitationem "
              "ullam corporis suscipit laboriosam aliquid commodi autem vel eum iure molestiae consequatur illum ");
}
