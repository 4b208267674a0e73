/* JSP and JSPX. Each rule says what it is for and what it must not hit; tests/unit/test_sweep_rules.c holds both. */

/* Must: a page that hands a parameter of the request to Runtime.exec or ProcessBuilder.
 * Must not: pages that read parameters and pages that mention exec in text. */
rule jsp_command
{
    meta:
        class = "shell"
        confidence = "high"
        language = "JSP"
        what = "a parameter of the request reaches a command"
    strings:
        $exec1 = /getRuntime\s?\(\s?\)\s?\.\s?exec\s?\(\s?(request\s?\.|\w{1,20}\s?[,)+]|new\s+String)/
        $exec2 = /new\s+(java\.lang\.)?ProcessBuilder\s?\(/
        $exec3 = /\\u0065xec|\\u0065\\u0078\\u0065\\u0063/
        $in = /\.\s?get(Parameter|Header|QueryString|Reader|InputStream|Cookies)\s?\(/
        $in2 = "\\u0067\\u0065\\u0074\\u0050" nocase
        $el = /\$\{\s?param/
    condition:
        any of ($exec*) and any of ($in*, $el)
}

/* Must: a class loaded from bytes of the request (Behinder, Godzilla and kin). Must not: Class.forName of a driver. */
rule jsp_define_class
{
    meta:
        class = "shell"
        confidence = "high"
        language = "JSP"
        what = "the visitor's bytes are loaded as a class"
    strings:
        $define = /\bdefineClass\s?\(/
        $define2 = /"define"\s?\+\s?"Class"|"defineClass"/
        $loader = /extends\s+ClassLoader|ClassLoader\.class|URLClassLoader/
        $page = /<%|<jsp:/
    condition:
        $page and any of ($define*) and ($loader or filesize < 20KB)
}

/* Must: expressions of a script engine over the request. Must not: JavaScript in a page. */
rule jsp_script_engine
{
    meta:
        class = "shell"
        confidence = "high"
        language = "JSP"
        what = "the visitor's text is run by a script engine"
    strings:
        $engine = "ScriptEngineManager"
        $eval = /\.\s?eval\s?\(\s?(request\s?\.|\w{1,20}\s?\))/
        $in = /\.\s?get(Parameter|Header|QueryString)\s?\(/
    condition:
        all of them
}

/* Must: a parameter names a file that a parameter's text is written to. Must not: an upload through a library. */
rule jsp_file_writer
{
    meta:
        class = "uploader"
        confidence = "medium"
        language = "JSP"
        what = "a file named by the visitor is written"
    strings:
        $direct = /new\s+(java\.io\.)?(FileOutputStream|FileWriter|PrintWriter|RandomAccessFile)\s?\([^;]{0,120}request\s?\.\s?getParameter/
    condition:
        $direct
}

/* Must: a relay from HTTP to a socket (reGeorg and kin). Must not: pages that open a socket to a fixed host. */
rule jsp_tunnel
{
    meta:
        class = "shell"
        confidence = "high"
        language = "JSP"
        what = "a relay: the visitor's bytes go to a host that the visitor names"
    strings:
        $socket = /SocketChannel|new\s+Socket\s?\(/
        $target = /getHeader\s?\(\s?"X-(TARGET|PORT|CMD)"|getParameter\s?\(\s?"(target|port|cmd)"/ nocase
        $cmd = /"(connect|forward|read|disconnect)"/ nocase
    condition:
        $socket and $target and #cmd > 2
}


/* Must: a class found by a parameter's name and invoked. Must not: Class.forName of a driver. */
rule jsp_reflection
{
    meta:
        class = "shell"
        confidence = "medium"
        language = "JSP"
        what = "the visitor names the class and the method that are called"
    strings:
        $find = /Class\s?\.\s?forName\s?\(\s?(request\s?\.|new\s+String|\w{1,12}\s?\()/
        $call = /\.\s?(getMethod|getDeclaredMethod|invoke)\s?\(/
        $in = /request\s?\.\s?get(Parameter|Header|QueryString)\s?\(/
    condition:
        all of them
}


/* Must: a page that takes a JDBC address and a query from the visitor. Must not: pages with a fixed database. */
rule jsp_sql_console
{
    meta:
        class = "tool"
        confidence = "medium"
        language = "JSP"
        what = "a database console: address, user and query come from the visitor"
    strings:
        $connect = /DriverManager\s?\.\s?getConnection\s?\(/
        $query = /\.\s?execute(Query|Update)?\s?\(\s?\w{1,12}\s?\)/
        $in = /getParameter\s?\(\s?"(sql|query|url|driver|db|dbname|conn|user|pass|password|username|host)"/ nocase
    condition:
        $connect and $query and #in > 2
}
