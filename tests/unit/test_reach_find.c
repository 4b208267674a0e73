/* Credentials in every kind of file they are kept in, each beside a twin that only looks like one; code that has to be followed; whole
 * trees. All hosts, names and passwords are made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "assay/reach.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"

struct heard {
    json_t *findings, *coverage, *summary;
};

static int put(void *self, enum assay_kind kind, json_t *body, struct err *err)
{
    struct heard *heard = self;
    (void)err;
    if (kind == ASSAY_FINDING) {
        json_array_append(heard->findings, body);
    } else if (kind == ASSAY_COVERAGE) {
        json_array_append(heard->coverage, body);
    } else {
        assert_int_equal(kind, ASSAY_SUMMARY);
        assert_null(heard->summary);
        heard->summary = json_incref(body);
    }
    return 0;
}

static void complain(void *self, struct str where, struct str what)
{
    (void)self;
    (void)where;
    (void)what;
}

struct tree {
    char path[48];
};

static struct tree tree_new(void)
{
    struct tree tree;
    (void)snprintf(tree.path, sizeof tree.path, "/tmp/assay-find-XXXXXX");
    assert_non_null(mkdtemp(tree.path));
    return tree;
}

static void tree_drop(const struct tree *tree)
{
    char command[96];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", tree->path);
    assert_int_equal(system(command), 0);
}

/* With the folders above it. */
static void tree_put(const struct tree *tree, const char *name, struct str bytes)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", tree->path, name);
    for (char *slash = path + strlen(tree->path) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        (void)mkdir(path, 0755);
        *slash = '/';
    }
    assert_int_equal(file_write(path, bytes, NULL), 0);
}

static struct heard look(const struct tree *tree)
{
    struct heard heard = {json_array(), json_array(), NULL};
    const char *paths[] = {tree->path};
    const struct assay_reach_find_options options = {.paths = paths, .path_count = 1, .with_secrets = true};
    const struct assay_sink sink = {.self = &heard, .put = put, .complain = complain};
    struct err err = {0};
    if (assay_reach_find(&options, &sink, &err) != 0) {
        fail_msg("%s", err.text);
    }
    assert_non_null(heard.summary);
    assert_int_equal(json_int(heard.summary, "credentials", -1), json_array_size(heard.findings));
    return heard;
}

static void heard_clear(struct heard *heard)
{
    json_decref(heard->findings);
    json_decref(heard->coverage);
    json_decref(heard->summary);
}

struct row {
    const char *name;
    const char *path, *content;
    size_t count; /* of credentials */
    const char *
        expected; /* of the one with this password: "service account@host:port/database password line confidence"; - unknown */
};

/* What a record says, in one line. */
static void spell(const json_t *finding, char *out, size_t room)
{
    const json_t *secret = json_object_get(finding, "secret");
    const char *password = json_text(finding, "password", "-");
    if (strcmp(password, "set") == 0) {
        password = json_text(secret, "password", "(key)");
    } else if (strcmp(password, "elsewhere") == 0) {
        password = json_text(finding, "variable", "?");
    }
    (void)snprintf(out, room, "%s %s@%s:%lld/%s %s %lld %s", json_text(finding, "service", "-"),
                   json_text(finding, "account", "-"), json_text(finding, "host", "-"),
                   (long long)json_int(finding, "port", 0), json_text(finding, "database", "-"), password,
                   (long long)json_int(finding, "line", 0), json_text(finding, "confidence", "-"));
}

static bool check(const struct row *row)
{
    struct tree tree = tree_new();
    tree_put(&tree, row->path, str_of(row->content));
    struct heard heard = look(&tree);
    char all[4096] = "", one[512];
    bool is_there = row->expected == NULL;
    size_t i;
    json_t *finding;
    json_array_foreach(heard.findings, i, finding)
    {
        spell(finding, one, sizeof one);
        is_there = is_there || strcmp(one, row->expected) == 0;
        (void)snprintf(all + strlen(all), sizeof all - strlen(all), "\n    %s", one);
    }
    tree_drop(&tree);
    bool is_right = json_array_size(heard.findings) == row->count && is_there;
    if (!is_right) {
        print_error("%s: %zu found, %zu expected, among them '%s':%s\n", row->name, json_array_size(heard.findings),
                    row->count, row->expected != NULL ? row->expected : "", all);
    }
    heard_clear(&heard);
    return is_right;
}

static void check_all(const struct row *rows, size_t count)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        wrong += !check(&rows[i]);
    }
    assert_int_equal(wrong, 0);
}

#define CHECK_ALL(rows) check_all((rows), sizeof(rows) / sizeof *(rows))

static void test_php_applications(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"WordPress", "wp-config.php",
         "<?php\ndefine( 'DB_NAME', 'wp_shop' );\ndefine('DB_USER', 'wp_u');\ndefine('DB_PASSWORD', 'kq7#Tz');\n"
         "define('DB_HOST', 'db.shop.zz:3307');\n$table_prefix = 'wp7_';\nrequire_once ABSPATH . 'wp-settings.php';",
         1, "mysql wp_u@db.shop.zz:3307/wp_shop kq7#Tz 4 high"},
        {"WordPress with a socket", "wp-config.php",
         "<?php define('DB_NAME','w');define('DB_USER','u1');define('DB_PASSWORD','zz9');"
         "define('DB_HOST','localhost:/run/mysqld/mysqld.sock'); $table_prefix='x_';",
         1, "mysql u1@localhost:0/w zz9 1 high"},
        {"WordPress as it comes", "wp-config-sample.php",
         "<?php define('DB_NAME','database_name_here');define('DB_USER','username_here');"
         "define('DB_PASSWORD','password_here');define('DB_HOST','localhost'); $table_prefix='wp_';",
         0, NULL},
        {"WordPress in comments", "wp-config.php",
         "<?php // define('DB_PASSWORD', 'kq7');\n/* define('DB_USER','a'); define('DB_HOST','h.zz'); */ # x", 0, NULL},
        {"a copy of it", "wp-config.php.bak",
         "<?php define('DB_NAME','w');define('DB_USER','u1');define('DB_PASSWORD','zz9');define('DB_HOST','h.zz'); "
         "$table_prefix='x_';",
         1, "mysql u1@h.zz:0/w zz9 1 high"},
        {"WordPress in a container", "wp-config.php",
         "<?php if (!function_exists('getenv_docker')) { function getenv_docker($env, $default) { return $default; } }\n"
         "define('DB_NAME', getenv_docker('WORDPRESS_DB_NAME', 'wordpress'));\n"
         "define('DB_USER', getenv_docker('WORDPRESS_DB_USER', 'wp'));\n"
         "define('DB_PASSWORD', getenv_docker('WORDPRESS_DB_PASSWORD', 'Vx81'));\n"
         "define('DB_HOST', getenv_docker('WORDPRESS_DB_HOST', 'mysql'));$table_prefix='wp_';",
         1, "mysql wp@mysql:0/wordpress Vx81 4 medium"},
        {"Magento 2", "app/etc/env.php",
         "<?php return ['db' => ['table_prefix' => '', 'connection' => ['default' => [\n'host' => 'm.zz',\n"
         "'dbname' => 'mage',\n'username' => 'mag',\n'password' => 'Q1w2',\n'model' => 'mysql4']]]];",
         1, "mysql mag@m.zz:0/mage Q1w2 5 high"},
        {"Drupal", "sites/default/settings.php",
         "<?php\n$databases['default']['default'] = array (\n 'database' => 'dr',\n 'username' => 'dru',\n"
         " 'password' => 'p!x9',\n 'host' => 'd.zz',\n 'port' => '5433',\n 'driver' => 'pgsql',\n 'prefix' => '');",
         1, "postgresql dru@d.zz:5433/dr p!x9 5 high"},
        {"Drupal 6", "sites/default/settings.php", "<?php\n$db_url = 'mysqli://dru:p%40x@d.zz/dr6';", 1,
         "mysql dru@d.zz:0/dr6 p@x 2 high"},
        {"Drupal's example", "sites/default/settings.php",
         "<?php\n/**\n * $databases['default']['default'] = ['database' => 'dr', 'username' => 'u', 'password' => 'p9', "
         "'host' => 'd.zz', 'driver' => 'mysql'];\n */\n$databases = array();",
         0, NULL},
        {"Joomla", "configuration.php",
         "<?php\nclass JConfig {\n public $dbtype = 'mysqli';\n public $host = 'j.zz';\n public $user = 'joo';\n"
         " public $password = 'Jm55';\n public $db = 'joomla';\n public $dbprefix = 'j_';\n public $smtpuser = '';\n}",
         1, "mysql joo@j.zz:0/joomla Jm55 6 high"},
        {"PrestaShop 1.6", "config/settings.inc.php",
         "<?php\ndefine('_DB_SERVER_', 'p.zz');\ndefine('_DB_NAME_', 'ps');\ndefine('_DB_USER_', 'psu');\n"
         "define('_DB_PASSWD_', 'Ps77');\ndefine('_DB_PREFIX_', 'ps_');",
         1, "mysql psu@p.zz:0/ps Ps77 5 high"},
        {"PrestaShop 1.7", "app/config/parameters.php",
         "<?php return array('parameters' => array(\n'database_host' => 'p.zz', 'database_port' => '',\n"
         "'database_name' => 'ps', 'database_user' => 'psu',\n'database_password' => 'Ps78',\n'mailer_user' => null));",
         1, "mysql psu@p.zz:0/ps Ps78 4 high"},
        {"OpenCart", "admin/config.php",
         "<?php\ndefine('DIR_APPLICATION', '/w/');\ndefine('DB_DRIVER', 'mysqli');\ndefine('DB_HOSTNAME', 'o.zz');\n"
         "define('DB_USERNAME', 'oc');\ndefine('DB_PASSWORD', 'Oc42');\ndefine('DB_DATABASE', 'cart');",
         1, "mysql oc@o.zz:0/cart Oc42 6 high"},
        {"phpMyAdmin", "config.inc.php",
         "<?php\n$cfg['blowfish_secret'] = 'x';\n$i = 0;\n$i++;\n$cfg['Servers'][$i]['host'] = 'a.zz';\n"
         "$cfg['Servers'][$i]['user'] = 'adm';\n$cfg['Servers'][$i]['password'] = 'Pm11';\n",
         1, "mysql adm@a.zz:0/- Pm11 7 high"},
        {"MediaWiki", "LocalSettings.php",
         "<?php\n$wgDBtype = \"postgres\";\n$wgDBserver = \"w.zz\";\n$wgDBname = \"wiki\";\n$wgDBuser = \"wk\";\n"
         "$wgDBpassword = \"Mw33\";",
         1, "postgresql wk@w.zz:0/wiki Mw33 6 high"},
        {"Moodle", "config.php",
         "<?php\nunset($CFG); global $CFG; $CFG = new stdClass();\n$CFG->dbtype = 'mariadb';\n$CFG->dbhost = 'mo.zz';\n"
         "$CFG->dbname = 'moodle';\n$CFG->dbuser = 'moo';\n$CFG->dbpass = 'Mo66';\n$CFG->prefix = 'mdl_';",
         1, "mysql moo@mo.zz:0/moodle Mo66 7 high"},
        {"Nextcloud", "config/config.php",
         "<?php\n$CONFIG = array (\n'dbtype' => 'mysql',\n'dbname' => 'nc',\n'dbhost' => 'n.zz',\n'dbuser' => 'ncu',\n"
         "'dbpassword' => 'Nc88',\n);",
         1, "mysql ncu@n.zz:0/nc Nc88 7 high"},
        {"Roundcube", "config/config.inc.php", "<?php\n$config['db_dsnw'] = 'mysql://rc:Rc12@localhost/mail';", 1,
         "mysql rc@localhost:0/mail Rc12 2 high"},
        {"TYPO3", "typo3conf/LocalConfiguration.php",
         "<?php\nreturn ['DB' => ['Connections' => ['Default' => ['driver' => 'mysqli', 'host' => 't.zz',\n"
         "'user' => 'ty', 'password' => 'Ty19', 'dbname' => 't3']]]];",
         1, "mysql ty@t.zz:0/t3 Ty19 3 high"},
        {"CodeIgniter", "application/config/database.php",
         "<?php\n$active_group = 'default';\n$db['default']['hostname'] = 'c.zz';\n$db['default']['username'] = 'ci';\n"
         "$db['default']['password'] = 'Ci24';\n$db['default']['database'] = 'cidb';\n"
         "$db['default']['dbdriver'] = 'mysqli';",
         1, "mysql ci@c.zz:0/cidb Ci24 5 high"},
        {"Laravel without .env", "config/database.php",
         "<?php return ['default' => env('DB_CONNECTION', 'mysql'), 'connections' => [\n"
         "'mysql' => ['driver' => 'mysql', 'host' => env('DB_HOST', '127.0.0.1'), 'database' => env('DB_DATABASE', 'forge'),\n"
         "'username' => env('DB_USERNAME', 'forge'), 'password' => env('DB_PASSWORD', '')],\n"
         "'pgsql' => ['driver' => 'pgsql', 'host' => env('DB_HOST', '127.0.0.1'), 'username' => env('DB_USERNAME', 'f'),\n"
         "'password' => env('DB_PASSWORD', '')]]];",
         1, "mysql forge@127.0.0.1:0/forge DB_PASSWORD 3 medium"},
        {"WordPress on this host", "wp-config.php",
         "<?php\ndefine('DB_NAME', 'wp');\ndefine('DB_USER', 'wpuser');\ndefine('DB_PASSWORD', 'Zk8qqLwPq9');\n"
         "define('DB_HOST', 'localhost'); $table_prefix='wp_';",
         1, "mysql wpuser@localhost:0/wp Zk8qqLwPq9 4 high"},
        {"WordPress, common words", "wp-config.php",
         "<?php define('DB_NAME','database');define('DB_USER','root');define('DB_PASSWORD','Password123');\n"
         "define('DB_HOST', 'localhost'); $table_prefix='wp_';",
         1, "mysql root@localhost:0/database Password123 1 high"},
        {"words in words", "settings/config.php",
         "<?php return ['host' => 'localhost', 'username' => 'root', 'password' => 'totally-wrong-password'];", 1,
         "- root@localhost:0/- totally-wrong-password 1 medium"},
        {"words that are meant", "a/config.php",
         "<?php return ['host' => 'db.zz', 'username' => 'user', 'password' => 'password', 'database' => 'shop'];", 1,
         "- user@db.zz:0/shop password 1 low"},
        {"labels where no language is", "form/config.php",
         "<?php return ['host' => 'Host', 'username' => 'User name', 'password' => 'Enter your password',\n"
         "'database' => 'Database name'];",
         0, NULL},
        {"labels of a form", "lang/en/config.php",
         "<?php return ['host' => 'Host', 'username' => 'Username', 'password' => 'Password', 'database' => 'Database'];",
         0, NULL},
    };
    CHECK_ALL(rows);
}

static void test_settings_files(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {".env", ".env",
         "APP_NAME=Shop\n# DB_PASSWORD=old1\nDB_CONNECTION=mysql\nDB_HOST=e.zz\nDB_PORT=3308\nDB_DATABASE=shop\n"
         "DB_USERNAME=envu\nDB_PASSWORD=\"E n#v1\"\n",
         1, "mysql envu@e.zz:3308/shop E n#v1 8 high"},
        {".env with URLs", ".env.production",
         "DATABASE_URL=postgresql://sy:s%2Fy@pg.zz:5432/app?serverVersion=15\nMAILER_DSN=smtp://m%40x.zz:Ml1@mx.zz:587\n",
         2, "postgresql sy@pg.zz:5432/app s/y 1 high"},
        {".env, mail", ".env",
         "MAIL_MAILER=smtp\nMAIL_HOST=mx.zz\nMAIL_PORT=587\nMAIL_USERNAME=ml\nMAIL_PASSWORD=Ml22\n", 1,
         "smtp ml@mx.zz:587/- Ml22 5 high"},
        {".env, Redis", ".env", "REDIS_HOST=r.zz\nREDIS_PASSWORD=Rd1\nREDIS_PORT=6379\n", 1,
         "redis -@r.zz:6379/- Rd1 2 high"},
        {".env that refers", ".env", "PW=Rf77\nDB_HOST=h.zz\nDB_USER=rf\nDB_PASSWORD=${PW}\nDB_TYPE=mysql", 1,
         "mysql rf@h.zz:0/- Rf77 1 high"},
        {".env as it comes", ".env.example", "DB_CONNECTION=mysql\nDB_HOST=127.0.0.1\nDB_USERNAME=root\nDB_PASSWORD=\n",
         0, NULL},
        {".env, a placeholder", ".env",
         "DB_HOST=h.zz\nDB_USERNAME=shop\nDB_PASSWORD=your_password\nDB_CONNECTION=mysql\n", 0, NULL},
        {".env, another", ".env", "DB_HOST=h.zz\nDB_USERNAME=shop\nDB_PASSWORD=<db-password>\nDB_CONNECTION=mysql\n", 0,
         NULL},
        {".env, left as it came", ".env", "DB_HOST=h.zz\nDB_USERNAME=shop\nDB_PASSWORD=changeme\nDB_CONNECTION=mysql\n",
         1, "mysql shop@h.zz:0/- changeme 3 low"},
        {".env, a word in it", ".env", "DB_HOST=h.zz\nDB_USERNAME=shop\nDB_PASSWORD=example123\nDB_CONNECTION=mysql\n",
         1, "mysql shop@h.zz:0/- example123 3 low"},
        {".env, as your", ".env", "DB_HOST=h.zz\nDB_USERNAME=shop\nDB_PASSWORD=your_Kq7-here\nDB_CONNECTION=mysql\n", 1,
         "mysql shop@h.zz:0/- your_Kq7-here 3 low"},
        {".env, at signs", ".env", "DB_HOST=h.zz\nDB_USERNAME=shop\nDB_PASSWORD=@Kq7zz@\nDB_CONNECTION=mysql\n", 1,
         "mysql shop@h.zz:0/- @Kq7zz@ 3 high"},
        {".env to be copied", ".env.example",
         "DB_HOST=h.zz\nDB_USERNAME=shop\nDB_PASSWORD=changeme\nDB_CONNECTION=mysql\n", 0, NULL},
        {"Redis in a query", ".env", "A=1\nREDIS_URL=redis://127.0.0.1:6379?auth=Rq7\n", 1,
         "redis -@127.0.0.1:6379/- Rq7 2 high"},
        {"sessions", "php.ini",
         "; session.save_path = \"tcp://10.0.0.4:6379?auth=no\"\nsession.save_handler = redis\n"
         "session.save_path = \"tcp://10.0.0.5:6379?weight=1&auth=Sn7\"\n",
         1, "redis -@10.0.0.5:6379/- Sn7 3 medium"},
        {"sessions of a folder", ".user.ini",
         "session.save_path=tcp://a.zz:6379?auth[user]=su&auth[pass]=Sn8,tcp://b.zz:6379?auth=Sn9\n", 2,
         "redis su@a.zz:6379/- Sn8 1 medium"},
        {"sessions in a socket", ".htaccess", "php_value session.save_path \"unix:///run/r.sock?auth=Sn6\"\n", 1,
         "redis -@-:0/- Sn6 1 medium"},
        {"sessions without a login", "php.ini", "session.save_path = \"tcp://10.0.0.5:6379?weight=1\"\n", 0, NULL},
        {"a query of the web", "a.txt", "https://a.zz/x?auth=tok1 tcp://a.zz:80/?author=me ftp://f.zz/?auth=x9\n", 0,
         NULL},
        {".my.cnf", ".my.cnf", "[client]\nuser = bak\npassword = 'B c'\nhost=b.zz\n[mysqld]\nport=3306\n", 1,
         "mysql bak@b.zz:0/- B c 3 high"},
        {".my.cnf in comments", ".my.cnf", "[client]\n#user = bak\n#password = x9\nhost=b.zz\n", 0, NULL},
        {".pgpass", ".pgpass", "# c\npg.zz:5432:app:usr:pa\\:ss\n*:*:*:x:\n", 1,
         "postgresql usr@pg.zz:5432/app pa:ss 2 high"},
        {"pg_service.conf", "pg_service.conf", "[app]\nhost=s.zz\nport=5433\nuser=svc\npassword=Sv1\ndbname=a\n", 1,
         "postgresql svc@s.zz:5433/a Sv1 5 high"},
        {".netrc", ".netrc", "machine ftp.zz login nr password Nr1\nmachine x.zz login only\n", 1,
         "- nr@ftp.zz:0/- Nr1 1 high"},
        {".git-credentials", ".git-credentials", "https://dev:tok3n@git.zz\nhttps://git.zz/none\n", 1,
         "git dev@git.zz:0/- (key) 1 high"},
        {".htpasswd", ".htpasswd", "a:$apr1$x$abcdefghijklmnopqrstuv\nb:{SHA}xyz=\n", 1, "http -@-:0/- (key) 1 high"},
        {"no .htpasswd", ".htpasswd", "this is: a note\n", 0, NULL},
        {"redis.conf", "redis.conf", "port 6379\n# requirepass foobared\nrequirepass Rq1\n", 1,
         "redis -@-:0/- Rq1 3 high"},
        {"Spring", "src/main/resources/application.properties",
         "spring.datasource.url=jdbc:mysql://sp.zz:3306/app?useSSL=false\nspring.datasource.username=spu\n"
         "spring.datasource.password=Sp9\n",
         1, "mysql spu@sp.zz:3306/app Sp9 3 high"},
        {"Spring, YAML", "application.yml",
         "spring:\n  datasource:\n    url: jdbc:postgresql://sp.zz/app\n    username: spu\n    password: ${DB_PW:Sp8}\n",
         1, "postgresql spu@sp.zz:0/app Sp8 5 medium"},
        {"Rails", "config/database.yml",
         "default: &default\n  adapter: postgresql\n  host: rl.zz\n\nproduction:\n  <<: *default\n  database: rp\n"
         "  username: rlu\n  password: \"R'l1\"\n\ntest:\n  <<: *default\n  database: <%= ENV['T'] %>\n",
         1, "postgresql rlu@rl.zz:0/rp R'l1 9 high"},
        {"Rails, elsewhere", "config/database.yml",
         "production:\n  adapter: mysql2\n  host: rl.zz\n  username: rlu\n  password: <%= ENV['RAILS_PW'] %>\n", 1,
         "mysql rlu@rl.zz:0/- RAILS_PW 5 medium"},
        {"Compose", "docker-compose.yml",
         "services:\n  db:\n    image: mariadb\n    environment:\n      - MYSQL_ROOT_PASSWORD=Rt1\n      - MYSQL_USER=cu\n"
         "      - MYSQL_PASSWORD=Cp1\n      - MYSQL_DATABASE=cd\n",
         2, "mysql cu@-:0/cd Cp1 7 high"},
        {"Compose, root", "docker-compose.yml",
         "services:\n  db:\n    environment:\n      MYSQL_HOST: c.zz\n      MYSQL_ROOT_PASSWORD: Rt2\n", 1,
         "mysql root@c.zz:0/- Rt2 5 high"},
        {"Compose, elsewhere", "docker-compose.yml",
         "services:\n  db:\n    environment:\n      POSTGRES_USER: cu\n      POSTGRES_PASSWORD: ${PG_PW}\n      POSTGRES_DB: cd\n",
         1, "postgresql cu@-:0/cd PG_PW 5 medium"},
        {"Dockerfile", "Dockerfile",
         "FROM php:8\n# ENV DB_PASSWORD=no\nENV DB_HOST=d.zz DB_USER=dk \\\n    DB_PASSWORD=\"Dk 1\" DB_TYPE=mysql\n",
         1, "mysql dk@d.zz:0/- Dk 1 3 high"},
        {"Kubernetes", "k8s/secret.yaml",
         "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  DB_HOST: azguenoK\n  DB_USER: a3U=\n"
         "  DB_PASSWORD: S3Vi\n  DB_TYPE: bXlzcWw=\n",
         1, "mysql ku@k8.zz:0/- Kub 8 medium"},
        {"Django", "shop/settings.py",
         "import os\nDEBUG = True\nDATABASES = {\n 'default': {\n  'ENGINE': 'django.db.backends.postgresql',\n"
         "  'NAME': 'dj', # 'PASSWORD': 'no'\n  'USER': 'dju',\n  'PASSWORD': os.environ.get('DJ_PW', 'Dj1'),\n"
         "  'HOST': 'dj.zz', 'PORT': '5432' }\n}\n",
         1, "postgresql dju@dj.zz:5432/dj Dj1 8 medium"},
        {"Django, elsewhere", "settings.py",
         "DATABASES = {'default': {'ENGINE': 'django.db.backends.mysql', 'USER': 'dju', 'HOST': 'dj.zz',\n"
         "'PASSWORD': os.environ['DJ_PW']}}\n",
         1, "mysql dju@dj.zz:0/- DJ_PW 2 medium"},
        {"ASP.NET", "web.config",
         "<?xml version=\"1.0\"?>\n<configuration><connectionStrings>\n<!-- <add name=\"o\" connectionString=\"Server=o.zz;"
         "User Id=o;Password=o9\"/> -->\n<add name=\"S\" connectionString=\"Server=tcp:ms.zz,1434;Initial Catalog=sh;User "
         "ID=asp;Password=A&amp;sp1;\" providerName=\"System.Data.SqlClient\"/>\n</connectionStrings></configuration>",
         1, "sqlserver asp@ms.zz:1434/sh A&sp1 4 high"},
        {"appsettings.json", "appsettings.json",
         "{\n // c\n \"ConnectionStrings\": {\n  \"Default\": \"Host=n.zz;Port=5432;Database=nd;Username=net;Password=Nt1\"\n }\n}",
         1, "postgresql net@n.zz:5432/nd Nt1 4 high"},
        {"Magento 1", "app/etc/local.xml",
         "<config><global><resources><default_setup><connection>\n<host><![CDATA[m1.zz]]></host>\n"
         "<username><![CDATA[m1]]></username>\n<password><![CDATA[M<1]]></password>\n<dbname><![CDATA[mg]]></dbname>\n"
         "<model>mysql4</model></connection></default_setup></resources></global></config>",
         1, "mysql m1@m1.zz:0/mg M<1 4 high"},
        {"FileZilla", "sitemanager.xml",
         "<FileZilla3><Servers><Server>\n<Host>f.zz</Host><Port>2121</Port><User>fz</User>\n"
         "<Pass encoding=\"base64\">RnoxMg==</Pass></Server></Servers></FileZilla3>",
         1, "ftp fz@f.zz:2121/- Fz12 3 high"},
        {"sftp-config.json", "sftp-config.json",
         "{\n // \"password\": \"old\",\n \"type\": \"sftp\", \"host\": \"s.zz\", \"user\": \"sf\",\n \"password\": \"Sf1\",\n}",
         1, "ssh sf@s.zz:0/- Sf1 4 high"},
        {"Node", "config/database.js",
         "const pw = 'Nd1'\nmodule.exports = {\n client: 'mysql2',\n connection: { host: 'nd.zz', user: 'nod',\n"
         " password: process.env.PW || pw, database: 'ndb' } }",
         1, "mysql nod@nd.zz:0/ndb Nd1 1 medium"},
        {"Node, a name", "config/database.js",
         "const pw = \'Nd2\'\nmodule.exports = { client: \'mysql2\', connection: { host: \'nd.zz\', user: \'nod\', password: pw } }",
         1, "mysql nod@nd.zz:0/- Nd2 1 medium"},
        {"knexfile", "knexfile.js",
         "module.exports = { production: { client: 'pg', connection: {\n host: 'k.zz', user: 'kx', password: 'Kx1', database: 'kdb' } } }",
         1, "postgresql kx@k.zz:0/kdb Kx1 2 high"},
        {"a URL in any text", "notes/deploy.rb", "x = 1\nredis = 'redis://:Ur1@u.zz:6380/2'\n", 1,
         "redis -@u.zz:6380/2 Ur1 2 medium"},
        {"a URL in a comment", "notes/deploy.rb", "# redis://:Ur1@u.zz:6380/2\n// mysql://a:b9@c.zz/d\n", 0, NULL},
        {"a URL as it is explained", "readme.txt", "Set DATABASE_URL to mysql://user:password@host:3306/name\n", 0,
         NULL},
        {"a URL with variables", "run.sh", "psql postgresql://$U:$P@pg.zz/db\nmysql://${A}:${B}@h.zz/d\n", 0, NULL},
    };
    CHECK_ALL(rows);
}

static void test_keys(void **state)
{
    (void)state;
    /* put together here, so that no file of the source holds anything that looks like a key */
    static const struct {
        const char *mark, *rest, *service;
    } rows[] = {
        {"AKI"
         "A",
         "Q3EGRWTX7LKHZ2MB", "aws"},
        {"sk_"
         "live_",
         "4eC39HqLyjWDarjtT1zdp7dc", "stripe"},
        {"xox"
         "b-",
         "2154872213-Kq8Zp3Lw9Xt5Rb7", "slack"},
        {"gh"
         "p_",
         "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5", "github"},
        {"AIz"
         "a",
         "SyB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3z", "gcp"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tree tree = tree_new();
        char line[256];
        (void)snprintf(line, sizeof line, "a = 1\nkey = \"%s%s\"\n", rows[i].mark, rows[i].rest);
        tree_put(&tree, "app.py", str_of(line));
        (void)snprintf(line, sizeof line, "key = \"%sXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX\"\n", rows[i].mark);
        tree_put(&tree, "twin.py", str_of(line));
        struct heard heard = look(&tree);
        tree_drop(&tree);
        assert_int_equal(json_array_size(heard.findings), 1);
        const json_t *finding = json_array_get(heard.findings, 0);
        assert_string_equal(json_text(finding, "service", ""), rows[i].service);
        assert_int_equal(json_int(finding, "line", 0), 2);
        assert_null(json_object_get(finding, "secret"));
        char *text = json_dumps(finding, 0);
        assert_null(strstr(text, rows[i].rest));
        free(text);
        heard_clear(&heard);
    }
}

#define PEM_BEGIN        \
    "-----BEGIN RSA PRI" \
    "VATE KEY-----"
#define PEM_BODY "MIIEpQx7Zk3dV9sT2bQ8wLr5hYc1NfJ0aGeUoKi4mXqRtBzWvSjHlDyPnC6"

static void test_private_keys(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"a key", "a.pem", PEM_BEGIN "\n" PEM_BODY "\n" PEM_BODY "\n", 1, "key -@-:0/- (key) 1 high"},
        {"in JSON", "a.json", "{\n\"k\": \"" PEM_BEGIN "\\n" PEM_BODY "\\n\"}", 1, "key -@-:0/- (key) 2 high"},
        {"one that is locked", "a.pem",
         PEM_BEGIN "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n" PEM_BODY "\n", 0, NULL},
        {"code that makes one", "a.php",
         "<?php $k = '" PEM_BEGIN "' . \"\\n\" . wordwrap($this->key, 64, \"\\n\", true);", 0, NULL},
        {"a text about one", "a.txt", "It begins with " PEM_BEGIN " and goes on with letters and digits in many lines.",
         0, NULL},
        {"in a folder of tests", "tests/a.pem", PEM_BEGIN "\n" PEM_BODY "\n", 1, "key -@-:0/- (key) 1 low"},
        {"rules", "a/Config.php",
         "<?php return ['host' => 'require', 'username' => 'require', 'password' => 'require'];", 0, NULL},
        {"words of a language", "lang/config.php",
         "<?php return ['host' => 'der Rechner', 'username' => 'der Name', 'password' => 'dasWort'];", 0, NULL},
    };
    CHECK_ALL(rows);
}

/* PHP that has to be run in the head: one file, a connection, where each piece comes from. */
static void test_php_followed(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"literals", "a.php", "<?php\n$c = mysqli_connect('l.zz', 'lu', 'Lp1', 'ld');", 1,
         "mysql lu@l.zz:0/ld Lp1 2 high"},
        {"in a comment", "a.php",
         "<?php\n// mysqli_connect('l.zz', 'lu', 'Lp1', 'ld');\n/* new PDO('mysql:host=x','a','b') */", 0, NULL},
        {"in a string", "a.php", "<?php\n$s = \"mysqli_connect('l.zz', 'lu', 'Lp1', 'ld');\";", 0, NULL},
        {"from the visitor", "a.php", "<?php\n$c = mysqli_connect($_POST['h'], $_POST['u'], $_POST['p']);", 0, NULL},
        {"a method of that name", "a.php",
         "<?php\n$x->mysqli_connect('l.zz', 'lu', 'Lp1'); function f() { return f::mysqli_connect('l','u','p'); }", 0,
         NULL},
        {"variables", "a.php", "<?php\n$h = 'v.zz';\n$u = 'vu';\n$p = 'Vp1';\nnew mysqli($h, $u, $p, 'vd', 3310);", 1,
         "mysql vu@v.zz:3310/vd Vp1 4 high"},
        {"constants", "a.php",
         "<?php\nconst H = 'c.zz';\ndefine('U', 'cu');\ndefine(\"P\", \"C\\$1\");\nmysql_connect(H, U, P);", 1,
         "mysql cu@c.zz:0/- C$1 4 high"},
        {"class constants", "a.php",
         "<?php\nclass K { const H = 'k.zz'; public static $u = 'ku';\nconst P = 'Kp' . '1'; }\nnew mysqli(K::H, K::$u, K::P);",
         1, "mysql ku@k.zz:0/- Kp1 3 high"},
        {"PDO", "a.php",
         "<?php\n$host = 'p.zz';\n$dsn = \"mysql:host=$host;port=3311;dbname=pd\";\n$o = new \\PDO($dsn, 'pu', 'Pp1');",
         1, "mysql pu@p.zz:3311/pd Pp1 4 high"},
        {"PDO, concatenated", "a.php",
         "<?php\n$c = ['h' => 'p.zz', 'd' => 'pd'];\nnew PDO('pgsql:host=' . $c['h'] . ';dbname=' . $c['d'], 'pu', 'Pp2');",
         1, "postgresql pu@p.zz:0/pd Pp2 3 high"},
        {"PDO, a part unknown", "a.php", "<?php\nnew PDO('mysql:host=' . unknown() . ';dbname=pd', 'pu', 'Pp3');", 1,
         "mysql pu@-:0/pd Pp3 2 high"},
        {"arrays", "a.php",
         "<?php\n$cfg['db']['host'] = 'a.zz';\n$cfg['db']['pass'] = 'Ap1';\n$d = $cfg['db'];\nnew mysqli($d['host'], 'au', $d['pass']);",
         1, "mysql au@a.zz:0/- Ap1 3 high"},
        {"libpq", "a.php", "<?php\npg_connect(\"host=g.zz port=5433 dbname=gd user=gu password='G p1'\");", 1,
         "postgresql gu@g.zz:5433/gd G p1 2 high"},
        {"environment", "a.php", "<?php\nnew mysqli('e.zz', 'eu', getenv('E_PW'));", 1,
         "mysql eu@e.zz:0/- E_PW 2 medium"},
        {"environment with a default", "a.php", "<?php\nnew mysqli('e.zz', 'eu', getenv('E_PW') ?: 'Ep1');", 1,
         "mysql eu@e.zz:0/- Ep1 2 medium"},
        {"environment, ??", "a.php", "<?php\nnew mysqli('e.zz', 'eu', $_ENV['E_PW'] ?? 'Ep2');", 1,
         "mysql eu@e.zz:0/- Ep2 2 medium"},
        {"two hosts, two passwords", "a.php",
         "<?php\nif ($_SERVER['HTTP_HOST'] == 'localhost') {\n $p = 'Local1';\n} else {\n $p = 'Live1';\n}\nmysqli_connect('t.zz', 'tu', $p);",
         2, "mysql tu@t.zz:0/- Live1 5 high"},
        {"a switch", "a.php",
         "<?php\nswitch ($env) { case 'dev': $p = 'Sd1'; break;\ncase 'live': $p = 'Sl1'; break; }\nmysqli_connect('s.zz', 'su', $p);",
         2, "mysql su@s.zz:0/- Sl1 3 high"},
        {"what is decided", "a.php",
         "<?php\ndefine('DEV', false);\nif (DEV) { $p = 'No1'; } else { $p = 'Yes1'; }\nmysqli_connect('s.zz', 'su', $p);",
         1, "mysql su@s.zz:0/- Yes1 3 high"},
        {"a function", "a.php",
         "<?php\nfunction open($h, $p, $u = 'fu') { return mysqli_connect($h, $u, $p); }\n$c = open('f.zz', 'Fp1');", 1,
         "mysql fu@f.zz:0/- Fp1 3 high"},
        {"a function nobody calls", "a.php",
         "<?php\n$pw = 'Gp1';\nfunction open() { global $pw; return new mysqli('g.zz', 'gu', $pw); }", 1,
         "mysql gu@g.zz:0/- Gp1 2 high"},
        {"a class", "a.php",
         "<?php\nclass Db { private $host = 'o.zz'; private $user = 'ou'; private $pass = 'Op1';\n"
         " function __construct() { $this->c = new mysqli($this->host, $this->user, $this->pass); } }",
         1, "mysql ou@o.zz:0/- Op1 2 high"},
        {"a class that is given them", "a.php",
         "<?php\nclass Db { public function __construct(private string $h, private string $p) {}\n"
         " function go() { return new PDO('mysql:host=' . $this->h, 'nu', $this->p); } }\n$d = new Db(p: 'Np1', h: 'n.zz');\n$d->go();",
         1, "mysql nu@n.zz:0/- Np1 4 high"},
        {"steps", "a.php", "<?php\n$m = mysqli_init();\n$m->real_connect('r.zz', 'ru', 'Rp1', 'rd');", 1,
         "mysql ru@r.zz:0/rd Rp1 3 high"},
        {"Redis", "a.php", "<?php\n$r = new Redis();\n$r->connect('re.zz', 6380);\n$r->auth('Ra1');", 1,
         "redis -@re.zz:6380/- Ra1 4 high"},
        {"MongoDB", "a.php", "<?php\n$m = new MongoDB\\Client('mongodb://mu:Mp1@mo.zz:27018/md');", 1,
         "mongodb mu@mo.zz:27018/md Mp1 2 high"},
        {"SQL Server", "a.php", "<?php\nsqlsrv_connect('ms.zz', ['UID' => 'sa1', 'PWD' => 'Sp1', 'Database' => 'sd']);",
         1, "sqlserver sa1@ms.zz:0/sd Sp1 2 high"},
        {"a mailer", "a.php",
         "<?php\n$mail = new PHPMailer\\PHPMailer\\PHPMailer(true);\n$mail->Host = 'mx.zz';\n$mail->Username = 'mu';\n$mail->Password = 'Mp2';",
         1, "smtp mu@mx.zz:0/- Mp2 5 medium"},
        {"base64", "a.php", "<?php\nnew mysqli('b.zz', 'bu', base64_decode('QnAx'));", 1,
         "mysql bu@b.zz:0/- Bp1 2 high"},
        {"sessions", "a.php", "<?php\nini_set('session.save_path', 'tcp://s.zz:6379?auth=Sp' . '7');", 1,
         "redis -@s.zz:6379/- Sp7 2 high"},
        {"sessions, a variable", "a.php",
         "<?php\n$p = 'Sp8';\nsession_save_path(\"tcp://s.zz:6379?database=2&auth=$p\");", 1,
         "redis -@s.zz:6379/- Sp8 3 high"},
        {"no password", "a.php", "<?php\nnew mysqli('localhost', 'root', '');", 1,
         "mysql root@localhost:0/- empty 2 high"},
        {"nothing known", "a.php", "<?php\nfunction c($a, $b, $c) { return new mysqli($a, $b, $c); }", 0, NULL},
    };
    CHECK_ALL(rows);
}

/* The shop's way: settings that a file returns, a function in a second file, both brought together by a third. */
static void test_tree_followed(void **state)
{
    (void)state;
    struct tree tree = tree_new();
    tree_put(
        &tree, "htdocs/config.php",
        STR("<?php\nreturn [\n 'dsn' => 'sqlite:' . dirname(__DIR__) . '/shop.sqlite',\n 'pg' => 'pgsql:host=pg.zz;dbname=s',\n"
            " 'pg_user' => 'su', 'pg_key' => 'Tp1',\n];"));
    tree_put(
        &tree, "htdocs/lib/db.php",
        STR("<?php\nfunction db() { global $config; return new PDO($config['dsn']); }\n"
            "function pg() { global $config; return new PDO($config['pg'], $config['pg_user'], $config['pg_key']); }\n"));
    tree_put(&tree, "htdocs/lib/start.php",
             STR("<?php\n$config = require dirname(__DIR__) . '/config.php';\nrequire_once __DIR__ . '/db.php';\n"));
    tree_put(&tree, "htdocs/lib/Mail.php",
             STR("<?php\nclass Store { function __construct($h, $u, $p) { $this->c = new mysqli($h, $u, $p); } }\n"));
    tree_put(&tree, "htdocs/zlast.php", STR("<?php\n$s = new Store('st.zz', 'stu', 'Stp1');\n"));
    tree_put(&tree, "htdocs/lost.php",
             STR("<?php\nfunction lost($a) { return mysqli_connect($a[0], $a[1], $a[2]); }\n"));
    tree_put(&tree, "htdocs/visitor.php",
             STR("<?php\nfunction v($p) { return mysqli_connect($_POST['h'], $_POST['u'], $p); }\n"));
    tree_put(&tree, "shop.sqlite", STR("SQLite format 3"));
    struct heard heard = look(&tree);
    char all[2048] = "", one[512], uri[256];
    char *root = realpath(tree.path, NULL);
    assert_non_null(root);
    (void)snprintf(uri, sizeof uri, "sqlite:%s/shop.sqlite", root);
    free(root);
    size_t i;
    json_t *finding;
    bool has_file = false;
    json_array_foreach(heard.findings, i, finding)
    {
        spell(finding, one, sizeof one);
        (void)snprintf(all + strlen(all), sizeof all - strlen(all), "%s\n", one);
        has_file = has_file || strcmp(json_text(finding, "uri", ""), uri) == 0;
    }
    assert_true(has_file);
    assert_non_null(strstr(all, "postgresql su@pg.zz:0/s Tp1 5 high\n"));
    assert_non_null(strstr(all, "mysql stu@st.zz:0/- Stp1 2 high\n"));
    assert_int_equal(json_array_size(heard.findings), 3);
    const json_t *lost = json_find(heard.coverage, "class", "not fully followed");
    assert_non_null(lost);
    assert_non_null(strstr(json_text(lost, "path", ""), "lost.php"));
    assert_int_equal(json_int(json_object_get(heard.summary, "skipped"), "not fully followed", 0), 1);
    heard_clear(&heard);
    tree_drop(&tree);
}

/* One credential said in three files is one, with three places; another password is another. */
static void test_same(void **state)
{
    (void)state;
    struct tree tree = tree_new();
    tree_put(&tree, "a/.env",
             STR("DB_CONNECTION=mysql\nDB_HOST=s.zz\nDB_USERNAME=u1\nDB_PASSWORD=Same1\nDB_DATABASE=d\n"));
    tree_put(&tree, "b.php", STR("<?php new mysqli('s.zz', 'u1', 'Same1', 'd');"));
    tree_put(&tree, "c.php", STR("<?php new mysqli('s.zz', 'u1', 'Same1');"));
    tree_put(&tree, "d.php", STR("<?php new mysqli('s.zz', 'u1', 'Other1', 'd');"));
    struct heard heard = look(&tree);
    assert_int_equal(json_array_size(heard.findings), 2);
    const json_t *first = json_array_get(heard.findings, 0);
    assert_string_equal(json_text(first, "id", ""), "C1");
    assert_non_null(strstr(json_text(first, "path", ""), "a/.env"));
    char *reasons = json_dumps(json_object_get(first, "reasons"), 0);
    assert_non_null(strstr(reasons, "b.php:1"));
    assert_non_null(strstr(reasons, "c.php:1"));
    free(reasons);
    heard_clear(&heard);
    tree_drop(&tree);
}

/* No secret is anywhere but in "secret"; nothing of it shows in what is masked. */
static void test_masked(void **state)
{
    (void)state;
    struct tree tree = tree_new();
    tree_put(
        &tree, "config.php",
        STR("<?php\n$p = 'Zq8vK2rT';\nnew PDO('mysql:host=h.zz;dbname=d', 'u1', $p);\n$url = \"mysql://u1:$p@h.zz/d\";\n"
            "$seen[$p] = 1; $twice[$p] = $p; $q = $twice[$p]; new mysqli('h3.zz', 'u1', $q);\n"
            "define('PW', $p); $by[PW] = $p; new PDO('mysql:host=h4.zz', 'u1', $by[PW]);\n"
            "$dsn_url = 'pgsql://u2:Zq8vK2rX@h2.zz/d?sslmode=require';"));
    struct heard heard = look(&tree);
    assert_int_equal(json_array_size(heard.findings), 4);
    size_t i;
    json_t *finding;
    json_array_foreach(heard.findings, i, finding)
    {
        assert_string_equal(json_text(finding, "shown", ""), "••••••••");
        assert_true(strncmp(json_text(json_object_get(finding, "secret"), "password", ""), "Zq8vK2r", 7) == 0);
        (void)json_object_del(finding, "secret");
        char *text = json_dumps(finding, 0);
        assert_null(strstr(text, "Zq8vK2r"));
        free(text);
    }
    heard_clear(&heard);
    tree_drop(&tree);
}

/* Every file is in exactly one class, and what was not seen makes the summary incomplete. */
static void test_coverage(void **state)
{
    (void)state;
    struct tree tree = tree_new();
    char path[128];
    char *large = malloc((4 << 20) + 1);
    assert_non_null(large);
    memset(large, 'a', (4 << 20) + 1);
    tree_put(&tree, "a.php", STR("<?php echo 1;"));
    tree_put(&tree, "b.jpg", STR("picture"));
    tree_put(&tree, "c.txt", STR("x\0binary"));
    tree_put(&tree, "d.txt", (struct str){large, (4 << 20) + 1});
    free(large);
    (void)snprintf(path, sizeof path, "%s/e.php", tree.path);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    struct heard heard = look(&tree);
    assert_int_equal(json_int(heard.summary, "files", 0), 5);
    int64_t sum = 0, read = 0;
    size_t i;
    json_t *row;
    json_array_foreach(heard.coverage, i, row)
    {
        bool is_total = json_is_null(json_object_get(row, "path"));
        sum += is_total ? json_int(row, "count", 0) : 0;
        read += is_total && strcmp(json_text(row, "class", ""), "read") == 0 ? json_int(row, "count", 0) : 0;
    }
    assert_int_equal(sum, 5);
    assert_int_equal(read, 1);
    assert_int_equal(json_int(json_object_get(heard.summary, "skipped"), "not looked into", 0), 2);
    assert_int_equal(json_int(json_object_get(heard.summary, "skipped"), "too large", 0), 1);
    assert_int_equal(json_int(json_object_get(heard.summary, "skipped"), "link out of the tree", 0), 1);
    assert_false(json_bool(heard.summary, "complete", true));
    heard_clear(&heard);
    tree_drop(&tree);
}

static void test_complete(void **state)
{
    (void)state;
    struct tree tree = tree_new();
    tree_put(&tree, "a.php", STR("<?php echo 1;"));
    tree_put(&tree, "b.jpg", STR("picture"));
    struct heard heard = look(&tree);
    assert_true(json_bool(heard.summary, "complete", false));
    heard_clear(&heard);
    char *large = calloc(1, (4 << 20) + 1);
    assert_non_null(large);
    tree_put(&tree, "d.txt", (struct str){large, (4 << 20) + 1});
    free(large);
    heard = look(&tree);
    assert_false(json_bool(heard.summary, "complete", true));
    heard_clear(&heard);
    tree_drop(&tree);
}

/* What is made to be slow or deep ends, and says that it was not read to the end. */
static void test_hostile(void **state)
{
    (void)state;
    static const struct {
        const char *path, *head, *unit;
    } rows[] = {
        {"config.php", "<?php $pass=1;", "if(x)"},
        {"config.php", "<?php $pass=1;", "if(x){"},
        {"config.php", "<?php $pass=1; $a=", "["},
        {"config.php", "<?php $pass=1; $a=", "f("},
        {"config.php", "<?php $pass=1;", "$a[]='x';"},
        {"config.php", "<?php $pass=1; $a='x'", ".$a"},
        {"config.php", "<?php $pass=1; function f(){", "f();"},
        {"config.php", "<?php $pass=1;", "$a=$a.$a.'x';"},
        {"config.php", "<?php $pass=1;", "require __FILE__;"},
        {".env", "A=1\n", "DB_PASSWORD=${A}${B}${C}\n"},
        {"a.json", "{\"pass\":", "[{\"a\":"},
        {"a.xml", "<pass>", "<a b='c'>"},
        {"a.yml", "pass: x\n", "- - a: b\n "},
        {"a.txt", "x", "mysql://a:b@c/"},
        {"a.txt", "x", "://"},
        {"settings.py", "pass", " = a\na"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tree tree = tree_new();
        size_t unit = strlen(rows[i].unit), count = ((1 << 20) - 64) / unit, len = strlen(rows[i].head);
        char *bytes = malloc(len + count * unit);
        assert_non_null(bytes);
        memcpy(bytes, rows[i].head, len);
        for (size_t n = 0; n < count; n++) {
            memcpy(bytes + len + n * unit, rows[i].unit, unit);
        }
        tree_put(&tree, rows[i].path, (struct str){bytes, len + count * unit});
        free(bytes);
        struct heard heard = look(&tree);
        if (json_num(heard.summary, "seconds", 0) > 20) {
            fail_msg("row %zu took %.1f s", i, json_num(heard.summary, "seconds", 0));
        }
        heard_clear(&heard);
        tree_drop(&tree);
    }
}

/* What is nested too deep to be followed hides nothing that stands behind it, and is told. */
static void test_deep(void **state)
{
    (void)state;
    static const struct {
        const char *name, *head, *open, *middle, *close, *tail;
        bool is_block; /* what stands in the braces may be hidden, and is told too */
    } rows[] = {
        {"a.php", "<?php $x=", "[", "", "]", "; $m=new mysqli('h.zz','u1','Pq7Zk','d');", false},
        {"a.php", "<?php $x=", "array(", "1", ")", "; $m=new mysqli('h.zz','u1','Pq7Zk','d');", false},
        {"a.php", "<?php $x=", "f(", "1", ")", "; $m=new mysqli('h.zz','u1','Pq7Zk','d');", false},
        {"a.php", "<?php ", "{", "echo 1;", "}", " $m=new mysqli('h.zz','u1','Pq7Zk','d');", true},
        {"a.php", "<?php ", "if($q){", "echo 1;", "}", " $m=new mysqli('h.zz','u1','Pq7Zk','d');", true},
        {"a.php", "<?php $x=", "!", "1", "", "; $m=new mysqli('h.zz','u1','Pq7Zk','d');", false},
        {"a.php", "<?php f(", "[", "", "]", ", new mysqli('h.zz','u1','Pq7Zk','d'));", false},
        {"a.json", "{\"x\":", "[", "", "]", ",\"db\":{\"host\":\"h.zz\",\"user\":\"u1\",\"password\":\"Pq7Zk\"}}",
         false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tree tree = tree_new();
        OWN(own_buf) struct buf bytes = {.max = 1 << 20};
        buf_puts(&bytes, rows[i].head);
        for (unsigned n = 0; n < 400; n++) {
            buf_puts(&bytes, rows[i].open);
        }
        buf_puts(&bytes, rows[i].middle);
        for (unsigned n = 0; n < 400; n++) {
            buf_puts(&bytes, rows[i].close);
        }
        buf_puts(&bytes, rows[i].tail);
        assert_false(bytes.failed);
        tree_put(&tree, rows[i].name, buf_str(&bytes));
        struct heard heard = look(&tree);
        if (json_array_size(heard.findings) != 1 || json_bool(heard.summary, "complete", true) ||
            json_int(json_object_get(heard.summary, "skipped"), "not fully analysed", 0) != 1) {
            char *summary = json_dumps(heard.summary, 0);
            fail_msg("row %zu: %zu found, %s", i, json_array_size(heard.findings), summary);
        }
        heard_clear(&heard);
        tree_drop(&tree);
    }
}

/* A whole program in one file, as Adminer comes: followed to its end, though its functions call one another many times. */
static void test_program(void **state)
{
    (void)state;
    struct tree tree = tree_new();
    OWN(own_buf) struct buf bytes = {.max = 1 << 20};
    buf_puts(&bytes, "<?php\n");
    for (unsigned i = 0; i < 200; i++) {
        buf_printf(&bytes, "function f%u($a) {\n", i);
        for (unsigned n = 0; n < 40; n++) {
            buf_printf(&bytes, " $x%u = $a . '%u';\n", n, n);
        }
        buf_puts(&bytes, " return $a; }\n");
    }
    for (unsigned i = 0; i < 2000; i++) {
        buf_printf(&bytes, "f%u('a');\n", i % 200);
    }
    buf_puts(&bytes, "mysqli_connect($_GET['server'], $_GET['username'], $_POST['password']);\n");
    tree_put(&tree, "tool.php", buf_str(&bytes));
    struct heard heard = look(&tree);
    assert_int_equal(json_array_size(heard.findings), 0);
    assert_true(json_bool(heard.summary, "complete", false));
    heard_clear(&heard);
    buf_puts(&bytes, "new mysqli('h.zz', 'u1', 'Pq7Zk', 'd');\n");
    tree_put(&tree, "tool.php", buf_str(&bytes));
    assert_false(bytes.failed);
    heard = look(&tree);
    assert_int_equal(json_array_size(heard.findings), 1);
    assert_true(json_bool(heard.summary, "complete", false));
    heard_clear(&heard);
    tree_drop(&tree);
}

/* Nothing is opened that is no file of the tree: not by the walk, and not by code that names it. */
static void test_not_opened(void **state)
{
    (void)state;
    static const char login[] = "<?php $h='h.zz'; $u='u1'; $p='Pq7Zk'; new mysqli($h, $u, $p);";
    struct tree outside = tree_new(), tree = tree_new();
    char from[128], to[128];
    tree_put(&outside, "secret.php", str_of(login));
    tree_put(&tree, "a.php",
             STR("<?php include 'pipe.php'; include 'out.php'; include 'zero.php'; include 'folder/secret.php';\n"
                 "include '../../../../../../../proc/self/environ'; include 'socket.php'; include 'proc.php';\n"
                 "$e = file_get_contents('pipe.php') . file_get_contents('env.php'); new mysqli($h, $u, $p);"));
    (void)snprintf(to, sizeof to, "%s/pipe.php", tree.path);
    assert_int_equal(mkfifo(to, 0644), 0);
    (void)snprintf(from, sizeof from, "%s/secret.php", outside.path);
    (void)snprintf(to, sizeof to, "%s/out.php", tree.path);
    assert_int_equal(symlink(from, to), 0);
    (void)snprintf(to, sizeof to, "%s/folder", tree.path);
    assert_int_equal(symlink(outside.path, to), 0);
    (void)snprintf(to, sizeof to, "%s/zero.php", tree.path);
    assert_int_equal(symlink("/dev/zero", to), 0);
    (void)snprintf(to, sizeof to, "%s/env.php", tree.path);
    assert_int_equal(symlink("/proc/self/environ", to), 0);
    (void)snprintf(to, sizeof to, "%s/proc.php", tree.path);
    assert_int_equal(symlink("/proc/kmsg", to), 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/socket.php", tree.path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    alarm(20); /* a pipe that is opened and read never ends */
    struct heard heard = look(&tree);
    alarm(0);
    close(fd);
    assert_int_equal(json_array_size(heard.findings), 0);
    const json_t *skipped = json_object_get(heard.summary, "skipped");
    assert_int_equal(json_int(skipped, "special file", 0), 2);
    assert_int_equal(json_int(skipped, "link out of the tree", 0), 5);
    assert_int_equal(json_int(heard.summary, "files", 0), 8);
    assert_false(json_bool(heard.summary, "complete", true));
    heard_clear(&heard);
    tree_drop(&tree);
    tree_drop(&outside);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_php_applications),
        cmocka_unit_test(test_settings_files),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_private_keys),
        cmocka_unit_test(test_php_followed),
        cmocka_unit_test(test_tree_followed),
        cmocka_unit_test(test_same),
        cmocka_unit_test(test_masked),
        cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_complete),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_deep),
        cmocka_unit_test(test_program),
        cmocka_unit_test(test_not_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
