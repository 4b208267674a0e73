/* PHP. Each rule says what it is for and what it must not hit; tests/unit/test_sweep_rules.c holds both.
 * The analyser proves most PHP shells; a rule here is for what it can't prove: encoders, and families by their own marks. */

/* Must: a loader of ionCube's encoder. Must not: code that only asks whether the extension is loaded. */
rule php_ioncube
{
    meta:
        class = "vendor-encoded"
        confidence = "high"
        language = "PHP"
        name = "ionCube"
        needs = "ioncube_loader"
        what = "encoded by ionCube: what it does can't be read"
    strings:
        $head = /<\?php\s{0,4}\/\/[0-9a-f]{5,}/
        $loader = "ioncube_loader"
        $blob = /HR\+c[A-Za-z0-9+\/\r\n]{200}/
    condition:
        $loader in (0..4096) and ($head in (0..64) or $blob)
}

/* Must: a SourceGuardian page (sg_load of a blob). Must not: the word sg_load in documentation. */
rule php_sourceguardian
{
    meta:
        class = "vendor-encoded"
        confidence = "high"
        language = "PHP"
        name = "SourceGuardian"
        needs = "sg_load("
        what = "encoded by SourceGuardian: what it does can't be read"
    strings:
        $load = /sg_load\(\s{0,4}['"][A-Za-z0-9+\/=]{100}/
    condition:
        $load
}

/* Must: PHPJiaMi's page: names of foreign bytes, __FILE__ read and evaluated. Must not: Chinese text in a page. */
rule php_phpjiami
{
    meta:
        class = "vendor-encoded"
        confidence = "medium"
        language = "PHP"
        name = "PHPJiaMi"
        needs = "phpjiami|PHPJiaMi|PhpJiaMi|PHPJIAMI"
        what = "encoded by PHPJiaMi: what it does can't be read"
    strings:
        $note = "phpjiami" nocase
        $names = /\$[\x80-\xff]{4,40}\s?=\s?[\x80-\xff]{0,40}\(?['"]/
    condition:
        ($note in (0..1024) and #names > 1) or #names > 40
}

/* Must: weevely's agent: a key cut in pieces, str_replace of a filler, create_function. Must not: templates that call str_replace. */
rule php_weevely
{
    meta:
        class = "shell"
        confidence = "high"
        language = "PHP"
        name = "weevely"
        needs_sink = true
        what = "the agent of weevely: joined pieces become create_function"
    strings:
        $maker = /\$\w{1,4}\s?=\s?str_replace\(\s?['"]\w{1,4}['"]\s?,\s?['"]['"]\s?,\s?['"](\w{1,4}){0,4}c\w{0,4}r\w{0,4}e\w{0,4}a\w{0,4}t\w{0,4}e\w{0,4}_/
        $call = /\$\w{1,4}\(['"]{2},\s?\$\w{1,4}\(/
    condition:
        $maker and $call
}

/* Must: the classic large shells by the marks of their own pages. Must not: text about them, which lacks the code beside it. */
rule php_large_shells
{
    meta:
        class = "shell"
        confidence = "high"
        language = "PHP"
        needs_sink = true
        what = "a large shell with its own pages: file manager, command line, database"
    strings:
        $wso1 = "function wsoHeader" nocase
        $wso2 = "wsoSecParam" nocase
        $wso3 = "actionSecInfo"
        $wso4 = "actionFilesMan"
        $c99a = "c99sh_"
        $c99b = "c99shell"
        $c99c = "c99_sess_put"
        $r57a = "r57shell" nocase
        $r57b = "ru_text["
        $b374a = "b374k" nocase
        $b374b = "s_self" fullword
        $call = /\b(eval|system|shell_exec|passthru|popen|proc_open)\s?\(/
    condition:
        $call and (2 of ($wso*) or 2 of ($c99*) or all of ($r57*) or all of ($b374*))
}

/* Must: parts of b374k and its copies, which are joined to their main part by a packer. Must not: an application's modules in $GLOBALS. */
rule php_shell_modules
{
    meta:
        class = "shell"
        confidence = "medium"
        language = "PHP"
        name = "b374k"
        needs = "$GLOBALS['module']|$GLOBALS['resources']"
        what = "a part of a large shell that is put together from modules"
    strings:
        $module = /\$GLOBALS\['module'\]\['\w{1,20}'\]\['js_ontabselected'\]/
        $resource = /\$GLOBALS\['resources'\]\['\w{1,20}'\] = "[A-Za-z0-9+\/=]{200}/
        $own1 = "{[|"
        $own2 = "b374k"
        $own3 = "jak3fr0z"
    condition:
        $module or ($resource and any of ($own*))
}

/* Must: code put into a theme of WordPress that lets whoever knows a password change its pages. Must not: a password compared in an application. */
rule php_wp_pages
{
    meta:
        class = "shell"
        confidence = "medium"
        language = "PHP"
        name = "WP-VCD"
        needs = "wpdb"
        what = "whoever sends a password that stands here changes the pages of WordPress"
    strings:
        $gate = /\$_(REQUEST|POST|GET)\['password'\] == '[0-9a-f]{32}'/
        $act1 = "get_all_links"
        $act2 = "set_id_links"
        $act3 = "wp_cd_code"
        $act4 = "change_domain"
    condition:
        $gate and any of ($act*)
}
